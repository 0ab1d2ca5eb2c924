"""Every kind that brings Pods, and the Pods that the real controllers make of them."""

from cluster.objects import workload
from common.processes import wait_until
from cluster.suite import scenario

# Kinds whose controller makes Pods at once. A CronJob's Pods come from a Job, see below.
MAKE_PODS = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController")
ALL = (*MAKE_PODS, "CronJob", "PodTemplate")


@scenario("workloads of every kind with signed images are admitted, and so are the Pods that controllers make of them")
def signed(cluster):
    namespace = cluster.namespace()
    for kind in ALL:
        namespace.create(workload(kind, kind.lower(), cluster.signed))
    namespace.ok("create", "job", "--from=cronjob/cronjob", "triggered")
    for kind in MAKE_PODS:
        for pod in namespace.wait_for_pods(kind.lower()):
            assert pod["spec"]["containers"][0]["image"] == cluster.signed
            assert pod["metadata"]["ownerReferences"], f"not made by a controller: {pod['metadata']}"
    namespace.wait_for_pods("cronjob")


@scenario("workloads of every kind with an unsigned image are denied")
def unsigned(cluster):
    namespace = cluster.namespace()
    for kind in ALL:
        namespace.denied("create", "-f", "-", stdin=workload(kind, kind.lower(), cluster.signed, cluster.unsigned),
                         saying=(cluster.unsigned, "no-signature", "[c1].image"))
        assert not namespace.items(kind)


@scenario("init containers and image volumes are verified like containers")
def other_places(cluster):
    namespace = cluster.namespace()
    init = workload("Deployment", "init", cluster.signed, initContainers=[{"name": "setup", "image": cluster.unsigned}])
    namespace.denied("create", "-f", "-", stdin=init, saying=("initContainers[setup].image", "no-signature"))
    volume = {"name": "model", "image": {"reference": cluster.unsigned, "pullPolicy": "IfNotPresent"}}
    namespace.denied("create", "-f", "-", stdin=workload("Deployment", "model", cluster.signed, volumes=[volume]),
                     saying=("volumes[model].image.reference", "no-signature"))


@scenario("one unsigned image among signed ones denies the object, and only that one is named")
def one_of_several(cluster):
    namespace = cluster.namespace()
    text = namespace.denied("create", "-f", "-", saying=("1 of 2 images", cluster.unsigned),
                            stdin=workload("Deployment", "mixed", cluster.signed, cluster.unsigned))
    assert f"- {cluster.signed}" not in text, text


@scenario("a Job that is made from a CronJob is verified, although the CronJob was there before the webhook")
def from_cron_job(cluster):
    namespace = cluster.namespace(verified=False)
    for name, image in (("good", cluster.signed), ("bad", cluster.unsigned)):
        namespace.create(workload("CronJob", name, image))
    namespace.switch_on()
    namespace.ok("create", "job", "--from=cronjob/good", "good-now")
    namespace.denied("create", "job", "--from=cronjob/bad", "bad-now", saying=(cluster.unsigned, "no-signature"))
    namespace.wait_for_pods("good")


@scenario("a Deployment that was there before the webhook gets no Pods: its ReplicaSet says FailedCreate and why")
def bypassed(cluster):
    namespace = cluster.namespace(verified=False)
    namespace.create(workload("Deployment", "old", cluster.unsigned, replicas=0))
    replica_set = wait_until("the Deployment has a ReplicaSet", lambda: namespace.items("replicasets"))[0]["metadata"]["name"]
    namespace.switch_on()
    namespace.ok("scale", "deployment", "old", "--replicas=1")  # scaling brings no image, so it is admitted

    def failure():
        conditions = namespace.get("replicaset", replica_set)["status"].get("conditions", [])
        return [each for each in conditions if each["type"] == "ReplicaFailure" and each["status"] == "True"]

    condition = wait_until("the ReplicaSet says that it could not create a Pod", failure)[0]
    assert condition["reason"] == "FailedCreate", condition
    assert "no-signature" in condition["message"], condition
    assert not namespace.pods("old")


@scenario("a new image in a Deployment rolls out when it is signed")
def rolls_out(cluster):
    namespace = cluster.namespace()
    namespace.create(workload("Deployment", "shop", cluster.signed))
    namespace.wait_for_pods("shop")
    namespace.ok("set", "image", "deployment/shop", f"c0={cluster.signed_too}")

    def rolled():
        return [pod for pod in namespace.pods("shop") if pod["spec"]["containers"][0]["image"] == cluster.signed_too]

    wait_until("a Pod of the new image", rolled)
