"""The processes of the admission benches, each ended by its own id, and what the kernel says about them."""

import os
import re
import subprocess
import sys
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SANDBOX = os.path.join(ROOT, "build", "bin", "chartseal-sandbox")
WEBHOOK = os.path.join(ROOT, "build", "bin", "chartseal-webhook")
LOAD = os.path.join(ROOT, "build", "tests", "webhook_load")
CONSTANT = os.path.join(ROOT, "build", "tests", "constant_server")

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = {CORES[0]}
# The load has the other cores; on a machine with one core everything shares it, and the figures say little.
OTHER_CORES = set(CORES[1:]) or set(CORES)


class Process:
    """A child on cores of its own, with its output in a file."""

    def __init__(self, command, log, cores, **popen):
        self.log = log
        self._out = open(log, "wb")
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE if popen.pop("piped", False) else self._out,
                                      stderr=self._out, preexec_fn=lambda: os.sched_setaffinity(0, cores), **popen)
        self.pid = self.child.pid

    def cpu_seconds(self):
        """User and system time so far, all threads."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self, field="VmRSS"):
        """VmRSS: now; VmHWM: the most so far."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return int(re.search(rf"^{field}:\s+(\d+) kB", file.read(), re.MULTILINE)[1]) / 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def stop(self):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self._out.close()


def run(*arguments):
    """A program whose output matters only when it fails."""
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout


def wait_for(what, condition, seconds=20):
    """Asks `condition` until it gives something true, and returns that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    sys.exit(f"{what} is not there after {seconds} s")


def matched_in(path, pattern):
    """The first group of a pattern in a log that a process may still be writing."""
    with open(path, encoding="utf-8", errors="replace") as file:
        found = re.search(pattern, file.read())
    return found and found[1]


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return reply.read().decode()
    except OSError:
        return None
