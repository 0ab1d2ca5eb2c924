"""What the scenarios of the publisher share: a Sigstore, four registries, and the clients."""

import os

from common.helm import Helm
from publisher.charts import Chart, digest_in, packaged_by_helm
from publisher.chartseal import Chartseal
from publisher.cosign import Cosigns
from publisher.registries import start_registries
from publisher.sigstore import Sigstore

PREDICATE = ('{"buildDefinition":{"buildType":"https://example.com/build/v1","externalParameters":{}},'
             '"runDetails":{"builder":{"id":"https://example.com/builder"}}}')
HELMS = ("helm 3.16", "helm 3.17", "helm 4.1", "helm 4.2")


class World:
    """The environment; everything in it may be used by several scenarios at once."""

    def __init__(self, directory, processes):
        self.directory = directory
        self.processes = processes
        self.sigstore = Sigstore(processes, os.path.join(directory, "sigstore"))
        self.cosign = Cosigns(self.sigstore)
        self.chartseal = Chartseal(self.sigstore)
        self.helms = {version: Helm(version, directory) for version in HELMS}
        self.hosts = {}

    def start(self):
        self.hosts = start_registries(self.processes, self.directory)
        self.sigstore.start()

    def logs(self):
        """Clients say what went wrong; the logs of all services would bury it."""
        ended = [process for process in self.processes.all() if not process.is_running()]
        return "".join(f"  {process.name} has ended:\n{process.tail()}" for process in ended)

    def path(self, name):
        return os.path.join(self.directory, name)

    def file(self, name, text):
        """The path of a file with that text."""
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def chart(self, **more):
        return Chart(self.path("charts"), **more)

    def helm_archive(self, chart, version="helm 3.17"):
        return packaged_by_helm(self.helms[version], chart, self.path(f"packed/{chart.name}-{version.replace(' ', '')}"))

    def helm_push(self, version, archive, registry, folder="charts"):
        """helm's digest of what it pushed to HOST/FOLDER/NAME."""
        answer = self.helms[version].run("push", "--plain-http", archive, f"oci://{self.hosts[registry]}/{folder}")
        return digest_in(answer.expect(0, "Pushed: "))

    def repository(self, registry, chart, folder="charts"):
        return f"{self.hosts[registry]}/{folder}/{chart.name}"
