"""What crowds of idle, slow and hostile clients do to a live caller and to memory."""

import os
import socket
import ssl
import subprocess
import time

from processes import LOAD, OTHER_CORES
from warm import load

CROWD = 2000


class Crowd:
    """Connections that are held open by another process."""

    def __init__(self, port, manner):
        self.child = subprocess.Popen([LOAD, "hold", str(port), str(CROWD), manner], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, preexec_fn=lambda: os.sched_setaffinity(0, OTHER_CORES))
        self.held = self.child.stdout.readline().decode().strip()

    def close(self):
        self.child.stdin.close()
        self.child.wait(30)


def live_caller(port, body):
    return load(port, body, 1, seconds=4.0)


def beside_crowds(webhook, body):
    """p99 of one live caller alone and beside 2,000 idle and 2,000 slow clients, and memory then."""
    quiet = live_caller(webhook.port, body)
    crowds = [Crowd(webhook.port, "idle"), Crowd(webhook.port, "slow")]
    time.sleep(1)
    crowded = live_caller(webhook.port, body)
    memory = webhook.resident_mb()
    held = [crowd.held for crowd in crowds]
    for crowd in crowds:
        crowd.close()
    return quiet, crowded, memory, held


def _hostile(port, head, chunk, most):
    """Sends `head`, then `chunk` until `most` bytes are out or the server ends it; the first line of its answer."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    answer, sent = b"", 0
    with socket.create_connection(("127.0.0.1", port), timeout=15) as raw, context.wrap_socket(raw) as tls:
        try:
            tls.sendall(head)
            while chunk and sent < most:
                tls.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass  # cut off, which is an answer too
        try:
            answer = tls.recv(4096)
        except OSError:
            pass
    return (answer.split(b"\r\n")[0].decode() or "closed"), sent


START = b"POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
HOSTILE = (
    ("a header without end", START + b"X: ", b"x" * 16384, 256 << 20),
    ("a million headers", START, b"A: b\r\n" * 2000, 16 << 20),
    ("a chunk without end", START + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", b"x" * 65536, 256 << 20),
    ("a gzip bomb", START + b"Content-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n", b"\x1f\x8b\x08" + b"\0" * 997, 1000),
    ("two Content-Lengths", START + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", b"", 0),
)


def hostile_set(webhook):
    """(what, first line of the answer, bytes taken, growth of the peak in MB) of each."""
    rows = []
    for what, head, chunk, most in HOSTILE:
        before = webhook.resident_mb("VmHWM")
        answer, sent = _hostile(int(webhook.port), head, chunk, most)
        rows.append((what, answer, sent, webhook.resident_mb("VmHWM") - before))
    return rows
