"""A whole Sigstore on loopback: the real services, and the files by which clients trust them and find them."""

import os
import subprocess
import time
import urllib.parse
import urllib.request

from common.processes import free_port
from publisher.registries import start

# The templates are those that the public instance uses for GitHub Actions.
FULCIO = """
ci-issuer-metadata:
  github-workflow:
    default-template-values: { url: "https://github.com", environment: "" }
    extension-templates:
      github-workflow-trigger: event_name
      github-workflow-sha: sha
      github-workflow-name: workflow
      github-workflow-repository: repository
      github-workflow-ref: ref
      build-signer-uri: "{{ .url }}/{{ .job_workflow_ref }}"
      build-signer-digest: job_workflow_sha
      runner-environment: runner_environment
      source-repository-uri: "{{ .url }}/{{ .repository }}"
      source-repository-digest: sha
      source-repository-ref: ref
      source-repository-identifier: repository_id
      source-repository-owner-uri: "{{ .url }}/{{ .repository_owner }}"
      source-repository-owner-identifier: repository_owner_id
      build-config-uri: "{{ .url }}/{{ .workflow_ref }}"
      build-config-digest: workflow_sha
      build-trigger: event_name
      run-invocation-uri: "{{ .url }}/{{ .repository }}/actions/runs/{{ .run_id }}/attempts/{{ .run_attempt }}"
      source-repository-visibility-at-signing: repository_visibility
      deployment-environment: environment
    subject-alternative-name-template: "{{ .url }}/{{ .job_workflow_ref }}"
"""


class Identity:
    """A workflow, as tokens and as certificates name it."""

    def __init__(self, repository, workflow, ref):
        self.claims = {"repository": repository, "workflow": workflow, "ref": ref}
        self.subject = f"https://github.com/{repository}/.github/workflows/{workflow}@{ref}"


RELEASE = Identity("acme/app", "release.yml", "refs/tags/v1.2.3")
FORK = Identity("mallory/app", "release.yml", "refs/tags/v1.2.3")


