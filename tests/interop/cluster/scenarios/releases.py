"""Releases of charts that were signed as policy wants: whatever helm does with them is admitted."""

from cluster.charts import Chart, definition
from cluster.suite import scenario
from cluster.tenant import Tenant, admitted
from common.helm import MAJORS

# Of helm, one for each way in which records come: 3.16 sends JSON, 3.17 and later protobuf; 4 applies on the server's side.
EVERY_HELM = ("helm 3.16", "helm 3.17", "helm 4.1", "helm 4.2")
EVERYTHING = ["configmap/side", "configmap/web-settings", "deployment.apps/web", "podtemplate/web-hook", "secret/sh.helm.release.v1.web.v1"]


def whole_life(cluster, version):
    tenant = Tenant(cluster, version)
    chart = tenant.published()
    admitted(tenant.install(*tenant.source(chart)), "Installed as web.")
    assert tenant.objects() == EVERYTHING, tenant.objects()
    admitted(tenant.upgrade(*tenant.source(chart), "--set", "greeting=good day"), "REVISION: 2")
    assert tenant.greeting() == "good day"
    later = tenant.published(version="1.3.0")
    admitted(tenant.upgrade(*tenant.source(later)), "REVISION: 3")
    tenant.run("rollback", "web", "2").expect(0, "Rollback was a success")
    assert tenant.revisions() == {1: "superseded", 2: "superseded", 3: "superseded", 4: "deployed"}, tenant.revisions()
    assert tenant.greeting() == "good day"
    tenant.run("uninstall", "web").expect(0, "uninstalled")
    assert tenant.objects() == ["podtemplate/web-hook"], tenant.objects()  # helm leaves hooks behind


for each in EVERY_HELM:
    scenario(f"{each} installs a signed chart from oci://, upgrades it, rolls it back and uninstalls it", whole_life, each)


def sources(cluster, version):
    tenant = Tenant(cluster, version)
    chart = tenant.published()
    for release, source in (("archive", cluster.workflow.package(chart)), ("directory", chart.directory)):
        admitted(tenant.install(source, release=release))
        tenant.run("uninstall", release).expect(0)


def values(cluster, version):
    tenant = Tenant(cluster, version)
    source = tenant.source(tenant.published())
    admitted(tenant.install(*source, "--set", "greeting=first,replicas=2", "--labels", "team=shop,stage=test"))
    [record] = tenant.namespace.items("secrets", "-l", "owner=helm,team=shop")
    assert record["type"] == "helm.sh/release.v1"
    admitted(tenant.upgrade(*source, "--reuse-values", "--set", "replicas=3"))
    assert tenant.greeting() == "first" and tenant.namespace.get("deployment", "web")["spec"]["replicas"] == 3
    admitted(tenant.upgrade(*source, "--reset-then-reuse-values", "--set", "greeting=second"))
    admitted(tenant.upgrade(*source, "--reset-values"))
    assert tenant.greeting() == "hello"


def condition_off(cluster, version):
    tenant = Tenant(cluster, version)
    source = tenant.source(tenant.published())
    admitted(tenant.install(*source, "--set", "side.enabled=false"))
    assert "configmap/side" not in tenant.objects(), tenant.objects()
    admitted(tenant.upgrade(*source, "--set", "side.enabled=true"))
    assert "configmap/side" in tenant.objects(), tenant.objects()


def post_renderer(cluster, version):
    tenant = Tenant(cluster, version)
    flags, environment = tenant.post_renderer()
    admitted(tenant.install(*tenant.source(tenant.published()), *flags, environment=environment))
    labelled = tenant.namespace.ok("get", "configmaps,deployments", "-o", "name", "-l", "added-by=post-renderer").split()
    assert sorted(labelled) == ["configmap/side", "configmap/web-settings", "deployment.apps/web"], labelled


def config_maps(cluster, version):
    tenant = Tenant(cluster, version)
    source, driver = tenant.source(tenant.published()), {"HELM_DRIVER": "configmap"}
    admitted(tenant.install(*source, environment=driver))
    admitted(tenant.upgrade(*source, "--set", "greeting=again", environment=driver))
    tenant.helm.run("rollback", "web", "1", "-n", tenant.namespace.name, environment=driver).expect(0)
    assert tenant.revisions("configmaps") == {1: "superseded", 2: "superseded", 3: "deployed"}, tenant.revisions("configmaps")
    assert not tenant.namespace.items("secrets")
    tenant.helm.run("uninstall", "web", "-n", tenant.namespace.name, environment=driver).expect(0, "uninstalled")


