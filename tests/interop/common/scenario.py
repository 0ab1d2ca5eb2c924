"""Scenarios: functions with a sentence, and the suites that they belong to."""

import os
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from common.processes import Processes


class Suite:
    """Scenarios that work with one environment, `workers` of them at a time.

    An environment is made of a directory and Processes, and has start(), and logs() for what failed.
    """

    def __init__(self, name, environment, workers=1):
        self._name = name
        self._environment = environment
        self._workers = workers
        self._scenarios = []
        self._printing = threading.Lock()

    def scenario(self, sentence):
        """Registers a function of the environment under what must hold."""

        def register(function):
            self._scenarios.append((sentence, function))
            return function

        return register

    def run(self, directory, wanted=""):
        """Runs those whose sentence contains `wanted`; returns how many ran and how many failed."""
        chosen = [each for each in self._scenarios if wanted in each[0]]
        if not chosen:
            return 0, 0
        began = time.monotonic()
        directory = os.path.join(directory, self._name)
        with Processes(os.path.join(directory, "log")) as processes:
            environment = self._start(directory, processes)
            print(f"{self._name}: up in {time.monotonic() - began:.1f} s", flush=True)
            pool = ThreadPoolExecutor(self._workers)
            try:
                held = list(pool.map(lambda each: self._holds(environment, *each), chosen))
            finally:  # when interrupted, what runs fails as soon as the processes are gone
                pool.shutdown(wait=False, cancel_futures=True)
        print(f"{self._name}: {held.count(True)} of {len(held)} scenarios hold, {time.monotonic() - began:.0f} s", flush=True)
        return len(held), held.count(False)

    def _start(self, directory, processes):
        environment = self._environment(directory, processes)
        try:
            environment.start()
        except Exception:
            for process in processes.all():
                print(f"the end of the log of {process.name}:\n{process.tail()}", file=sys.stderr)
            raise
        return environment

    def _holds(self, environment, sentence, function):
        began = time.monotonic()
        error = ""
        try:
            function(environment)
        except Exception as problem:  # one scenario must not hide the others
            error = f"{explain(problem)}\n{environment.logs()}\n"
        with self._printing:
            print(f"{'FAILED' if error else 'ok    '} {time.monotonic() - began:5.1f} s  {sentence}\n{error}", end="", flush=True)
        return not error


def explain(problem):
    """Where it happened, and what was expected and found."""
    frames = [frame for frame in traceback.extract_tb(problem.__traceback__)
              if "tests/interop" in frame.filename and "/common/" not in frame.filename]
    where = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
    text = f"{type(problem).__name__}: {problem}\n{where}"
    return "\n".join(f"  {line}" for line in text.splitlines())
