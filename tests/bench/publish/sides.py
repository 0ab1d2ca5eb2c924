"""The two sides of the comparison: each publishes one chart, and what it cost is measured."""

import collections
import json
import os
import re
import subprocess
import sys

from services import ROOT

CHARTSEAL = os.path.join(ROOT, "build", "bin", "chartseal")
PROCESS_COST = os.path.join(ROOT, "build", "tests", "process_cost")
PREDICATE_TYPE = "https://chartseal.dev/attestation/chart-content/v1"

Cost = collections.namedtuple("Cost", "wall cpu peak_mb exchanges")


class Command:
    """Runs programs in a round of their own and adds up what they cost."""

    def __init__(self, work, environment):
        self._file = os.path.join(work, "cost")
        self._environment = {**os.environ, **environment}
        self._costs = []

    def run(self, *arguments):
        """Standard output and error together; it must succeed."""
        done = subprocess.run((PROCESS_COST, self._file, *arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=self._environment, text=True, check=False, timeout=120)
        if done.returncode != 0:
            sys.exit(f"$ {' '.join(arguments)}\n{done.stdout}(exit code {done.returncode})")
        with open(self._file, encoding="ascii") as file:
            self._costs.append(tuple(float(field) for field in file.read().split()))
        return done.stdout

    def cost(self, exchanges):
        walls, cpus, peaks = zip(*self._costs)
        return Cost(sum(walls), sum(cpus), max(peaks) / 1024, exchanges)


class Side:
    """Publishes charts with the services of this run; subclasses say how."""

    def __init__(self, services, proxies, work):
        self.services = services
        self.work = work
        self._proxies = proxies

    def publish(self, chart, version, registry, attest):
        """The Cost, and the reference by digest of what was published. `chart` is its directory."""
        command = Command(self.work, {"SIGSTORE_ID_TOKEN": self.services.token(), "SOURCE_DATE_EPOCH": "1750000000"})
        self._proxies.take()
        reference = self._run(command, chart, version, f"{self.services.hosts[registry]}/{self.folder}", attest)
        return command.cost(self._proxies.take()), reference

    def _who(self):
        """Who must have signed: both sides verify that."""
        return "--certificate-identity", self.services.identity, "--certificate-oidc-issuer", self.services.issuer


class Ours(Side):
    name, folder = "chartseal publish", "ours"

    def _run(self, command, chart, version, parent, attest):
        output = command.run(
            CHARTSEAL, "publish", chart, f"oci://{parent}", "--plain-http", "--trusted-root", self.services.trusted_root,
            "--signing-config", self.services.signing_config, *self._who(), *(() if attest else ("--no-content-attestation",)),
            "--output", "json")
        published = json.loads(output)
        return f"{published['ref'].partition('@')[0].rpartition(':')[0]}@{published['digest']}"


class Theirs(Side):
    """helm package, helm push, cosign sign, cosign attest, cosign verify, cosign verify-attestation."""

    folder = "theirs"

    def __init__(self, services, proxies, work, helm, version):
        super().__init__(services, proxies, work)
        self.name = f"helm {version} and cosign 3"
        self._helm = helm
        self._cosign = os.environ["CHARTSEAL_COSIGN3"]

    def _run(self, command, chart, version, parent, attest):
        name = os.path.basename(chart)
        command.run(self._helm, "package", chart, "--destination", self.work)
        archive = os.path.join(self.work, f"{name}-{version}.tgz")
        pushed = command.run(self._helm, "push", archive, f"oci://{parent}", "--plain-http")
        reference = f"{parent}/{name}@{re.search(r'^Digest: (sha256:[0-9a-f]{64})$', pushed, re.MULTILINE)[1]}"
        self._sign(command, "sign", reference)
        if attest:
            self._sign(command, "attest", "--type", PREDICATE_TYPE, "--predicate", self._predicate(), reference)
        self._verify(command, "verify", reference)
        if attest:
            self._verify(command, "verify-attestation", "--type", PREDICATE_TYPE, reference)
        return reference

    def _sign(self, command, action, *what):
        command.run(self._cosign, action, "--yes", "--allow-http-registry", "--signing-config", self.services.signing_config,
                    "--trusted-root", self.services.trusted_root, *what)

    def _verify(self, command, action, *what):
        command.run(self._cosign, action, "--allow-http-registry", "--trusted-root", self.services.trusted_root,
                    *self._who(), *what)

    def _predicate(self):
        """A statement of the size of ours: what it says does not matter here."""
        path = os.path.join(self.work, "predicate.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"fingerprint": {"sha256": 64 * "0"}, "chart": {"name": "chart", "version": "1.2.3"}}, file)
        return path


def check(services, reference, attest):
    """Both verifiers say yes to what either side published, whatever it was; ends the run otherwise."""
    who = ("--certificate-identity", services.identity, "--certificate-oidc-issuer", services.issuer, "--trusted-root",
           services.trusted_root)
    statement = ("--type", PREDICATE_TYPE)
    cosign = (os.environ["CHARTSEAL_COSIGN3"],)
    asked = [((CHARTSEAL, "verify", "--plain-http"), ()), ((*cosign, "verify", "--allow-http-registry"), ())]
    if attest:
        asked += [((CHARTSEAL, "verify-attestation", "--plain-http"), statement),
                  ((*cosign, "verify-attestation", "--allow-http-registry"), statement)]
    for program, more in asked:
        done = subprocess.run((*program, *who, *more, reference), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
        if done.returncode != 0:
            sys.exit(f"{' '.join(program)} refuses {reference}:\n{done.stdout}")
