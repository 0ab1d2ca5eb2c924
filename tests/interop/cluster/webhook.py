"""chartseal-webhook as a process outside the cluster, with the identity that manifests/ give it inside."""

import os
import shutil
import urllib.error
import urllib.request

from common.certificates import Authority
from common.processes import free_port, wait_until
from common.tree import program

PROGRAM = program("chartseal-webhook")


class ServingCertificate:
    """Certificate and key in files that can be replaced, as a mounted Secret is."""

    def __init__(self, directory):
        os.makedirs(directory)
        self.certificate = os.path.join(directory, "tls.crt")
        self.key = os.path.join(directory, "tls.key")

    def use(self, authority):
        """Issues a new pair and puts it in place, each file by one rename."""
        certificate, key = self._issue(authority)
        put(certificate, self.certificate)
        put(key, self.key)

    def use_certificate_without_key(self, authority):
        """Puts a new certificate beside the old key."""
        certificate, _ = self._issue(authority)
        put(certificate, self.certificate)

    def _issue(self, authority):
        return authority.issue("webhook", "/CN=chartseal-webhook", ("IP:127.0.0.1", "DNS:chartseal-webhook.chartseal.svc"))


def put(source, target):
    shutil.copy(source, target + ".new")
    os.replace(target + ".new", target)


class Webhook:
    """One replica."""

    def __init__(self, processes, name, tls, arguments):
        self.port = free_port()
        self.ops_url = f"http://127.0.0.1:{free_port()}"
        self.process = processes.start(name, (
            PROGRAM, "--listen", f"127.0.0.1:{self.port}", "--ops-listen", self.ops_url.removeprefix("http://"),
            "--tls-cert", tls.certificate, "--tls-key", tls.key, *arguments))

    def url(self, path):
        return f"https://127.0.0.1:{self.port}{path}"

    def wait_until_ready(self, seconds=20):
        wait_until(lambda: f"{self.process.name} is ready: {self.ops('/readyz')}\n{self.process.tail()}", self._is_ready, seconds)

    def ops(self, path):
        """(status, text) of an ops endpoint."""
        try:
            with urllib.request.urlopen(self.ops_url + path, timeout=5) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def _is_ready(self):
        if not self.process.is_running():
            raise AssertionError(f"{self.process.name} ended while it was starting\n{self.process.tail()}")
        try:
            return self.ops("/readyz")[0] == 200
        except (urllib.error.URLError, OSError):
            return False


def new_authority(directory):
    return Authority(directory, "chartseal-webhook-ca")
