"""A long run of the real webhook while policies change and the registry stalls and goes away: every answer is checked.

Usage: soak.py [SECONDS] [WEBHOOK_BINARY]   (600 s and the release build; an asan build finds leaks when it ends)

What may be answered at each moment is a small set. What is signed and was seen before by its digest is admitted whatever
happens, and so is a release that comes again; what is named by tag is resolved each time, so an outage makes it "could not
tell", never a "no"; what is unsigned, or a release that is not of its chart, is never admitted; what a fork signed is
admitted exactly while a policy names the fork, give or take the time in which the webhook notices the new policy.
"""

import collections
import http.client
import itertools
import json
import os
import re
import signal
import ssl
import sys
import tempfile
import threading
import time
import uuid

import processes
from deployments import deployment_review
from processes import CORES
from releases import VERSION, oci_repository_review, release_review
from stage import FORK, SIGNER, Stage, policy

THREADS = 8
RATE = 300  # requests a second over all threads
PHASE = 24.0  # seconds in one state
NOTICE = 14.0  # a changed policy file is seen within this time
EITHER_SIGNER = r"https://github\.com/(acme|mallory)/app/\.github/workflows/release\.yml@refs/tags/v.+"
REASON = re.compile(rf"(?:\([^()]*\)|chart \w+ {re.escape(VERSION)}): ((?:could not tell: )?[a-z-]+)")
SHARES = {"known": 20, "release": 2, "chart": 2, "tagged": 2, "chart by tag": 1, "unsigned": 2, "fork": 2, "other release": 1}
ALWAYS_YES = ("known", "release", "chart")
NEVER = {"unsigned": "no-signature", "other release": "chart-content-mismatch"}
UNTOLD = {"could not tell: registry-unreachable", "could not tell: deadline-exceeded", "could not tell: overloaded"}


class World:
    """What is true at the moment: which policy, and what the registry does."""

    def __init__(self, stage):
        self.stage = stage
        self.lock = threading.Lock()
        self.fork_allowed, self.registry_up = False, True
        self.policy_changed = self.registry_changed = 0.0
        self.write_policy()

    def write_policy(self):
        self.stage.write_policies(policy("release", self.stage.registry, EITHER_SIGNER if self.fork_allowed else SIGNER))

    def next_phase(self, number):
        """Alternates: policy, registry stalls, registry back, policy back..."""
        with self.lock:
            if number % 2 == 0:
                self.fork_allowed = not self.fork_allowed
                self.write_policy()
                self.policy_changed = time.monotonic()
            else:
                self.registry_up = not self.registry_up
                os.kill(self.stage.registry_process.pid, signal.SIGCONT if self.registry_up else signal.SIGSTOP)
                self.registry_changed = time.monotonic()

    def expected(self, kind, started, ended):
        """The answers that are right for a request between two moments; "yes" or a reason."""
        with self.lock:
            unsettled = self.policy_changed + NOTICE > started
            registry_good = self.registry_up and self.registry_changed < started
            registry_bad = not self.registry_up and self.registry_changed + 1 < started
        if kind in ALWAYS_YES:
            return {"yes"}
        if kind in ("tagged", "chart by tag"):
            return {"yes"} if registry_good else UNTOLD if registry_bad else {"yes"} | UNTOLD
        if kind in NEVER:
            return {NEVER[kind]} if registry_good else {NEVER[kind]} | UNTOLD
        right = {"yes"} if self.fork_allowed else {"identity-mismatch"}
        if unsettled or ended - started > NOTICE:
            right = {"yes", "identity-mismatch"}
        return right if registry_good else right | UNTOLD


class Caller(threading.Thread):
    """Posts one review after the other over a kept-alive connection."""

    def __init__(self, port, world, bodies, pace, counts):
        super().__init__(daemon=True)
        self.port, self.world, self.bodies, self.pace, self.counts = port, world, bodies, pace, counts
        self.wrong, self.stopping = [], False
        self.connection = None

    def run(self):
        for kind, body in itertools.cycle(self.bodies):
            if self.stopping:
                return
            started = time.monotonic()
            answer = self.ask(body)
            expected = self.world.expected(kind, started, time.monotonic())
            self.counts[kind, answer] += 1
            if answer not in expected:
                self.wrong.append(f"{kind}: {answer}, expected one of {sorted(expected)}")
            time.sleep(max(0.0, self.pace - (time.monotonic() - started)))

    def ask(self, template):
        uid = str(uuid.uuid4())
        if self.connection is None:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.connection = http.client.HTTPSConnection("127.0.0.1", int(self.port), timeout=20, context=context)
        try:
            self.connection.request("POST", "/validate?timeout=2s", template.replace("UID", uid, 1),
                                    {"Content-Type": "application/json"})
            reply = self.connection.getresponse()
            text = reply.read()
            if reply.getheader("Connection") == "close":
                self.connection = None
            response = json.loads(text)["response"]
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            self.connection = None
            return f"no answer: {type(error).__name__}: {error}"
        if response["uid"] != uid:
            return "an answer to another request"
        if response["allowed"]:
            return "yes"
        found = REASON.search(response["status"]["message"])
        return found[1] if found else response["status"]["message"][:200]