def undone(cluster, version):
    tenant = Tenant(cluster, version)
    chart = tenant.published()
    # No node runs anything here: a Deployment of none is ready, one of a Pod never is.
    admitted(tenant.install(*tenant.source(chart), "--set", "replicas=0", tenant.roll_back_on_failure(), "--timeout", "30s"))
    tenant.upgrade(*tenant.source(chart), "--set", "replicas=1", tenant.roll_back_on_failure(), "--timeout", "3s").expect(1)
    assert tenant.revisions() == {1: "superseded", 2: "failed", 3: "deployed"}, tenant.revisions()
    assert tenant.namespace.get("deployment", "web")["spec"]["replicas"] == 0


def umbrella(cluster, version):
    tenant = Tenant(cluster, version, unbound="allow")
    chart = Chart.umbrella(tenant.path("sources"))
    tenant.helm.ok("dependency", "update", chart.directory)  # archives in charts/, and Chart.lock
    cluster.workflow.publish(chart, tenant.folder)
    admitted(tenant.install(*tenant.source(chart)))
    assert tenant.greeting() == "imported"
    admitted(tenant.upgrade(*tenant.source(chart), "--set", "tags.extra=false,other.enabled=false"))
    admitted(tenant.upgrade(*tenant.source(chart), "--reuse-values", "--set", "tags.extra=true,other.nameSuffix=three"))
    admitted(tenant.install(chart.directory, release="again"))
    tenant.run("rollback", "web", "1").expect(0)


def with_definitions(cluster, version):
    tenant = Tenant(cluster, version)
    group = f"{tenant.folder}.example.com"
    chart = tenant.published(files={"crds/widgets.yaml": definition(group)})
    admitted(tenant.install(*tenant.source(chart)))
    tenant.namespace.ok("get", f"widgets.{group}")
    cluster.kubectl.ok("delete", "crd", f"widgets.{group}")


def kept_history(cluster, version):
    tenant = Tenant(cluster, version)
    admitted(tenant.install(*tenant.source(tenant.published())))
    tenant.run("uninstall", "web", "--keep-history").expect(0)
    assert tenant.revisions() == {1: "uninstalled"}, tenant.revisions()


@scenario("a chart without a stated content fingerprint is pulled by the webhook, and its release is admitted")
def without_statement(cluster):
    tenant = Tenant(cluster)
    chart = tenant.chart()
    cluster.workflow.publish(chart, tenant.folder, "--no-content-attestation")
    admitted(tenant.install(*tenant.source(chart)))


@scenario("a version with build metadata, whose tag has an underscore, is found")
def build_metadata(cluster):
    tenant = Tenant(cluster)
    chart = tenant.published(version="1.2.3-rc.1+build.7")
    admitted(tenant.install(*tenant.source(chart)))


@scenario("a policy in mode warn admits a release of an unsigned chart, and helm prints its warning")
def warned(cluster):
    tenant = Tenant(cluster)
    tenant.add_policy("charts", mode="warn", match={"charts": [f"{tenant.parent}/*"], "namespaces": [tenant.namespace.name]})
    chart = tenant.chart()
    cluster.workflow.push(chart, tenant.folder)
    admitted(tenant.install(*tenant.source(chart)), "no-signature")


@scenario("an ordinary Secret, and a namespace that is not switched on, are no matter of the release gate")
def others(cluster):
    tenant = Tenant(cluster)
    tenant.namespace.ok("create", "secret", "generic", "password", "--from-literal=release=not-a-release")
    elsewhere = cluster.namespace(verified=False)
    chart = tenant.chart()  # nobody published it
    admitted(tenant.helm.run("install", "web", chart.directory, "-n", elsewhere.name))


for each in MAJORS:
    scenario(f"{each} installs a signed chart from its archive and from its directory", sources, each)
    scenario(f"{each} installs and upgrades with --set, --labels, --reuse-values, --reset-then-reuse-values and --reset-values", values, each)
    scenario(f"{each} installs with the condition of a vendored subchart off, and upgrades with it on", condition_off, each)
    scenario(f"{each} installs through a post-renderer that adds labels", post_renderer, each)
    scenario(f"{each} installs, upgrades, rolls back and uninstalls with its records in ConfigMaps", config_maps, each)
    scenario(f"{each} undoes an upgrade that does not become ready, and the record of that is admitted too", undone, each)
    scenario(f"{each} installs and upgrades an umbrella chart: locked archives, aliases, tags, imported values, a library", umbrella, each)
    scenario(f"{each} installs a signed chart with crds/ that no policy speaks of", with_definitions, each)
    scenario(f"{each} uninstalls and keeps the history", kept_history, each)
