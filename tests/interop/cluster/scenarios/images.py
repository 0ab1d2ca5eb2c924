"""One image, one Pod: what is admitted and what is denied, and what the user reads."""

from objects import workload
from scenario import scenario


@scenario("an image that the release workflow signed is admitted by digest")
def signed(cluster):
    namespace = cluster.namespace()
    namespace.create(workload("Pod", "web", cluster.signed))
    assert namespace.get("pod", "web")["spec"]["containers"][0]["image"] == cluster.signed


@scenario("an image that nobody signed is denied, and kubectl says no-signature")
def unsigned(cluster):
    namespace = cluster.namespace()
    namespace.denied("create", "-f", "-", stdin=workload("Pod", "dev", cluster.unsigned), saying=(
        'admission webhook "images.chartseal.dev" denied the request', cluster.unsigned, "no-signature"))
    assert not namespace.items("pods")


@scenario("an image that another workflow signed is denied, and kubectl says identity-mismatch and whose it is")
def another_identity(cluster):
    namespace = cluster.namespace()
    namespace.denied("create", "-f", "-", stdin=workload("Pod", "fork", cluster.fork), saying=(
        "identity-mismatch", "https://github.com/mallory/app/.github/workflows/release.yml@refs/tags/v1.2.3"))
