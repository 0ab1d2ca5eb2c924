"""CustomResourceDefinitions, which helm creates before any record of the release: they stand in a signed chart, or stay out."""

from contextlib import contextmanager

from cluster import installation
from cluster.charts import definition
from cluster.suite import scenario
from cluster.tenant import Tenant, admitted, denied
from common.helm import MAJORS
from common.processes import wait_until

OVERLAY = f"{installation.MANIFESTS}/overlays/definitions"
SAYING = "definition-not-in-chart"


class Owner(Tenant):
    """A tenant whose chart `app` alone may bring definitions of a group of its own."""

    def __init__(self, cluster, version="helm 3", **rule):
        super().__init__(cluster, version)
        self.group = f"{self.folder}.example.com"
        self.crd = f"widgets.{self.group}"
        self.add_policy("definitions", match={"charts": [f"{self.parent}/*"], "namespaces": [self.namespace.name]},
                        customResourceDefinitions=[{
                            "groups": [self.group], "charts": [{"repository": f"{self.parent}/app", **rule}]}])

    def with_definition(self, text=None, **more):
        return self.chart(files={"crds/widgets.yaml": text or definition(self.group)}, **more)

    def is_there(self):
        return self.cluster.kubectl.run("get", "crd", self.crd).succeeded


@contextmanager
def gate(cluster):
    """The overlay in force."""
    [configuration] = [obj for obj in installation.rendered(cluster.kubectl, OVERLAY)
                       if obj["kind"] == "ValidatingWebhookConfiguration"]
    cluster.kubectl.apply(installation.reached_at(configuration, cluster.webhook.url, [cluster.authority.certificate]))
    probe = Owner(cluster)
    try:
        wait_until("definitions are judged", lambda: SAYING in cluster.kubectl.run(
            "create", "--dry-run=server", "-f", "-", stdin=definition(probe.group)).text())
        yield
    finally:
        cluster.register(cluster.webhook)


def brought_by_chart(cluster, version):
    with gate(cluster):
        tenant = Owner(cluster, version)
        chart = tenant.with_definition()
        cluster.workflow.publish(chart, tenant.folder)
        admitted(tenant.install(*tenant.source(chart)))
        assert tenant.is_there()
        later = tenant.with_definition(version="1.3.0")
        later.replace("crds/widgets.yaml", "size: { type: integer }", "size: { type: integer, minimum: 0 }")
        changed = definition(tenant.group).replace("size: { type: integer }", "size: { type: integer, minimum: 0 }")
        cluster.kubectl.denied("apply", "-f", "-", stdin=changed, saying=(SAYING, f"{tenant.parent}/app"))
        cluster.workflow.publish(later, tenant.folder)
        cluster.kubectl.apply(changed)
        cluster.kubectl.ok("label", "crd", tenant.crd, "looked=at")
        cluster.kubectl.ok("delete", "crd", tenant.crd)


def changed_in_directory(cluster, version):
    with gate(cluster):
        tenant = Owner(cluster, version)
        chart = tenant.with_definition()
        cluster.workflow.publish(chart, tenant.folder)
        other = tenant.changed(chart, "changed")
        other.replace("crds/widgets.yaml", "integer", "string")
        denied(tenant.install(other.directory), SAYING, "properties.size.type", f"{tenant.parent}/app:1.2.3")
        assert not tenant.is_there() and tenant.objects() == [], tenant.objects()


def of_unsigned_chart(cluster, version):
    with gate(cluster):
        tenant = Owner(cluster, version)
        chart = tenant.with_definition()
        cluster.workflow.push(chart, tenant.folder)
        denied(tenant.install(*tenant.source(chart)), SAYING, "no-signature")
        assert not tenant.is_there() and tenant.objects() == [], tenant.objects()


def patched_by_helm4(cluster):
    """helm 4 patches a definition that is there, by server-side apply; helm 3 passes it over."""
    with gate(cluster):
        tenant = Owner(cluster, "helm 4")
        chart = tenant.with_definition()
        cluster.workflow.publish(chart, tenant.folder)
        admitted(tenant.install(*tenant.source(chart)))
        before = cluster.kubectl.get("crd", tenant.crd)["spec"]
        other = tenant.changed(chart, "changed")
        other.replace("crds/widgets.yaml", "integer", "string")
        denied(tenant.install(other.directory, release="again"), SAYING, "properties.size.type")
        assert cluster.kubectl.get("crd", tenant.crd)["spec"] == before
        cluster.kubectl.ok("delete", "crd", tenant.crd)


def registry_down(cluster):
    with gate(cluster):
        tenant = Owner(cluster)
        chart = tenant.with_definition()
        cluster.workflow.publish(chart, tenant.folder)
        with cluster.workflow.without_registry():
            denied(tenant.install(chart.directory), "could not tell", "registry-unreachable", cluster.workflow.host)
            assert not tenant.is_there()


for each in MAJORS:
    scenario(f"{each}: a definition that stands in a signed chart is installed with it, and may be changed only to what another says",
             brought_by_chart, each)
    scenario(f"{each}: a chart with a changed definition is not installed, and the definition does not exist", changed_in_directory, each)
    scenario(f"{each}: a chart that nobody signed brings no definition", of_unsigned_chart, each)
scenario("helm 4 does not patch a definition that is there to what no signed chart says", patched_by_helm4)
scenario("while the registry is down a definition is could not tell", registry_down)
