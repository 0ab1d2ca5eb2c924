"""Runs the suites, one after the other. Usage: run.py [PART_OF_A_SCENARIO_NAME]; see script/interop."""

import os
import shutil
import signal
import sys
import tempfile

import cluster.scenarios  # noqa: F401  (registers them)
import publisher.scenarios  # noqa: F401
from cluster.suite import SUITE as CLUSTER
from publisher.suite import SUITE as PUBLISHER

SETTINGS = ("KUBECONFIG", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


def stop_on(number, _):
    # Once is enough: what is being cleaned up must not be interrupted.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


def run(directory, wanted):
    outcomes = [suite.run(directory, wanted) for suite in (PUBLISHER, CLUSTER)]
    count, failed = (sum(column) for column in zip(*outcomes))
    if not count:
        print(f"no scenario's name contains {wanted!r}", file=sys.stderr)
    return 0 if count and not failed else 1


def main():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_on)
    directory = tempfile.mkdtemp(prefix="chartseal-interop.")
    os.environ["HOME"] = directory  # the tools keep caches and settings there
    os.environ["TZ"] = "UTC"  # helm writes local times into manifests
    for name in (*SETTINGS, *(each for each in os.environ if each.startswith(("GITHUB_", "SIGSTORE_", "COSIGN_")))):
        os.environ.pop(name, None)
    try:
        return run(directory, sys.argv[1] if len(sys.argv) > 1 else "")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


sys.exit(main())
