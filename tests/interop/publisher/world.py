"""What the scenarios of the publisher share: a Sigstore, four registries, and the clients."""

import hashlib
import os
import shutil
import threading
import urllib.request

from cluster.control_plane import ControlPlane
from cluster.kubectl import Kubectl
from common.helm import Helm
from publisher.charts import Chart, digest_in, packaged_by_helm
from publisher.chartseal import Chartseal
from publisher.cosign import Cosigns
from publisher.registries import OLAREG, start_registries
from publisher.sigstore import Sigstore

PREDICATE = ('{"buildDefinition":{"buildType":"https://example.com/build/v1","externalParameters":{}},'
             '"runDetails":{"builder":{"id":"https://example.com/builder"}}}')
MANIFESTS = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"
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
        self._control_plane = None
        self._starting = threading.Lock()

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

    def cluster(self):
        """(kubectl, path of a kubeconfig) of a real API server, started when the first scenario needs it."""
        with self._starting:
            if not self._control_plane:
                control_plane = ControlPlane(self.path("cluster"), self.processes)
                control_plane.start()
                self._control_plane = control_plane
        return Kubectl(self._control_plane.kubeconfig, self.directory), self._control_plane.kubeconfig

    def chart(self, **more):
        return Chart(self.path("charts"), **more)

    def helm_archive(self, chart, version="helm 3.17"):
        return packaged_by_helm(self.helms[version], chart, self.path(f"packed/{chart.name}-{version.replace(' ', '')}"))

    def helm_push(self, version, archive, registry, folder="charts"):
        """helm's digest of what it pushed to HOST/FOLDER/NAME."""
        answer = self.helms[version].run("push", "--plain-http", archive, f"oci://{self.hosts[registry]}/{folder}")
        return digest_in(answer.expect(0, "Pushed: "))

    def helms_that_push_to(self, registry):
        """olareg 0.1.1 does not take the uploads of helm 3: "invalid checksum digest format"."""
        return [version for version in HELMS if registry != OLAREG or not version.startswith("helm 3")]

    def manifest(self, registry, name, reference):
        """Its bytes, as the registry has them."""
        request = urllib.request.Request(f"http://{self.hosts[registry]}/v2/{name}/manifests/{reference}", headers={"Accept": MANIFESTS})
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.read()

    def digest_of_tag(self, registry, name, tag):
        return digest_of_bytes(self.manifest(registry, name, tag))

    def copy_of(self, chart):
        """The same chart in another directory."""
        other = Chart(self.path("copies"), version=chart.version)
        shutil.rmtree(other.directory)
        shutil.copytree(chart.directory, other.directory)
        other.name = chart.name
        return other

    def repository(self, registry, chart, folder="charts"):
        return f"{self.hosts[registry]}/{folder}/{chart.name}"


def digest_of_bytes(data):
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def file_bytes(path):
    with open(path, "rb") as file:
        return file.read()
