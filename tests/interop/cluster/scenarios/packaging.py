"""manifests/ and helm/chartseal: the same objects, and both install."""

import base64
import json
import os

from cluster import installation
from common.helm import MAJORS, Helm
from cluster.objects import workload
from common.processes import wait_until
from cluster.suite import scenario
from common.tree import ROOT

CHART = os.path.join(ROOT, "helm", "chartseal")

# What only a helm release has.
OF_HELM = ("helm.sh/resource-policy", "app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart")
HEADINGS = ["Install", "Upgrade", "Uninstall", "Values reference", "Troubleshooting"]


def without_marks_of_helm(value):
    """The object as it would be without a release; maps that held nothing else are left out."""
    if isinstance(value, list):
        return [without_marks_of_helm(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {key: without_marks_of_helm(each) for key, each in value.items() if key not in OF_HELM}
    return {key: each for key, each in kept.items() if each != {} or value[key] == {}}


def by_name(objects):
    return {f"{obj['kind']} {obj['metadata']['name']}": without_marks_of_helm(obj) for obj in objects}


def differences(path, one, other):
    """Every place where they differ, as "path: one / other"."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [found for key in sorted({*one, *other})
                for found in differences(f"{path}.{key}", one.get(key), other.get(key))]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [found for number, pair in enumerate(zip(one, other)) for found in differences(f"{path}[{number}]", *pair)]
    return [] if one == other else [f"{path}: {json.dumps(one)} / {json.dumps(other)}"]


def rendered_chart(cluster, helm, *arguments):
    text = helm.ok("template", "chartseal", CHART, "--namespace", "chartseal", *arguments)
    return installation.parsed(cluster.kubectl, text)


def helm_of(cluster, version):
    return Helm(MAJORS[version], cluster.directory, cluster.control_plane.kubeconfig)


@scenario("the chart with its default values is the same, object by object, as manifests/")
def no_drift(cluster):
    manifests = by_name(installation.rendered(cluster.kubectl))
    del manifests["Namespace chartseal"]  # helm install --create-namespace
    for version in MAJORS:
        chart = by_name(rendered_chart(cluster, helm_of(cluster, version)))
        assert len(chart) > 5, chart.keys()
        found = differences("", manifests, chart)
        assert not found, f"{version}: manifests / chart differ\n" + "\n".join(found)


@scenario("the chart's README has the headings that operators look for, and names every value")
def readme(_):
    with open(f"{CHART}/README.md", encoding="utf-8") as file:
        text = file.read()
    found = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert found == HEADINGS, found
    with open(f"{CHART}/values.schema.json", encoding="utf-8") as file:
        unnamed = [name for name in value_names(json.load(file)) if f"| `{name}` |" not in text]
    assert not unnamed, unnamed


def value_names(schema, prefix=""):
    """Every value that the schema knows, as --set writes it."""
    for name, about in schema["properties"].items():
        if "properties" in about and prefix + name != "tls.certManager.issuerRef":
            yield from value_names(about, f"{prefix}{name}.")
        elif name != "global":
            yield prefix + name


@scenario("the API server accepts everything that manifests/ and its overlays install, and Pod Security its Pods")
def pods_of_the_webhook(cluster):
    namespace = cluster.kubectl
    pods = wait_until("the Deployment has its two Pods", lambda: len(namespace.items(
        "pods", "-n", "chartseal", "-l", "app.kubernetes.io/component=webhook")) == 2)
    assert pods
    for overlay in ("custom-resources", "definitions"):
        for obj in installation.rendered(cluster.kubectl, f"{installation.MANIFESTS}/overlays/{overlay}"):
            cluster.kubectl.ok("apply", "--dry-run=server", "-f", "-", stdin=obj)


@scenario("applying manifests/ again keeps the authority that was put into the configurations")
def authority_is_kept(cluster):
    for configuration in installation.rendered(cluster.kubectl):
        if configuration["kind"] not in installation.HOOKS:
            continue
        nowhere = {"matchLabels": {"chartseal.dev/verify": "nowhere"}}  # beside the one that is in force
        configuration["metadata"]["name"] = "again"
        configuration["webhooks"] = [{**each, "namespaceSelector": nowhere} for each in configuration["webhooks"]]
        cluster.kubectl.apply(configuration)
        with open(cluster.authority.certificate, "rb") as file:
            bundle = base64.b64encode(file.read()).decode()
        add = [{"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": bundle}]
        cluster.kubectl.ok("patch", configuration["kind"], "again", "--type=json", "-p", json.dumps(add))
        configuration["webhooks"][0]["timeoutSeconds"] = 11
        cluster.kubectl.apply(configuration)
        stored = cluster.kubectl.get(configuration["kind"], "again")["webhooks"][0]
        assert stored["timeoutSeconds"] == 11 and stored["clientConfig"]["caBundle"] == bundle, stored
        cluster.kubectl.ok("delete", configuration["kind"], "again")


def install_upgrade_uninstall(cluster, version):
    helm, release = helm_of(cluster, version), version.replace(" ", "")
    where = ("--namespace", f"{release}-system")
    with open(cluster.authority.certificate, "rb") as file:
        bundle = base64.b64encode(file.read()).decode()
    values = json.dumps({"tls": {"caBundle": bundle}, "admission": {"url": cluster.webhook.url(""), "mutate": False}})
    namespace = cluster.namespace()
    cluster.kubectl.ok("delete", *cluster.registered())
    wait_until("nothing is verified any more", lambda: namespace.run(
        "create", "--dry-run=server", "-f", "-", stdin=workload("Pod", "probe", cluster.unsigned)).succeeded)
    try:
        # The definition of VerificationPolicy is there already, from manifests/: the release takes it over.
        helm.ok("install", release, CHART, *where, "--create-namespace", "--take-ownership", "--values", "-", stdin=values)
        cluster.wait_until_enforced()
        namespace.denied("create", "-f", "-", stdin=workload("Pod", "dev", cluster.unsigned), saying=(
            'admission webhook "images.chartseal.dev" denied', "no-signature"))
        namespace.create(workload("Pod", "web", cluster.signed))
        wait_until("the Deployment has its two Pods", lambda: len(cluster.kubectl.items("pods", *where)) == 2)
        helm.ok("upgrade", release, CHART, *where, "--reuse-values", "--set", "admission.timeoutSeconds=15,admission.definitions=true")
        hooks = cluster.kubectl.get("validatingwebhookconfiguration", f"{release}-chartseal")["webhooks"]
        assert [each["timeoutSeconds"] for each in hooks] == [15] * len(hooks), hooks
        assert hooks[-1]["name"] == "definitions.chartseal.dev", hooks[-1]
        helm.ok("uninstall", release, *where)
        wait_until("nothing is verified any more", lambda: namespace.run(
            "create", "--dry-run=server", "-f", "-", stdin=workload("Pod", "probe", cluster.unsigned)).succeeded)
        assert cluster.kubectl.items("verificationpolicies"), "the policies went with the release"
        left = cluster.kubectl.ok("get", "clusterrole,clusterrolebinding,validatingwebhookconfiguration", "-o", "name",
                                  "-l", f"app.kubernetes.io/instance={release}")
        assert not left, f"left behind: {left}"
    finally:
        helm.run("uninstall", release, *where)
        cluster.register(cluster.webhook)
        cluster.wait_until_enforced()


@scenario("helm 3 installs, upgrades and uninstalls the chart, and its configuration denies what is not signed")
def helm3(cluster):
    install_upgrade_uninstall(cluster, "helm 3")


@scenario("helm 4 installs, upgrades and uninstalls the chart, and its configuration denies what is not signed")
def helm4(cluster):
    install_upgrade_uninstall(cluster, "helm 4")
