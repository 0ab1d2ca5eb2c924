"""Objects of GitOps tools that name charts: admitted, pinned as stored, or denied, before any controller sees them."""

import base64

from cluster import gitops
from cluster.suite import scenario
from cluster.tenant import Tenant
from publisher.sigstore import FORK


class Charts:
    """A tenant with a chart in two versions, one that nobody signed, and one that a stranger signed."""

    def __init__(self, cluster, **git_ops):
        gitops.install_definitions(cluster.kubectl)
        self.tenant = tenant = Tenant(cluster)
        tenant.add_policy("charts", match={"charts": [f"{tenant.parent}/*"], "namespaces": [tenant.namespace.name]},
                          **({"gitOps": git_ops} if git_ops else {}))
        self.namespace, self.parent = tenant.namespace, tenant.parent
        publish = cluster.workflow.publish
        self.digest = publish(tenant.chart(), tenant.folder)
        self.later_digest = publish(tenant.chart(version="1.3.0"), tenant.folder)
        cluster.workflow.push(tenant.chart("bare"), tenant.folder)
        publish(tenant.chart("fork"), tenant.folder, identity=FORK)

    def stored(self, obj):
        """What the API server has after it was created."""
        self.namespace.create(obj)
        group = obj["apiVersion"].split("/")[0]
        return self.namespace.get(f"{obj['kind'].lower()}.{group}", obj["metadata"]["name"])["spec"]

    def refused(self, obj, *saying):
        return self.namespace.denied("create", "-f", "-", stdin=obj, saying=saying)

    def judge(self, make):
        """Of objects that make(name, version) gives: signed is admitted, the others are denied by reason."""
        self.refused(make("bare", "1.2.3"), "no-signature", f"{self.parent}/bare")
        self.refused(make("fork", "1.2.3"), "identity-mismatch", FORK.subject)
        text = self.refused(make("app", "9.9.9"), "could not tell", f"{self.parent}/app")
        assert "not-found" in text or "version-unknown" in text, text  # as the tool looks for it, by tag or in the list
        return self.stored(make("app", "1.2.3"))


@scenario("Flux: an OCIRepository is judged by tag, by range and by digest")
def oci_repository(cluster):
    charts = Charts(cluster)
    charts.judge(lambda name, version: gitops.oci_repository(f"{charts.parent}/{name}", tag=version))
    charts.namespace.ok("delete", "ocirepository", "app")
    charts.refused(gitops.oci_repository(f"{charts.parent}/bare", semver=">=1.0.0"), "no-signature")
    assert charts.stored(gitops.oci_repository(f"{charts.parent}/app", semver=">=1.0.0"))["ref"] == {"semver": ">=1.0.0"}
    charts.namespace.ok("delete", "ocirepository", "app")
    charts.stored(gitops.oci_repository(f"{charts.parent}/app", digest=charts.digest))


@scenario("Flux: with pin the digest is written into an OCIRepository, of the newest version of a range, and applying it again keeps it")
def pinned_oci_repository(cluster):
    charts = Charts(cluster, pin=True)
    spec = charts.stored(gitops.oci_repository(f"{charts.parent}/app", tag="1.2.3"))
    assert spec["ref"] == {"tag": "1.2.3", "digest": charts.digest}, spec
    charts.namespace.ok("delete", "ocirepository", "app")
    ranged = gitops.oci_repository(f"{charts.parent}/app", semver="^1.0.0")
    assert charts.stored(ranged)["ref"] == {"semver": "^1.0.0", "digest": charts.later_digest}
    charts.namespace.apply(ranged)
    assert charts.namespace.get("ocirepository", "app")["spec"]["ref"]["digest"] == charts.later_digest


@scenario("Flux: an update to a chart that nobody signed is denied, and one of other fields is not asked about")
def updated_oci_repository(cluster):
    charts = Charts(cluster)
    charts.stored(gitops.oci_repository(f"{charts.parent}/app", tag="1.2.3"))
    bad = '{"spec":{"url":"oci://%s/bare"}}' % charts.parent
    charts.namespace.denied("patch", "ocirepository", "app", "--type=merge", "-p", bad, saying=("no-signature",))
    with cluster.workflow.without_registry():
        charts.namespace.ok("annotate", "ocirepository", "app", "example.com/note=looked-at")


@scenario("Flux: HelmChart and HelmRelease are judged by what their HelmRepository says")
def helm_repository(cluster):
    charts = Charts(cluster)
    charts.namespace.create(gitops.helm_repository(charts.parent))
    charts.judge(gitops.helm_chart)
    charts.judge(gitops.helm_release)


