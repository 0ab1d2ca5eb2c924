"""Warm throughput beside the same server answering a constant, in turn, on one core; and what it costs."""

import json
import os
import statistics
import subprocess
import sys

from processes import CONSTANT, LOAD, OTHER_CORES, SERVER_CORE

ROUNDS = 3
SECONDS = 2.0


def load(port, body, connections, seconds=SECONDS, verdict="ALLOWED", text=""):
    """One run of the load generator; every answer has been checked."""
    done = subprocess.run([LOAD, "run", str(port), body, str(connections), str(seconds), verdict, text],
                          stdout=subprocess.PIPE, text=True, check=False,
                          preexec_fn=lambda: os.sched_setaffinity(0, OTHER_CORES))
    if done.returncode != 0:
        sys.exit(f"webhook_load: exit code {done.returncode}\n{done.stdout}")
    return json.loads(done.stdout)


def measured(process, port, body, connections):
    """A run, with the server's own processor time for each request."""
    before = process.cpu_seconds()
    result = load(port, body, connections)
    result["cpu_per_1000"] = (process.cpu_seconds() - before) * 1000 / result["requests"]
    return result


def start_constant(stage, uid, reader=()):
    process = stage.start("constant", [CONSTANT, stage.certificate, stage.key, uid, *reader], SERVER_CORE, piped=True)
    return process, int(process.child.stdout.readline())


def compare(stage, webhook, body, uid, connections):
    """Medians of webhook and constant server over some rounds in turn."""
    constant, port = start_constant(stage, uid)
    ours, bare = [], []
    for _ in range(ROUNDS):
        bare.append(measured(constant, port, body, connections))
        ours.append(measured(webhook, webhook.port, body, connections))
    constant.stop()

    def median(results, field):
        return statistics.median(result[field] for result in results)

    return {field: (median(ours, field), median(bare, field)) for field in
            ("per_second", "p50_ms", "p99_ms", "cpu_per_1000")}


def price_of_reading(stage, body, uid, connections):
    """What is left of the constant server's throughput when it does nothing but read the body: by reader."""
    readers = {"": (), "simdjson": ("simdjson",), "strict": ("strict",)}
    servers = {name: start_constant(stage, uid, reader) for name, reader in readers.items()}
    rates = {name: [] for name in readers}
    for _ in range(ROUNDS):
        for name, (process, port) in servers.items():
            rates[name].append(measured(process, port, body, connections)["per_second"])
    for process, _ in servers.values():
        process.stop()
    return {name: statistics.median(rates[name]) / statistics.median(rates[""]) for name in readers if name}