def reviews(stage):
    """kind → the review that is posted, with UID where the uid goes."""
    known = [stage.push(f"acme/app{n}", n) for n in range(3)]
    tagged = stage.push("acme/tagged", 1).split("@")[0]
    unsigned = stage.push("acme/unsigned", 1, mint=())
    fork = stage.push("acme/fork", 1, mint=FORK)
    kinds = {"known": known, "tagged": [tagged], "unsigned": [unsigned], "fork": [fork]}
    repository, digest = stage.push_chart("app", VERSION, "soak").split(f":{VERSION}@")
    return {**{kind: deployment_review(images, 11800, "UID") for kind, images in kinds.items()},
            "release": release_review("app", "soak"),
            "other release": release_review("app", "not what was signed"),
            "chart": oci_repository_review(repository, {"digest": digest}),
            "chart by tag": oci_repository_review(repository, {"tag": VERSION})}


def mixed(bodies):
    """Each kind as often as SHARES says, spread evenly."""
    places = sorted((number / share, kind) for kind, share in SHARES.items() for number in range(share))
    return [(kind, bodies[kind]) for _, kind in places]


def soak(stage, binary, seconds):
    bodies = reviews(stage)
    world = World(stage)
    stage.binary = binary
    webhook = stage.start_webhook(cores=set(CORES))
    mix = mixed(bodies)
    counts = collections.Counter()
    warm = Caller(webhook.port, world, [], 0, counts)
    for kind in ALWAYS_YES:
        if (answer := warm.ask(bodies[kind])) != "yes":
            sys.exit(f"the first admission of what is signed ({kind}) was no yes but {answer}")
    starts = [len(mix) * n // THREADS for n in range(THREADS)]
    callers = [Caller(webhook.port, world, mix[at:] + mix[:at], THREADS / RATE, counts) for at in starts]
    for caller in callers:
        caller.start()
    start, samples, phase = time.monotonic(), [], 0
    while time.monotonic() - start < seconds and webhook.child.poll() is None:
        time.sleep(min(PHASE, max(0.1, start + seconds - time.monotonic())))
        world.next_phase(phase)
        phase += 1
        samples.append((webhook.resident_mb(), webhook.descriptors()))
        print(f"  {time.monotonic() - start:5.0f} s: {sum(counts.values())} answers, {samples[-1][0]:.0f} MB, "
              f"{samples[-1][1]} descriptors, {sum(len(c.wrong) for c in callers)} wrong", flush=True)
    for caller in callers:
        caller.stopping = True
    for caller in callers:
        caller.join(30)
    return webhook, callers, counts, samples


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600.0
    binary = sys.argv[2] if len(sys.argv) > 2 else processes.WEBHOOK
    with tempfile.TemporaryDirectory(prefix="chartseal-soak.") as work:
        stage = Stage(work)
        try:
            webhook, callers, counts, samples = soak(stage, binary, seconds)
            os.kill(stage.registry_process.pid, signal.SIGCONT)
            alive = webhook.child.poll() is None
            webhook.stop()
            code = webhook.child.returncode
            with open(webhook.log, encoding="utf-8", errors="replace") as file:
                log = file.read()
        finally:
            stage.close()
    for (kind, answer), count in sorted(counts.items()):
        print(f"  {count:8}  {kind:13} {answer}")
    wrong = [text for caller in callers for text in caller.wrong]
    print(f"{sum(counts.values())} answers in {seconds:.0f} s, {len(wrong)} wrong; memory {samples[0][0]:.0f} MB early, "
          f"{samples[-1][0]:.0f} MB late; descriptors {samples[0][1]} and {samples[-1][1]}; exit code {code}")
    for text in wrong[:20]:
        print(f"  wrong: {text}")
    if wrong or not alive or code != 0:
        sys.exit(f"the soak failed\n{log[-3000:] if code != 0 else ''}")


if __name__ == "__main__":
    main()
