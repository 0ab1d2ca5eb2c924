"""etcd, kube-apiserver and kube-controller-manager as plain processes on loopback (docs/interop.md)."""

import json
import os
import ssl
import urllib.error
import urllib.request

from common.certificates import Authority, rsa_key
from common.processes import free_port, wait_until

API_NAMES = ("DNS:localhost", "DNS:kubernetes.default.svc", "IP:127.0.0.1", "IP:10.0.0.1")


def with_certificate(pair):
    certificate, key = pair
    return {"client-certificate": certificate, "client-key": key}


class ControlPlane:
    """A cluster without nodes: everything that is asked for becomes objects, controllers included; nothing runs."""

    def __init__(self, directory, processes):
        self._directory = directory
        self._processes = processes
        self._authority = Authority(os.path.join(directory, "pki"), "chartseal-interop")
        self._port = free_port()
        self.url = f"https://127.0.0.1:{self._port}"
        self._admin = self._authority.issue("admin", "/O=system:masters/CN=admin")
        controllers = self._authority.issue("controllers", "/CN=system:kube-controller-manager")
        self.kubeconfig = self.write_kubeconfig("admin", with_certificate(self._admin))
        self._controllers_kubeconfig = self.write_kubeconfig("controllers", with_certificate(controllers))
        self._tls = self._authority.issue("apiserver", "/CN=kube-apiserver", API_NAMES)
        self._token_key = os.path.join(directory, "sa.key")
        rsa_key(self._token_key)
        self._apiserver = self._etcd_url = None

    def start(self):
        self._start_etcd()
        self.start_apiserver()
        self._start_controllers()

    def start_apiserver(self):
        """Also after stop_apiserver(); what was stored is still there."""
        certificate, key = self._tls
        self._apiserver = self._processes.start("kube-apiserver", (
            os.environ["CHARTSEAL_APISERVER"],
            f"--etcd-servers={self._etcd_url}",
            "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", f"--secure-port={self._port}",
            f"--cert-dir={self._directory}/apiserver", f"--tls-cert-file={certificate}", f"--tls-private-key-file={key}",
            f"--client-ca-file={self._authority.certificate}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={self._token_key}", f"--service-account-key-file={self._token_key}",
            "--service-cluster-ip-range=10.0.0.0/24", "--authorization-mode=RBAC", "--allow-privileged=true",
            "--feature-gates=ImageVolume=true",  # on by default from 1.35
        ))
        wait_until("the API server is ready", self._is_ready, seconds=60)

    def stop_apiserver(self):
        self._apiserver.stop(3)  # it would wait a minute for watches to end by themselves

    def write_kubeconfig(self, name, user):
        """A kubeconfig for that user entry; returns its path."""
        path = os.path.join(self._directory, f"{name}.kubeconfig")
        named = {"name": "interop"}
        cluster = {"server": self.url, "certificate-authority": self._authority.certificate}
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "interop",
            "clusters": [{**named, "cluster": cluster}],
            "users": [{**named, "user": user}],
            "contexts": [{**named, "context": {"cluster": "interop", "user": "interop"}}],
        }
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return path

    def client_context(self):
        """TLS as the administrator, for callers that kubectl would be too slow for."""
        context = ssl.create_default_context(cafile=self._authority.certificate)
        context.load_cert_chain(*self._admin)
        return context

    def _start_etcd(self):
        self._etcd_url, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self._processes.start("etcd", (
            os.environ["CHARTSEAL_ETCD"], "--data-dir", os.path.join(self._directory, "etcd"),
            "--listen-client-urls", self._etcd_url, "--advertise-client-urls", self._etcd_url,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
            "--unsafe-no-fsync", "--log-level", "warn",
        ))

    def _start_controllers(self):
        self._processes.start("kube-controller-manager", (
            os.environ["CHARTSEAL_CONTROLLERS"], f"--kubeconfig={self._controllers_kubeconfig}", "--leader-elect=false",
            f"--service-account-private-key-file={self._token_key}", f"--root-ca-file={self._authority.certificate}",
            # One service account for each controller, as kubeadm sets it up.
            "--use-service-account-credentials", "--bind-address=127.0.0.1", f"--secure-port={free_port()}",
        ))

    def _is_ready(self):
        if not self._apiserver.is_running():
            raise RuntimeError("kube-apiserver ended while it was starting")
        context = ssl.create_default_context(cafile=self._authority.certificate)
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", context=context, timeout=2) as reply:
                return reply.status == 200
        except (urllib.error.URLError, OSError):
            return False
