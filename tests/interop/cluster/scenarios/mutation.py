"""The digest that was verified is written behind the tag, in what the API server stores."""

from cluster.objects import keyless, policy, workload
from common.processes import wait_until
from cluster.registry import RELEASE, RELEASE_ISSUER, RELEASE_SUBJECT
from cluster.suite import scenario


def image_of(namespace, kind, name):
    spec = namespace.get(kind, name)["spec"]
    return (spec["template"]["spec"] if "template" in spec else spec)["containers"][0]["image"]


@scenario("a tag is stored with the digest that was verified, in Pods and in what makes them, and applying it again changes nothing")
def pinned(cluster):
    namespace = cluster.namespace()
    tagged = f"{cluster.registry.host}/acme/app:1.2.3"
    pinned_to = f"{tagged}@{cluster.signed.partition('@')[2]}"
    namespace.apply(workload("Pod", "web", tagged))
    assert image_of(namespace, "pod", "web") == pinned_to
    namespace.apply(workload("Deployment", "shop", tagged))
    assert image_of(namespace, "deployment", "shop") == pinned_to
    [pod] = namespace.wait_for_pods("shop")
    assert pod["spec"]["containers"][0]["image"] == pinned_to
    before = namespace.get("deployment", "shop")["metadata"]["generation"]
    namespace.apply(workload("Deployment", "shop", tagged))
    assert namespace.get("deployment", "shop")["metadata"]["generation"] == before
    assert len(namespace.items("replicasets")) == 1


@scenario("a digest is stored as it was written, with a tag or without")
def left_as_it_is(cluster):
    namespace = cluster.namespace()
    digest = cluster.signed.partition("@")[2]
    for name, image in (("plain", cluster.signed), ("tagged", f"{cluster.registry.host}/acme/app:1.2.3@{digest}")):
        namespace.create(workload("Pod", name, image))
        assert image_of(namespace, "pod", name) == image


@scenario("a tag that is not signed is denied, and nothing is stored")
def denied(cluster):
    namespace = cluster.namespace()
    namespace.denied("create", "-f", "-", stdin=workload("Pod", "dev", f"{cluster.registry.host}/acme/app:dev"),
                     saying=("no-signature",))
    assert not namespace.items("pods")


@scenario("a policy with mutateDigest: false leaves tags as they are, and still decides by digest")
def switched_off(cluster):
    namespace = cluster.namespace()
    cluster.registry.push("gitops/app", "1.0", RELEASE)
    cluster.registry.push("gitops/app", "bad")
    cluster.kubectl.apply(policy("gitops", [f"{cluster.registry.host}/gitops/*"], [keyless(RELEASE_ISSUER, RELEASE_SUBJECT)],
                                 mutateDigest=False))
    tagged = f"{cluster.registry.host}/gitops/app:1.0"
    wait_until("the image is admitted", lambda: namespace.run("create", "-f", "-", stdin=workload("Pod", "app", tagged)).succeeded)
    assert image_of(namespace, "pod", "app") == tagged
    namespace.denied("create", "-f", "-", stdin=workload("Pod", "bad", f"{cluster.registry.host}/gitops/app:bad"),
                     saying=("no-signature",))
    cluster.kubectl.ok("delete", "verificationpolicy", "gitops")
