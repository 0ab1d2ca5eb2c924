"""Signatures in a registry that wants credentials: read as the Pod would pull."""

from cluster.cluster import PASSWORD, USER
from cluster.objects import workload
from cluster.suite import scenario


def add_secret(cluster, namespace, name, password):
    namespace.ok("create", "secret", "docker-registry", name, f"--docker-server={cluster.private.host}",
                 f"--docker-username={USER}", f"--docker-password={password}")


@scenario("an image in a private registry is denied as could not tell without a pull secret, and admitted with the Pod's")
def of_the_pod(cluster):
    namespace = cluster.namespace()
    namespace.denied("create", "-f", "-", stdin=workload("Pod", "bare", cluster.secluded), saying=(
        "could not tell", cluster.private.host))
    add_secret(cluster, namespace, "pull", PASSWORD)
    pod = workload("Pod", "app", cluster.secluded, imagePullSecrets=[{"name": "missing"}, {"name": "pull"}])
    namespace.create(pod)


@scenario("the pull secrets of the service account count for the workload, before any Pod is made")
def of_the_service_account(cluster):
    namespace = cluster.namespace()
    add_secret(cluster, namespace, "pull", PASSWORD)
    namespace.ok("create", "serviceaccount", "builder")
    namespace.ok("patch", "serviceaccount", "builder", "-p", '{"imagePullSecrets":[{"name":"pull"}]}')
    namespace.create(workload("Deployment", "shop", cluster.secluded_too, serviceAccountName="builder"))
    namespace.wait_for_pods("shop")


@scenario("a wrong password is could not tell, and appears in no answer")
def wrong_password(cluster):
    namespace = cluster.namespace()
    add_secret(cluster, namespace, "pull", "hunter2-is-wrong")
    text = namespace.denied("create", "-f", "-", saying=("could not tell", cluster.private.host),
                            stdin=workload("Pod", "app", cluster.secluded_never, imagePullSecrets=[{"name": "pull"}]))
    assert "hunter2" not in text, text
