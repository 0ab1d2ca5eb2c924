"""Processes that the run starts, each ended by its id whatever happens."""

import itertools
import os
import random
import signal
import socket
import subprocess
import time


class Process:
    """One running program. Its output goes to a file; Ctrl-C on the terminal does not reach it."""

    def __init__(self, name, command, log_directory, environment=None):
        self.name = name
        self.log = os.path.join(log_directory, f"{name}.log")
        with open(self.log, "ab") as log:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, **(environment or {})})

    @property
    def id(self):
        return self._child.pid

    def is_running(self):
        return self._child.poll() is None

    def terminate(self):
        """Asks it to end, and does not wait."""
        if self.is_running():
            self._child.send_signal(signal.SIGTERM)

    def wait(self, seconds):
        """Its exit code. One that does not end in time is killed, and that is an error."""
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
            raise AssertionError(f"{self.name} did not end within {seconds} s of SIGTERM") from None

    def stop(self, seconds=15):
        self.terminate()
        try:
            self.wait(seconds)
        except AssertionError:
            pass

    def tail(self, lines=15):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return "".join(f"  | {line}" for line in file.readlines()[-lines:])


class Processes:
    """All of them; as a context it ends what still runs, last started first."""

    def __init__(self, log_directory):
        os.makedirs(log_directory, exist_ok=True)
        self._log_directory = log_directory
        self._started = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self._started):
            process.stop()

    def start(self, name, command, environment=None):
        process = Process(name, command, self._log_directory, environment)
        self._started.append(process)
        return process

    def all(self):
        return list(self._started)


# Below the ports that the system gives to outgoing connections: one of those could take a port before its server does.
_ports = itertools.count(random.randrange(10_000, 25_000))


def free_port():
    """A port of the loopback that nothing listens on, and that was not asked for before."""
    for port in _ports:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_until(what, condition, seconds=20, every=0.05):
    """Returns the first true value of `condition`; an AssertionError saying `what` after that time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(every)