class Sigstore:
    """Issuer, CT log, timestamp authority, Rekor v2 and v1, Fulcio."""

    def __init__(self, processes, directory):
        self._processes = processes
        self._directory = directory
        self.keys = os.path.join(directory, "keys")
        self.trusted_root = os.path.join(directory, "trusted_root.json")
        self.signing_configs = {rekor: os.path.join(directory, f"signing-rekor{rekor}.json") for rekor in (1, 2)}
        self.issuer = f"http://localhost:{free_port()}"
        self.fulcio, self.rekor1, self.rekor2, self._ctlog, tsa = (f"http://127.0.0.1:{free_port()}" for _ in range(5))
        self.tsa = f"{tsa}/api/v1/timestamp"

    def start(self):
        os.makedirs(self.keys)
        subprocess.run((os.environ["CHARTSEAL_KIT"], "keys", self.keys), check=True)
        self._start_issuer()
        self._start_ctlog()
        self._start_tsa()
        self._start_rekor2()
        self._start_rekor1()
        self._start_fulcio()
        self._write_trust()

    def token(self, identity=RELEASE):
        """A fresh identity token of that workflow."""
        with urllib.request.urlopen(f"{self.issuer}/token?{urllib.parse.urlencode(identity.claims)}", timeout=5) as reply:
            return reply.read().decode()

    def _start(self, name, command, url, environment=None):
        start(self._processes, name, command, url, environment)

    def _key(self, name):
        return os.path.join(self.keys, name)

    def _start_issuer(self):
        self._start("issuer", (os.environ["CHARTSEAL_ISSUER"], "-address", f"127.0.0.1:{port_of(self.issuer)}", "-issuer", self.issuer),
                    f"{self.issuer}/keys")

    def _start_ctlog(self):
        self._start("ctlog", (
            os.environ["CHARTSEAL_CTLOG"], "-address", self._ctlog.removeprefix("http://"), "-key", self._key("ctlog.key.pem"),
            "-roots", self._key("root.pem"), "-dir", os.path.join(self._directory, "ctlog")), f"{self._ctlog}/ct/v1/get-roots")

    def _start_tsa(self):
        self._start("timestamp-server", (
            os.environ["CHARTSEAL_TSA"], "serve", "--host=127.0.0.1", f"--port={port_of(self.tsa)}", "--timestamp-signer=memory",
            "--disable-ntp-monitoring"), f"{self.tsa}/certchain")
        with urllib.request.urlopen(f"{self.tsa}/certchain", timeout=5) as reply, open(self._key("tsa.pem"), "wb") as file:
            file.write(reply.read())

    def _start_rekor2(self):
        self._start("rekor2", (
            os.environ["CHARTSEAL_REKOR2"], "serve", f"--storage-dir={self._directory}/rekor2",
            f"--signer-filepath={self._key('rekor2.key.pem')}", "--hostname=rekor-local", "--http-address=127.0.0.1",
            "--grpc-address=127.0.0.1", f"--http-port={port_of(self.rekor2)}", f"--grpc-port={free_port()}",
            f"--http-metrics-port={free_port()}", "--checkpoint-interval=1s"), f"{self.rekor2}/healthz")

    def _start_rekor1(self):
        trillian = free_port()
        self._start("rekor1", (
            os.environ["CHARTSEAL_REKOR1"], "serve", "--trillian_log_server.address=127.0.0.1",
            f"--trillian_log_server.port={trillian}", "--rekor_server.address=127.0.0.1", f"--port={port_of(self.rekor1)}",
            "--rekor_server.hostname=rekor.local", f"--rekor_server.signer={self._key('rekor1.key.pem')}",
            "--enable_retrieve_api=false",
            "--enabled_api_endpoints=getLogInfo,getPublicKey,getLogProof,createLogEntry,getLogEntryByUUID,getLogEntryByIndex"),
            f"{self.rekor1}/api/v1/log", {"TRILLIAN_ADDRESS": f"127.0.0.1:{trillian}"})

    def _start_fulcio(self):
        settings = os.path.join(self._directory, "fulcio.yaml")
        with open(settings, "w", encoding="utf-8") as file:
            file.write(f'oidc-issuers:\n  {self.issuer}: {{ issuer-url: "{self.issuer}", client-id: sigstore, type: ci-provider, '
                       f"ci-provider: github-workflow }}{FULCIO}")
        self._start("fulcio", (
            os.environ["CHARTSEAL_FULCIO"], "serve", f"--config-path={settings}", "--host=127.0.0.1", f"--port={port_of(self.fulcio)}",
            "--grpc-host=127.0.0.1", f"--grpc-port={free_port()}", f"--metrics-port={free_port()}",
            f"--legacy-unix-domain-socket={self._directory}/fulcio.sock", "--ca=fileca", f"--fileca-cert={self._key('chain.pem')}",
            f"--fileca-key={self._key('intermediate.key.pem')}", "--fileca-key-passwd=", "--fileca-watch=false",
            f"--ct-log-url={self._ctlog}", f"--ct-log-public-key-path={self._key('ctlog.pub.pem')}"),
            f"{self.fulcio}/api/v2/trustBundle")

    def _write_trust(self):
        """With `origin` the log id of Rekor v2 is the C2SP key id, which its entries carry; Rekor v1 has the key's hash."""
        since = time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(time.time() - 3600))
        cosign = os.environ["CHARTSEAL_COSIGN3"]
        key = self._key
        subprocess.run((
            cosign, "trusted-root", "create", "--out", self.trusted_root,
            "--fulcio", f"url={self.fulcio},certificate-chain={key('chain.pem')}",
            "--ctfe", f"url={self._ctlog},public-key={key('ctlog.pub.pem')},start-time={since}",
            "--rekor", f"url=http://rekor-local,origin=rekor-local,public-key={key('rekor2.pub.pem')},start-time={since}",
            "--rekor", f"url={self.rekor1},public-key={key('rekor1.pub.pem')},start-time={since}",
            "--tsa", f"url={self.tsa},certificate-chain={key('tsa.pem')}"), check=True)
        operated = f"start-time={since},operator=interop"
        common = (cosign, "signing-config", "create", "--fulcio", f"url={self.fulcio},api-version=1,{operated}",
                  "--oidc-provider", f"url={self.issuer},api-version=1,{operated}", "--rekor-config", "ANY")
        subprocess.run((*common, "--out", self.signing_configs[2], "--rekor", f"url={self.rekor2},api-version=2,{operated}",
                        "--tsa", f"url={self.tsa},api-version=1,{operated}", "--tsa-config", "ANY"), check=True)
        subprocess.run((*common, "--out", self.signing_configs[1], "--rekor", f"url={self.rekor1},api-version=1,{operated}"),
                       check=True)


def port_of(url):
    return urllib.parse.urlsplit(url).port
