"""The release workflow of charts: publishes with chartseal, signs at services of the sandbox, to a real registry."""

import json
import os
import shutil
import urllib.parse
import urllib.request
from contextlib import contextmanager

from common.command import Program
from common.processes import free_port, wait_until
from common.tree import program
from cluster.registry import SANDBOX
from publisher.registries import DEBIAN, command_of, start
from publisher.sigstore import RELEASE


class ReleaseWorkflow:
    """Its signatures chain to the same trusted root as those of the images."""

    def __init__(self, processes, signer, directory):
        self._processes = processes
        self._signer = signer
        self._directory = os.path.join(directory, "release-workflow")
        self._port = free_port()
        self._registry = None
        self._services = {}
        self._chartseal = Program(program("chartseal"), "chartseal", environment={"SOURCE_DATE_EPOCH": "1700000000"})
        self.host = f"127.0.0.1:{self._port}"

    @property
    def issuer(self):
        return self._services["oidc"]

    def start(self):
        """After the first signature of an image, which makes the keys."""
        os.makedirs(self._directory)
        shutil.copy(self._signer.state, self._directory)
        process = self._processes.start("signing-services", (SANDBOX, "serve", "--dir", self._directory, "--rekor", "2"))
        endpoints = os.path.join(self._directory, "endpoints.json")
        wait_until(lambda: f"the signing services are up\n{process.tail()}", lambda: "ready" in process.tail())
        with open(endpoints, encoding="utf-8") as file:
            self._services = json.load(file)
        self._start_registry()

    @contextmanager
    def without_registry(self):
        """It is away inside, and back with everything that was pushed however that ends."""
        self._registry.stop(3)
        try:
            yield
        finally:
            self._start_registry()

    def _start_registry(self):
        self._registry = start(self._processes, "chart-registry", command_of(DEBIAN, self._port, self._directory),
                               f"http://{self.host}/v2/")

    def publish(self, chart, folder, *more, identity=RELEASE):
        """The digest of HOST/FOLDER/NAME. Signs, and states the content, unless `more` says otherwise."""
        done = self._chartseal.ok(
            "publish", chart.directory, f"oci://{self.host}/{folder}", "--plain-http", "--output", "json",
            "--trusted-root", os.path.join(self._directory, "trusted_root.json"),
            "--signing-config", os.path.join(self._directory, "signing_config.json"), *more,
            environment={"SIGSTORE_ID_TOKEN": self._token(identity)})
        return json.loads(done)["digest"]

    def push(self, chart, folder):
        """The same without signing anything; the tag may name something else already."""
        archive = self.package(chart)
        self._chartseal.ok("push", "--plain-http", "--replace-tag", archive, f"oci://{self.host}/{folder}")

    def package(self, chart):
        """The path of its archive."""
        out = os.path.join(self._directory, "packaged", os.path.basename(os.path.dirname(chart.directory)),
                           os.path.basename(chart.directory))
        self._chartseal.ok("package", chart.directory, "-d", out)
        return os.path.join(out, f"{chart.name}-{chart.version}.tgz")

    def _token(self, identity):
        query = urllib.parse.urlencode(identity.claims)
        with urllib.request.urlopen(f"{self._services['token']}?{query}", timeout=5) as reply:
            return reply.read().decode()
