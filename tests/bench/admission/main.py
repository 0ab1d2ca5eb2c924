"""Benches of the admission path with real processes: throughput beside a constant answer, crowds, hostile clients.

Prints ratios of things measured in this one run, and judges none of them: on a busy machine they say little. Server on
one core, load on the others. Exit code 1 when an answer was wrong, or a hostile client was served or cost memory.
"""

import os
import signal
import sys
import tempfile

from crowd import beside_crowds, hostile_set
from deployments import deployment_review
from stage import Stage, policy
from warm import compare, load, measured, price_of_reading

UID = "705ab4f5-6393-11e8-b7cc-42010a800002"


def write(stage, name, text):
    path = os.path.join(stage.work, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def show_warm(stage, webhook, body):
    """The share of the bare server's throughput that is left, at 1, 8 and 32 connections."""
    print(f"warm, {os.path.getsize(body)} bytes, three images: beside the same server answering a constant")
    print("  connections  throughput left  p50 ratio  p99 ratio  CPU ratio")
    for connections in (1, 8, 32):
        figures = compare(stage, webhook, body, UID, connections)
        ratio = {name: ours / bare for name, (ours, bare) in figures.items()}
        print(f"  {connections:11}  {ratio['per_second']:14.0%}  {ratio['p50_ms']:9.2f}  {ratio['p99_ms']:9.2f}"
              f"  {ratio['cpu_per_1000']:9.2f}")


def show_price_of_reading(stage, body):
    left = price_of_reading(stage, body, UID, 8)
    print(f"of which reading the body, at 8 connections: a constant answer after simdjson alone has read it leaves "
          f"{left['simdjson']:.0%} of the throughput, after the strict reader {left['strict']:.0%}")


def show_cost(webhook, body):
    result = measured(webhook, webhook.port, body, 8)
    print(f"the workload of the peers ({os.path.getsize(body)} bytes, 8 connections, one core): "
          f"{result['per_second']:.0f} admissions a second, {result['cpu_per_1000']:.3f} CPU seconds per 1,000")


def show_without_registry(stage, webhook, body):
    """With the registry stopped, a single request to it would hang until the deadline and be a denial."""
    os.kill(stage.registry_process.pid, signal.SIGSTOP)
    result = load(webhook.port, body, 8)
    os.kill(stage.registry_process.pid, signal.SIGCONT)
    print(f"registry stopped: {result['requests']} warm admissions, all answered yes: no request to the registry")


def show_crowds(webhook, body):
    quiet, crowded, memory, held = beside_crowds(webhook, body)
    ratio = crowded["p99_ms"] / quiet["p99_ms"]
    print(f"beside {' and '.join(held)} idle and slow TLS connections: p99 of a live caller {ratio:.2f} times the quiet one, "
          f"{memory:.0f} MB resident")


def show_hostile(webhook, body):
    flat = True
    for what, answer, sent, growth in hostile_set(webhook):
        print(f"hostile: {what}: {answer}; {sent} bytes sent, peak memory +{growth:.1f} MB")
        flat = flat and growth < 40 and not answer.startswith("HTTP/1.1 200")
    load(webhook.port, body, 1, seconds=0.5)  # and the webhook still answers rightly
    return flat


def main():
    with tempfile.TemporaryDirectory(prefix="chartseal-bench.") as work:
        stage = Stage(work)
        try:
            images = [stage.push(f"acme/app{n}", n) for n in range(3)]
            stage.write_policies(policy("release", stage.registry))
            webhook = stage.start_webhook()
            large = write(stage, "review-18k.json", deployment_review(images, 18 << 10, UID))
            usual = write(stage, "review-12k.json", deployment_review(images, 11800, UID))
            for body in (large, usual):
                load(webhook.port, body, 1, seconds=0.5)  # fetched once, warm from here on
            show_warm(stage, webhook, large)
            show_price_of_reading(stage, large)
            show_cost(webhook, usual)
            show_without_registry(stage, webhook, usual)
            show_crowds(webhook, usual)
            held = show_hostile(webhook, usual)
        finally:
            stage.close()
    if not held:
        sys.exit("a hostile client was served, or cost memory: see above")


if __name__ == "__main__":
    main()
