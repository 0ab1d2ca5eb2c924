"""One image, one Pod: what is admitted and what is denied, and what the user reads."""

from cluster.objects import workload
from common.processes import wait_until
from cluster.registry import RELEASE
from cluster.suite import scenario


@scenario("an image that the release workflow signed is admitted by digest")
def signed(cluster):
    namespace = cluster.namespace()
    namespace.create(workload("Pod", "web", cluster.signed))
    assert namespace.get("pod", "web")["spec"]["containers"][0]["image"] == cluster.signed


@scenario("an image that nobody signed is denied, and kubectl says no-signature")
def unsigned(cluster):
    namespace = cluster.namespace()
    namespace.denied("create", "-f", "-", stdin=workload("Pod", "dev", cluster.unsigned), saying=(
        '.chartseal.dev" denied the request', cluster.unsigned, "no-signature"))
    assert not namespace.items("pods")


@scenario("an image that another workflow signed is denied, and kubectl says identity-mismatch and whose it is")
def another_identity(cluster):
    namespace = cluster.namespace()
    namespace.denied("create", "-f", "-", stdin=workload("Pod", "fork", cluster.fork), saying=(
        "identity-mismatch", "https://github.com/mallory/app/.github/workflows/release.yml@refs/tags/v1.2.3"))


@scenario("an image that no policy covers is denied")
def stranger(cluster):
    namespace = cluster.namespace()
    namespace.denied("create", "-f", "-", stdin=workload("Pod", "stranger", f"{cluster.registry.host}/other/app:1"),
                     saying=("no-policy-matches",))


@scenario("a tag that moved after an admission is decided afresh")
def moved_tag(cluster):
    namespace = cluster.namespace()
    cluster.registry.push("acme/moving", "1.0", RELEASE)
    tagged = f"{cluster.registry.host}/acme/moving:1.0"
    for name in ("first", "second"):
        namespace.create(workload("Pod", name, tagged))
    cluster.registry.push("acme/moving", "1.0")
    namespace.denied("create", "-f", "-", stdin=workload("Pod", "third", tagged), saying=("no-signature",))


@scenario("a signature that arrives after a denial lets the image in soon, without a restart")
def signed_later(cluster):
    namespace = cluster.namespace()
    layout, digest = cluster.signer.image("acme/late", "1.0")
    image = cluster.registry.push_layout("acme/late", layout, digest)
    namespace.denied("create", "-f", "-", stdin=workload("Pod", "late", image), saying=("no-signature",))
    cluster.signer.sign(layout, digest, RELEASE)
    cluster.registry.push_layout("acme/late", layout, digest)
    wait_until("the signed image is admitted",
               lambda: namespace.run("create", "-f", "-", stdin=workload("Pod", "late", image)).succeeded, seconds=60, every=1)
