"""Pods created without a pause, each answer of the API server checked."""

import http.client
import json
import threading
import time

from cluster.objects import workload


class Load:
    """As a context: callers that create signed and unsigned Pods in turn until it ends."""

    def __init__(self, cluster, namespace, callers=4, pause=0.01):
        self._control_plane = cluster.control_plane
        self._path = f"/api/v1/namespaces/{namespace.name}/pods"
        self._turns = ((cluster.signed, 201, ""), (cluster.unsigned, 403, "no-signature"), (cluster.fork, 403, "identity-mismatch"))
        self._pause = pause
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._call, args=(number,)) for number in range(callers)]
        self.answered = 0
        self.wrong = []

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more, seconds=60):
        """Until that many more answers have come."""
        until, deadline = self.answered + more, time.monotonic() + seconds
        while self.answered < until:
            assert time.monotonic() < deadline, f"{self.answered} answers, expected {until} within {seconds} s"
            time.sleep(0.02)

    def check(self, at_least):
        """Every answer was the right one, and there were enough of them to mean something."""
        assert not self.wrong, f"{len(self.wrong)} of {self.answered} answers are wrong, the first: {self.wrong[0]}"
        assert self.answered >= at_least, f"only {self.answered} answers, expected at least {at_least}"

    def _call(self, caller):
        host = self._control_plane.url.removeprefix("https://")
        connection = http.client.HTTPSConnection(host, context=self._control_plane.client_context(), timeout=30)
        number = 0
        while not self._ended.is_set():
            image, expected_status, expected_text = self._turns[number % len(self._turns)]
            status, text = self._create(connection, workload("Pod", f"load-{caller}-{number}", image))
            number += 1
            with self._lock:
                self.answered += 1
                if status != expected_status or expected_text not in text:
                    self.wrong.append(f"expected {expected_status} {expected_text}, found {status}: {text[:600]}")
            time.sleep(self._pause)
        connection.close()

    def _create(self, connection, pod):
        try:
            connection.request("POST", self._path, json.dumps(pod), {"Content-Type": "application/json"})
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        except OSError as error:
            connection.close()
            return 0, str(error)
