"""Releases that are not of the chart that was signed: helm fails, says why, and nothing of the release exists."""

import base64
import gzip
import json

from cluster.charts import SIDE
from cluster.suite import scenario
from cluster.tenant import Tenant, admitted, denied
from common.helm import MAJORS
from common.processes import wait_until
from publisher.sigstore import FORK


def tampered(cluster, version, how, change, saying):
    tenant = Tenant(cluster, version)
    chart = tenant.changed(tenant.published(), how)
    change(chart)
    denied(tenant.install(chart.directory), *saying, tenant.parent)
    assert tenant.objects() == [], tenant.objects()


def with_dependency(chart):
    chart.replace("Chart.yaml", "dependencies:\n", "dependencies:\n- { name: extra, version: 0.1.0 }\n")
    chart.write("charts/extra/Chart.yaml", "apiVersion: v2\nname: extra\nversion: 0.1.0\n")
    chart.write("charts/extra/templates/extra.yaml", SIDE.replace("name: side", "name: extra"))


TAMPERINGS = {
    "a changed template": (lambda chart: chart.replace("templates/config.yaml", "greeting:", "salute:"),
                           ("chart-content-mismatch", "templates/config.yaml")),
    "another template": (lambda chart: chart.write("templates/more.yaml", SIDE.replace("name: side", "name: more")),
                         ("chart-content-mismatch", "templates/more.yaml")),
    "a changed file": (lambda chart: chart.write("files/notes.txt", "line one\n"), ("chart-content-mismatch", "files/notes.txt")),
    "a changed schema": (lambda chart: chart.write("values.schema.json", "{}\n"), ("chart-content-mismatch", "schema")),
    "changed metadata": (lambda chart: chart.replace("Chart.yaml", "A chart of", "The chart of"),
                         ("chart-content-mismatch", "description")),
    "another dependency": (with_dependency, ("chart-dependency-mismatch", "extra")),
}


def from_elsewhere(cluster, version):
    tenant = Tenant(cluster, version)
    tenant.published()
    other = tenant.chart("app", image=cluster.signed_too)
    other.write("README.md", "# Not that chart\n")
    elsewhere = f"mallory-{tenant.namespace.name}"
    cluster.workflow.publish(other, elsewhere, identity=FORK)
    denied(tenant.install(*tenant.source(other, elsewhere)), "chart-content-mismatch", f"{tenant.parent}/app")
    other.renumber("2.0.0")  # which its own repository does not have
    cluster.workflow.publish(other, elsewhere, identity=FORK)
    denied(tenant.install(*tenant.source(other, elsewhere)), "not-found", f"{tenant.parent}/app")
    assert tenant.objects() == [], tenant.objects()


def by_another_workflow(cluster, version):
    tenant = Tenant(cluster, version)
    chart = tenant.chart()
    digest = cluster.workflow.publish(chart, tenant.folder, identity=FORK)
    for flags in ((), (tenant.roll_back_on_failure(),)):
        denied(tenant.install(*tenant.source(chart), *flags), "identity-mismatch", digest, FORK.subject)
        assert tenant.objects() == [], tenant.objects()


def moved_tag(cluster, version):
    tenant = Tenant(cluster, version)
    chart = tenant.published()
    admitted(tenant.install(*tenant.source(chart)))
    tenant.run("uninstall", "web").expect(0)
    other = tenant.changed(chart, "moved")
    other.write("README.md", "# Not that chart\n")
    cluster.workflow.push(other, tenant.folder)
    for source in (tenant.source(other), (chart.directory,)):
        denied(tenant.install(*source), "no-signature", f"{tenant.parent}/app")
    assert tenant.objects() == ["podtemplate/web-hook"], tenant.objects()  # of the first release


def upgrade(cluster, version):
    tenant = Tenant(cluster, version)
    chart = tenant.published()
    admitted(tenant.install(*tenant.source(chart)))
    other = tenant.changed(chart, "upgrade")
    other.replace("templates/config.yaml", "greeting:", "salute:")
    for flags in ((), (tenant.roll_back_on_failure(),)):
        denied(tenant.upgrade(other.directory, *flags), "UPGRADE FAILED", "chart-content-mismatch", "templates/config.yaml")
        assert tenant.revisions() == {1: "deployed"}, tenant.revisions()
        assert tenant.greeting() == "hello"


