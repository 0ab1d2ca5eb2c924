"""What happens to objects that are there: changed, scaled, debugged, deleted."""

from cluster.objects import workload
from common.processes import wait_until
from cluster.suite import scenario

FINALIZER = "example.com/hold"


@scenario("an update that brings an unsigned image is denied, also when it changes other things")
def changed_image(cluster):
    namespace = cluster.namespace()
    namespace.create(workload("Deployment", "shop", cluster.signed))
    namespace.denied("set", "image", "deployment/shop", f"c0={cluster.unsigned}", saying=("no-signature",))
    namespace.denied("apply", "-f", "-", stdin=workload("Deployment", "shop", cluster.unsigned, replicas=3),
                     saying=("no-signature",))
    spec = namespace.get("deployment", "shop")["spec"]
    assert (spec["replicas"], spec["template"]["spec"]["containers"][0]["image"]) == (1, cluster.signed), spec


@scenario("an update that brings no image is admitted, although the object's image would be denied today")
def unchanged_image(cluster):
    namespace = cluster.namespace(verified=False)
    namespace.create(workload("Deployment", "old", cluster.unsigned, replicas=0))
    namespace.switch_on()
    namespace.ok("annotate", "deployment", "old", "note=kept")
    namespace.ok("scale", "deployment", "old", "--replicas=2")
    assert namespace.get("deployment", "old")["spec"]["replicas"] == 2


@scenario("server-side apply is verified when it creates and when it changes")
def server_side_apply(cluster):
    namespace = cluster.namespace()
    for name in ("new", "changed"):
        if name == "changed":
            namespace.ok("apply", "--server-side", "-f", "-", stdin=workload("Deployment", name, cluster.signed))
        namespace.denied("apply", "--server-side", "-f", "-", stdin=workload("Deployment", name, cluster.unsigned),
                         saying=("no-signature",))


@scenario("an ephemeral container joins a Pod only with a signed image")
def ephemeral(cluster):
    namespace = cluster.namespace()
    namespace.create(workload("Pod", "web", cluster.signed))
    namespace.denied("debug", "web", "--profile=general", f"--image={cluster.unsigned}", "-c", "bad", saying=(
        "ephemeralContainers[bad].image", "no-signature"))
    namespace.ok("debug", "web", "--profile=general", f"--image={cluster.signed_too}", "-c", "good")
    joined = [each["name"] for each in namespace.get("pod", "web")["spec"]["ephemeralContainers"]]
    assert joined == ["good"], joined


@scenario("a dry run gets the same answer and leaves nothing behind")
def dry_run(cluster):
    namespace = cluster.namespace()
    namespace.denied("create", "--dry-run=server", "-f", "-", stdin=workload("Pod", "dev", cluster.unsigned),
                     saying=("no-signature",))
    namespace.ok("create", "--dry-run=server", "-f", "-", stdin=workload("Pod", "web", cluster.signed))
    assert not namespace.items("pods")


@scenario("deletions and finalizer removals pass, although every image would be denied")
def deletion(cluster):
    namespace = cluster.namespace(verified=False)
    held = workload("Pod", "held", cluster.unsigned)
    held["metadata"]["finalizers"] = [FINALIZER]
    namespace.create(held)
    namespace.create(workload("Deployment", "plain", cluster.unsigned))
    namespace.wait_for_pods("plain")
    namespace.switch_on()
    namespace.ok("delete", "deployment", "plain", "--wait=false")
    wait_until("garbage collection has removed the Pods", lambda: not namespace.pods("plain"))
    namespace.ok("delete", "pod", "held", "--wait=false", "--grace-period=0")
    assert namespace.get("pod", "held")["metadata"]["deletionTimestamp"]
    namespace.ok("patch", "pod", "held", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    wait_until("the Pod is gone", lambda: not namespace.items("pods"))


@scenario("namespaces that are not switched on, and kube-system whatever its labels, are left alone")
def left_alone(cluster):
    cluster.namespace(verified=False).create(workload("Pod", "free", cluster.unsigned))
    cluster.kubectl.ok("label", "namespace", "kube-system", "chartseal.dev/verify=true")
    cluster.kubectl.ok("-n", "kube-system", "create", "--dry-run=server", "-f", "-",
                       stdin=workload("Pod", "free", cluster.unsigned))
    cluster.kubectl.ok("label", "namespace", "kube-system", "chartseal.dev/verify-")
