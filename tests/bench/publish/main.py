"""`chartseal publish` beside `helm package`, `helm push`, `cosign sign` and `cosign verify`, on the same real services.

Both sides publish the chart of this repository, in turn, a version for each round; what either published is then verified
by both. Prints ratios of things measured in this one run: CPU time, peak memory, requests, and wall time less what the
logs took to answer (Rekor v2 answers at its next checkpoint, the CT log when its batch is full or old enough). Exit code 1
when an aim is missed or an answer was wrong.

On a busy machine the wall times say little, for each of many requests waits its turn; the others hold there as well.
CHARTSEAL_BENCH_SEQUENCE=1 prints what was asked in the last round.

Usage: main.py [ROUNDS]; script/bench says where the programs are.
"""

import collections
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time

from proxy import Proxies
from services import DEBIAN, GGCR, ROOT, Services
from sides import Ours, Theirs, check

from common.processes import Processes  # after services, which says where tests/interop is

Comparison = collections.namedtuple("Comparison", "helm registry attest rounds")
COMPARISONS = (
    Comparison("4.2", DEBIAN, False, 7),
    Comparison("4.2", GGCR, False, 7),
    Comparison("4.2", DEBIAN, True, 5),
    Comparison("3.17", DEBIAN, False, 5),
)
SERVICES = ("registry", "fulcio", "rekor", "tsa")
# The largest ratio of ours to theirs that is good enough.
AIMS = {"CPU time": 1 / 5, "peak memory": 1 / 3, "wall less the logs": 1 / 3}


def waited(cost, *services):
    """Seconds that these took to answer. Neither side asks one of them twice at the same time."""
    return sum(exchange.seconds for exchange in cost.exchanges if exchange.service in services)


FIGURES = {
    "CPU time": (lambda cost: cost.cpu, "{:.3f} s"),
    "peak memory": (lambda cost: cost.peak_mb, "{:.1f} MB"),
    "wall": (lambda cost: cost.wall, "{:.3f} s"),
    "wall less Rekor": (lambda cost: cost.wall - waited(cost, "rekor"), "{:.3f} s"),
    "wall less the logs": (lambda cost: cost.wall - waited(cost, "rekor", "ctlog"), "{:.3f} s"),
}


class Charts:
    """The chart of this repository, in a new version each time."""

    def __init__(self, work):
        self.directory = os.path.join(work, "chartseal")
        shutil.copytree(os.path.join(ROOT, "helm", "chartseal"), self.directory)
        self._count = 0

    def next_version(self):
        self._count += 1
        version = f"1.0.{self._count}"
        path = os.path.join(self.directory, "Chart.yaml")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(re.sub(r"^version: .*$", f"version: {version}", text, flags=re.MULTILINE))
        return version


def measure(comparison, services, charts, sides):
    """(cost of ours, cost of theirs) of each round; who begins changes from round to round. The first is not counted."""
    pairs = []
    for number in range(comparison.rounds + 1):
        version = charts.next_version()
        costs = {}
        for side in sides if number % 2 else reversed(sides):
            time.sleep(random.uniform(0, 1))  # or one of them would always come just after Rekor's checkpoint
            costs[side], reference = side.publish(charts.directory, version, comparison.registry, comparison.attest)
            check(services, reference, comparison.attest)
        if number:
            pairs.append(tuple(costs[side] for side in sides))
    return pairs


def show_figures(pairs):
    """Prints a line for each; True when all aims hold."""
    hold = True
    for name, (figure, unit) in FIGURES.items():
        ours, theirs = ([figure(cost) for cost in side] for side in zip(*pairs))
        ratio = statistics.median(a / b for a, b in zip(ours, theirs))
        values = [unit.format(statistics.median(side)) for side in (ours, theirs)]
        verdict = ""
        if name in AIMS:
            holds = ratio <= AIMS[name]
            hold = hold and holds
            verdict = f", aim at most {AIMS[name]:.2f}: {'holds' if holds else 'MISSED'}"
        print(f"  {name:18}  {values[0]:>9} beside {values[1]:>9}  ratio {ratio:.2f}{verdict}")
    return hold


def show_requests(pairs):
    ours, theirs = ([count(cost) for cost in side] for side in zip(*pairs))
    totals = [statistics.median(sum(counts.values()) for counts in side) for side in (ours, theirs)]
    print(f"  {'requests':18}  {totals[0]:>9.0f} beside {totals[1]:>9.0f}  ratio {totals[0] / totals[1]:.2f}  (" + ", ".join(
        f"{name} {statistics.median(c[name] for c in ours):.0f}/{statistics.median(c[name] for c in theirs):.0f}"
        for name in SERVICES) + ")")


def count(cost):
    return collections.Counter(exchange.service for exchange in cost.exchanges if exchange.service in SERVICES)


def show_waits(pairs):
    """What both wait for: Rekor for its next checkpoint, and Fulcio for the CT log."""
    for title, service in (("waited for Rekor", "rekor"), ("waited for Fulcio", "fulcio"), ("and it for the log", "ctlog")):
        ours, theirs = (statistics.median(waited(cost, service) for cost in side) for side in zip(*pairs))
        print(f"  {title:18}  {ours:>7.3f} s beside {theirs:>7.3f} s")


def show_sequence(cost):
    """When each was asked, how long it took, and what it was."""
    exchanges = sorted(cost.exchanges, key=lambda exchange: exchange.began)
    for exchange in exchanges:
        print(f"    {(exchange.began - exchanges[0].began) * 1000:7.1f} +{exchange.seconds * 1000:6.1f} ms  "
              f"{exchange.service:8}  {exchange.method:6} {exchange.path.partition('?')[0]}")


def compare(comparison, services, proxies, charts, work):
    helm = os.environ[f"CHARTSEAL_HELM_{comparison.helm.replace('.', '_')}"]
    sides = [Ours(services, proxies, work), Theirs(services, proxies, work, helm, comparison.helm)]
    print(f"{sides[0].name} beside {sides[1].name}: {comparison.registry}, "
          f"{'with' if comparison.attest else 'without'} the statement of the content, {comparison.rounds} rounds", flush=True)
    pairs = measure(comparison, services, charts, sides)
    held = show_figures(pairs)
    show_requests(pairs)
    show_waits(pairs)
    if "CHARTSEAL_BENCH_SEQUENCE" in os.environ:
        for side, cost in zip(sides, pairs[-1]):
            print(f"  {side.name}:")
            show_sequence(cost)
    return held


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(prefix="chartseal-bench.") as work, \
            Processes(os.path.join(work, "log")) as processes:
        os.environ["HOME"] = work  # the tools keep caches and settings there
        proxies = Proxies()
        services = Services(processes, proxies, work)
        charts = Charts(work)
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, without this bench", flush=True)
        held = [compare(one._replace(rounds=rounds or one.rounds), services, proxies, charts, work) for one in COMPARISONS]
    if not all(held):
        sys.exit("an aim is missed: see above")


if __name__ == "__main__":
    main()
