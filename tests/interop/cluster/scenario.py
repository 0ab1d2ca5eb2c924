"""Scenarios: functions with a sentence, run one after the other."""

import time
import traceback

SCENARIOS = []


def scenario(sentence):
    """Registers a function of the cluster under what must hold."""

    def register(function):
        SCENARIOS.append((sentence, function))
        return function

    return register


def run_all(cluster, wanted=""):
    """Runs those whose sentence contains `wanted`; returns how many ran and the sentences of those that failed."""
    chosen = [(sentence, function) for sentence, function in SCENARIOS if wanted in sentence]
    failed = []
    for sentence, function in chosen:
        began = time.monotonic()
        try:
            function(cluster)
            outcome, error = "ok    ", ""
        except Exception as problem:  # one scenario must not hide the others
            failed.append(sentence)
            outcome, error = "FAILED", explain(problem)
        print(f"{outcome} {time.monotonic() - began:5.1f} s  {sentence}", flush=True)
        if error:
            print(error, flush=True)
            print(cluster.logs(), flush=True)
    return len(chosen), failed


def explain(problem):
    """Where it happened, and what was expected and found."""
    frames = [frame for frame in traceback.extract_tb(problem.__traceback__) if "interop/cluster" in frame.filename]
    where = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
    text = f"{type(problem).__name__}: {problem}\n{where}"
    return "\n".join(f"  {line}" for line in text.splitlines())