def edited_record(tenant, name):
    """The record with a changed template, and a manifest to match."""
    record = tenant.namespace.get("secret", name)
    release = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(record["data"]["release"]))))
    [template] = [each for each in release["chart"]["templates"] if each["name"] == "templates/config.yaml"]
    text = base64.b64decode(template["data"]).decode().replace(".Values.greeting | quote", '"gotcha"')
    template["data"] = base64.b64encode(text.encode()).decode()
    assert "greeting: \"hello\"" in release["manifest"], release["manifest"]
    release["manifest"] = release["manifest"].replace("greeting: \"hello\"", "greeting: \"gotcha\"")
    packed = base64.b64encode(gzip.compress(json.dumps(release).encode()))
    record["data"]["release"] = base64.b64encode(packed).decode()
    return record


def rollback(cluster, version):
    tenant = Tenant(cluster, version)
    chart = tenant.published()
    admitted(tenant.install(*tenant.source(chart)))
    admitted(tenant.upgrade(*tenant.source(chart), "--set", "greeting=second"))
    edited = edited_record(tenant, "sh.helm.release.v1.web.v1")
    tenant.namespace.denied("replace", "-f", "-", stdin=edited, saying=("chart-content-mismatch", "templates/config.yaml"))
    cluster.kubectl.ok("label", "namespace", tenant.namespace.name, "chartseal.dev/verify-")  # somebody switches the gate off
    tenant.namespace.ok("replace", "-f", "-", stdin=edited)
    tenant.namespace.switch_on()
    denied(tenant.run("rollback", "web", "1"), "chart-content-mismatch", "templates/config.yaml")
    assert tenant.revisions() == {1: "superseded", 2: "deployed"}, tenant.revisions()
    assert tenant.greeting() == "second"


def unsigned_image(cluster, version):
    tenant = Tenant(cluster, version)
    source = tenant.source(tenant.published())
    for value in ("image", "hookImage"):
        denied(tenant.install(*source, "--set", f"{value}={cluster.unsigned}"), "no-signature", cluster.unsigned)
        assert tenant.objects() == [], tenant.objects()


def of_no_policy(cluster, version):
    tenant = Tenant(cluster, version)
    chart = tenant.chart()
    cluster.kubectl.ok("delete", "verificationpolicy", f"charts-{tenant.namespace.name}")
    wait_until("the policy is gone", lambda: "no-policy-matches" in tenant.install(chart.directory).text())
    for driver in ("secret", "configmap"):
        denied(tenant.install(chart.directory, environment={"HELM_DRIVER": driver}), "no-policy-matches", "app")
    assert tenant.objects() == [], tenant.objects()


def registry_down(cluster, version):
    tenant = Tenant(cluster, version)
    known, unknown = tenant.published(), tenant.published(version="1.3.0")
    admitted(tenant.install(*tenant.source(known)))
    with cluster.workflow.without_registry():
        denied(tenant.upgrade(unknown.directory), "could not tell", "registry-unreachable", cluster.workflow.host)
        assert tenant.revisions() == {1: "deployed"}, tenant.revisions()
        tenant.run("uninstall", "web", "--keep-history").expect(0)
        assert tenant.revisions() == {1: "uninstalled"}, tenant.revisions()
    admitted(tenant.install(unknown.directory, release="again"))


for each in MAJORS:
    for how, what in TAMPERINGS.items():
        scenario(f"{each}: a chart with {how} is not installed", tampered, each, how.replace(" ", "-"), *what)
    scenario(f"{each}: a chart of the right name from another repository is not installed", from_elsewhere, each)
    scenario(f"{each}: a chart that another workflow signed is not installed, and helm says whose it is", by_another_workflow, each)
    scenario(f"{each}: after its tag moved to what nobody signed, neither the new chart nor the old one is installed", moved_tag, each)
    scenario(f"{each}: an upgrade to a changed chart fails, and the release stays as it was", upgrade, each)
    scenario(f"{each}: an old revision cannot be edited, nor rolled back to when it was edited while nobody looked", rollback, each)
    scenario(f"{each}: an unsigned image in the manifest or in a hook stops the release before any of its objects exists", unsigned_image, each)
    scenario(f"{each}: a chart that no policy covers is not installed", of_no_policy, each)
    scenario(f"{each}: while the registry is down a new chart is could not tell, and status updates pass", registry_down, each)
