"""The real Sigstore and registries of tests/interop, with a counting proxy in front of each."""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(ROOT, "tests", "interop"))
from common.processes import free_port  # noqa: E402  (from tests/interop)
from publisher.registries import DEBIAN, GGCR, command_of, start  # noqa: E402
from publisher.sigstore import RELEASE, Sigstore  # noqa: E402

REGISTRIES = (DEBIAN, GGCR)


class ProxiedSigstore(Sigstore):
    """Fulcio reaches the CT log through a proxy, so that it can be told how long it waits for that."""

    def __init__(self, processes, proxies, directory):
        super().__init__(processes, directory)
        self._proxies = proxies

    def _start_fulcio(self):
        self._ctlog = self._proxies.before("ctlog", self._ctlog)
        super()._start_fulcio()


class Services:
    """What both sides publish to. Registries are named as in tests/interop."""

    def __init__(self, processes, proxies, directory):
        self.directory = directory
        self.sigstore = ProxiedSigstore(processes, proxies, os.path.join(directory, "sigstore"))
        self.sigstore.start()
        self.trusted_root = self.sigstore.trusted_root
        self.identity, self.issuer = RELEASE.subject, self.sigstore.issuer
        self.signing_config = self._through(proxies)
        self.hosts = {name: self._registry(processes, proxies, name) for name in REGISTRIES}

    def token(self):
        return self.sigstore.token()

    def _registry(self, processes, proxies, name):
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        command = self._debian(port) if name == DEBIAN else command_of(name, port, self.directory)
        start(processes, name, command, f"{url}/v2/")
        return proxies.before("registry", url).removeprefix("http://")

    def _debian(self, port):
        """With its blobs in memory: what a disk takes to sync is nobody's merit."""
        path = os.path.join(self.directory, "docker-registry.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("version: 0.1\nlog: { level: error, accesslog: { disabled: true } }\nstorage: { inmemory: {} }\n"
                       f"http: {{ addr: 127.0.0.1:{port} }}\n")
        return "docker-registry", "serve", path

    def _through(self, proxies):
        """The signing config with Rekor v2, the URLs being those of the proxies."""
        with open(self.sigstore.signing_configs[2], encoding="utf-8") as file:
            text = file.read()
        for service, url in (("fulcio", self.sigstore.fulcio), ("rekor", self.sigstore.rekor2), ("tsa", self.sigstore.tsa)):
            assert f'"{url}"' in text, f"the signing config does not name {url}"
            text = text.replace(f'"{url}"', f'"{proxies.before(service, url)}"')
        path = os.path.join(self.directory, "signing-config.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path
