"""Starts the cluster, runs the scenarios, ends everything. Usage: run.py [PART_OF_A_SCENARIO_NAME]; see script/interop."""

import os
import shutil
import signal
import sys
import tempfile
import time

import scenarios  # noqa: F401  (registers them)
from cluster import Cluster
from processes import Processes
from scenario import run_all


def stop_on(number, _):
    # Once is enough: what is being cleaned up must not be interrupted.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


def run(directory, wanted):
    began = time.monotonic()
    with Processes(os.path.join(directory, "log")) as processes:
        cluster = Cluster(directory, processes)
        try:
            cluster.start()
        except Exception:
            for process in processes.all():
                print(f"the end of the log of {process.name}:\n{process.tail()}", file=sys.stderr)
            raise
        print(f"control plane and webhook: up in {time.monotonic() - began:.1f} s", flush=True)
        count, failed = run_all(cluster, wanted)
    print(f"{count - len(failed)} of {count} scenarios hold, {time.monotonic() - began:.0f} s", flush=True)
    return 0 if count and not failed else 1


def main():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_on)
    directory = tempfile.mkdtemp(prefix="chartseal-interop.")
    os.environ["HOME"] = directory  # kubectl and helm keep caches there
    for name in ("KUBECONFIG", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        os.environ.pop(name, None)
    try:
        return run(directory, sys.argv[1] if len(sys.argv) > 1 else "")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


sys.exit(main())
