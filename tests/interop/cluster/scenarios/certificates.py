"""The serving certificate is replaced while the API server calls."""

import base64
import os
import re
import socket
import ssl
import tempfile
import time

from cluster.load import Load
from cluster.objects import workload
from cluster.suite import scenario
from cluster.webhook import new_authority
from common.certificates import openssl
from common.command import Program
from common.processes import wait_until
from common.tree import ROOT

PROPAGATION_SECONDS = 2  # until the API server works with a changed configuration


def accepts(webhook, authority):
    """Whether a new connection shows a certificate of that authority."""
    context = ssl.create_default_context(cafile=authority.certificate)
    try:
        with socket.create_connection(("127.0.0.1", webhook.port), timeout=5) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1"):
                return True
    except ssl.SSLCertVerificationError:
        return False


@scenario("a new certificate of a new authority is taken up under load without a failed call")
def certificate_rotation(cluster):
    namespace = cluster.namespace()
    old, new = cluster.authority, new_authority(os.path.join(cluster.directory, "next-webhook-ca"))
    with Load(cluster, namespace) as load:
        load.wait_for(50)
        cluster.register(cluster.webhook, [old.certificate, new.certificate])
        time.sleep(PROPAGATION_SECONDS)
        cluster.tls.use(new)
        wait_until("new connections get the new certificate", lambda: accepts(cluster.webhook, new), seconds=30)
        assert not accepts(cluster.webhook, old)
        load.wait_for(50)
        cluster.authority = new
        cluster.register(cluster.webhook)
        time.sleep(PROPAGATION_SECONDS)
        load.wait_for(50)
    load.check(at_least=150)


@scenario("a certificate that does not belong to its key is not taken up: the pair before it keeps serving")
def broken_pair(cluster):
    namespace = cluster.namespace()
    stranger = new_authority(os.path.join(cluster.directory, "stranger-ca"))
    cluster.tls.use_certificate_without_key(stranger)
    time.sleep(12)  # the files are looked at every 10 s
    assert accepts(cluster.webhook, cluster.authority) and not accepts(cluster.webhook, stranger)
    cluster.register(cluster.webhook, [cluster.authority.certificate, stranger.certificate])  # makes it connect anew
    time.sleep(PROPAGATION_SECONDS)
    namespace.create(workload("Pod", "web", cluster.signed))
    cluster.tls.use(cluster.authority)
    cluster.register(cluster.webhook)


def documented_commands():
    """How docs/operations.md makes a certificate without cert-manager."""
    with open(os.path.join(ROOT, "docs", "operations.md"), encoding="utf-8") as file:
        return re.search(r"\*\*Without:\*\*\n+```\n(.*?)```", file.read(), re.DOTALL).group(1)


def run_as_operator(cluster, commands, directory):
    """In a shell where kubectl is the one for this cluster."""
    os.symlink(cluster.kubectl.path, os.path.join(directory, "kubectl"))
    Program("/bin/bash", "bash", ("-euo", "pipefail", "-c")).run(commands, directory=directory, environment={
        "PATH": f"{directory}:{os.environ['PATH']}", "KUBECONFIG": cluster.control_plane.kubeconfig}).expect(0)


@scenario("the commands of docs/operations.md make a certificate for the Service, which every webhook then trusts")
def certificate_by_hand(cluster):
    try:
        with tempfile.TemporaryDirectory(dir=cluster.directory) as directory:
            run_as_operator(cluster, documented_commands(), directory)
            openssl("verify", "-CAfile", f"{directory}/ca.crt", "-verify_hostname", "chartseal-webhook.chartseal.svc",
                    f"{directory}/tls.crt")
            with open(f"{directory}/ca.crt", "rb") as file:
                bundle = base64.b64encode(file.read()).decode()
        assert cluster.kubectl.get("secret", "-n", "chartseal", "chartseal-webhook-tls")["type"] == "kubernetes.io/tls"
        webhooks = [each for name in cluster.registered() for each in cluster.kubectl.get(name)["webhooks"]]
        assert len(webhooks) == sum(len(each["webhooks"]) for each in cluster.configurations) > 2, webhooks
        distrust = [each["name"] for each in webhooks if each["clientConfig"]["caBundle"] != bundle]
        assert not distrust, f"these do not trust the new authority: {distrust}"
    finally:
        cluster.kubectl.ok("delete", "secret", "-n", "chartseal", "chartseal-webhook-tls", "--ignore-not-found")
        cluster.register(cluster.webhook)
        cluster.wait_until_enforced()