@scenario("Argo CD: an Application is judged by its Helm source and by its OCI source, and pinned where that is possible")
def argo_application(cluster):
    charts = Charts(cluster, pin=True)
    charts.judge(lambda name, version: gitops.application({"repoURL": charts.parent, "chart": name, "targetRevision": version}))
    charts.namespace.ok("delete", "applications.argoproj.io", "app")

    def native(name, version):
        return gitops.application({"repoURL": f"oci://{charts.parent}/{name}", "path": ".", "targetRevision": version})

    assert charts.judge(native)["source"]["targetRevision"] == charts.digest


@scenario("Argo CD: an ApplicationSet that is a template is denied, warned of or admitted as requirePin says")
def application_set(cluster):
    for require, answer in (("deny", "denied"), ("warn", "warned"), ("allow", "admitted")):
        charts = Charts(cluster, requirePin=require)
        templated = gitops.application_set({"repoURL": charts.parent, "chart": "app", "targetRevision": "{{ .version }}"})
        said = charts.namespace.run("create", "-f", "-", stdin=templated)
        assert said.succeeded == (answer != "denied"), said
        assert ("chart-source-unresolved" in said.text()) == (answer != "admitted"), said
        charts.refused(gitops.application_set({"repoURL": charts.parent, "chart": "bare", "targetRevision": "1.2.3"}), "no-signature")


@scenario("a range that cannot be pinned is denied, warned of or admitted as requirePin says")
def require_pin(cluster):
    for require, answer in (("deny", "denied"), ("warn", "warned"), ("allow", "admitted")):
        charts = Charts(cluster, requirePin=require)
        said = charts.namespace.run("create", "-f", "-", stdin=gitops.application(
            {"repoURL": charts.parent, "chart": "app", "targetRevision": ">=1.0.0"}))
        assert said.succeeded == (answer != "denied"), said
        assert ("chart-not-pinned" in said.text()) == (answer != "admitted"), said


@scenario("k3s: a HelmChart is judged by its chart, and by the archive that stands in it")
def k3s(cluster):
    charts = Charts(cluster)
    charts.judge(lambda name, version: gitops.k3s_chart(chart=f"oci://{charts.parent}/{name}", version=version, plainHTTP=True))
    charts.namespace.ok("delete", "helmcharts.helm.cattle.io", "app")

    def inline(chart):
        with open(cluster.workflow.package(chart), "rb") as file:
            return gitops.k3s_chart(chartContent=base64.b64encode(file.read()).decode())

    chart = charts.tenant.chart("inline")
    cluster.workflow.publish(chart, charts.tenant.folder)
    other = charts.tenant.changed(chart, "changed")
    other.write("files/notes.txt", "line one\n")
    charts.refused(inline(other), "chart-content-mismatch")
    charts.stored(inline(chart))


@scenario("Cluster API: a HelmChartProxy is judged by its chart")
def cluster_api(cluster):
    charts = Charts(cluster)
    charts.judge(lambda name, version: gitops.chart_proxy(f"oci://{charts.parent}", name, version))


@scenario("Crossplane: a Release is judged by its chart, and pinned")
def crossplane(cluster):
    charts = Charts(cluster, pin=True)

    def release(name, version):
        return gitops.crossplane_release({"repository": f"oci://{charts.parent}", "name": name, "version": version})

    spec = charts.judge(release)
    assert spec["forProvider"]["chart"]["digest"] == charts.digest, spec


@scenario("Fleet: HelmOp and Bundle are judged by their chart")
def fleet(cluster):
    charts = Charts(cluster)
    charts.judge(lambda name, version: gitops.helm_op({"repo": f"oci://{charts.parent}/{name}", "version": version}))
    charts.judge(lambda name, version: gitops.bundle({"chart": f"oci://{charts.parent}/{name}", "version": version}))


@scenario("while the registry is down an object that names a chart is could not tell, and what is there can go")
def registry_down(cluster):
    charts = Charts(cluster)
    charts.stored(gitops.oci_repository(f"{charts.parent}/app", tag="1.2.3"))
    with cluster.workflow.without_registry():
        other = gitops.oci_repository(f"{charts.parent}/app", tag="1.3.0")
        other["metadata"]["name"] = "other"
        charts.refused(other, "could not tell", "registry-unreachable", cluster.workflow.host)
        charts.namespace.ok("delete", "ocirepository", "app")


@scenario("a chart that lies in no registry is denied: nothing there can be verified")
def elsewhere(cluster):
    charts = Charts(cluster)
    charts.refused(gitops.k3s_chart(chart="app", repo="https://charts.example.com", version="1.2.3"), "chart-source-unverifiable")
