"""The serving certificate is replaced while the API server calls."""

import os
import socket
import ssl
import time

from cluster.load import Load
from cluster.objects import workload
from common.processes import wait_until
from cluster.suite import scenario
from cluster.webhook import new_authority

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
