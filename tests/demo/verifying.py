"""Asks `chartseal verify`, and reads its answer as a script would: exit code and JSON."""

import json
import subprocess
import time

from table import Answer

CHARTSEAL = "build/bin/chartseal"
VERDICT_OF_EXIT_CODE = {0: "yes", 1: "no", 3: "could-not-tell"}


def verify(reference, *who, trusted_root):
    """Returns the Answer and how many milliseconds the whole process took."""
    command = [CHARTSEAL, "verify", reference, *who, "--trusted-root", trusted_root, "--plain-http", "--output", "json"]
    began = time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    milliseconds = (time.monotonic() - began) * 1000
    return answer_of(done), milliseconds


def answer_of(done):
    try:
        [result] = json.loads(done.stdout)["results"]
    except (ValueError, KeyError):
        return Answer("failed", f"exit code {done.returncode}: {done.stderr.strip()[:200]}")
    if VERDICT_OF_EXIT_CODE.get(done.returncode) != result["verdict"]:
        return Answer("failed", f"exit code {done.returncode}, but verdict {result['verdict']}")
    return Answer(result["verdict"].replace("-", " "), result.get("reason", ""))
