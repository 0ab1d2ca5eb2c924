"""The webhook, the registry and the API server come and go."""

import time

from cluster.load import Load
from cluster.objects import workload
from common.processes import wait_until
from cluster.registry import RELEASE
from cluster.suite import scenario

# What the Deployment's preStop does: connections still come until the API server has seen the change.
PROPAGATION_SECONDS = 2


@scenario("a rollout of the webhook under load fails no admission, and the old replica drains and ends by itself")
def rollout(cluster):
    namespace = cluster.namespace()
    old = cluster.webhook
    with Load(cluster, namespace) as load:
        load.wait_for(100)
        cluster.webhook = cluster.start_webhook()
        cluster.register(cluster.webhook)
        time.sleep(PROPAGATION_SECONDS)
        load.wait_for(50)
        old.process.terminate()
        load.wait_for(100)
        assert old.process.wait(30) == 0
        load.wait_for(100)
    load.check(at_least=350)


@scenario("while no replica answers, the API server denies: what guards the door fails closed")
def fails_closed(cluster):
    namespace = cluster.namespace()
    cluster.webhook.process.stop()
    answer = namespace.run("create", "-f", "-", stdin=workload("Pod", "web", cluster.signed))
    assert not answer.succeeded and "failed calling webhook" in answer.text(), answer
    namespace.ok("get", "pods")
    cluster.webhook = cluster.start_webhook()
    cluster.register(cluster.webhook)
    wait_until("the signed Pod is admitted", lambda: namespace.run(
        "create", "-f", "-", stdin=workload("Pod", "web", cluster.signed)).succeeded)


@scenario("an API server that stops and comes back finds the webhook where it was")
def api_server_restart(cluster):
    namespace = cluster.namespace()
    cluster.control_plane.stop_apiserver()
    assert not cluster.kubectl.run("get", "namespaces", "--request-timeout=2s").succeeded
    cluster.control_plane.start_apiserver()
    namespace.create(workload("Pod", "web", cluster.signed))
    namespace.denied("create", "-f", "-", stdin=workload("Pod", "dev", cluster.unsigned), saying=("no-signature",))


@scenario("while the registry is down known digests are admitted, unknown ones are denied as could not tell, and its return counts at once")
def registry_outage(cluster):
    namespace = cluster.namespace()
    unknown = cluster.registry.push("acme/unknown", "1.0", RELEASE)
    namespace.create(workload("Pod", "before", cluster.signed))
    with cluster.registry.away():
        namespace.create(workload("Pod", "during", cluster.signed))
        namespace.create(workload("Deployment", "during", cluster.signed))
        namespace.wait_for_pods("during", count=2)
        namespace.denied("create", "-f", "-", stdin=workload("Pod", "unknown", unknown), saying=(
            "could not tell", "registry-unreachable", cluster.registry.host))
    namespace.create(workload("Pod", "unknown", unknown))
