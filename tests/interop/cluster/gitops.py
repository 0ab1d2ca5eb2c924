"""The kinds of GitOps tools, and objects that name charts. No controller runs: what counts is what the API server stores."""

import os

# Those of the tools themselves (parts/definitions.sh).
REAL = (
    "source.toolkit.fluxcd.io_ocirepositories", "source.toolkit.fluxcd.io_helmrepositories", "source.toolkit.fluxcd.io_helmcharts",
    "helm.toolkit.fluxcd.io_helmreleases", "helm.cattle.io_helmcharts", "fleet.cattle.io_helmops", "fleet.cattle.io_bundles",
    "addons.cluster.x-k8s.io_helmchartproxies", "addons.cluster.x-k8s.io_helmreleaseproxies", "argoproj.io_applications",
    "argoproj.io_applicationsets")
# Of these only group, versions and names are real: any content is stored.
OPEN = (("helm.crossplane.io", "v1beta1", "Release", "releases", "Cluster"),
        ("helm.m.crossplane.io", "v1beta1", "Release", "releases", "Namespaced"))
CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"


def open_definition(group, version, kind, plural, scope):
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}"},
            "spec": {"group": group, "scope": scope, "names": {"kind": kind, "plural": plural},
                     "versions": [{"name": version, "served": True, "storage": True, "schema": schema}]}}


def install_definitions(kubectl):
    """Once; they stay."""
    if kubectl.run("get", "crd", "applications.argoproj.io").succeeded:
        return
    for name in REAL:
        kubectl.ok("create", "-f", os.path.join(os.environ["CHARTSEAL_DEFINITIONS"], f"{name}.yaml"))
    for about in OPEN:
        kubectl.create(open_definition(*about))
    kubectl.wait_for_definitions()


def custom(api, kind, spec, name="app"):
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, "spec": spec}


def oci_repository(url, **ref):
    return custom("source.toolkit.fluxcd.io/v1", "OCIRepository", {
        "interval": "10m", "url": f"oci://{url}", "insecure": True, "ref": ref,
        "layerSelector": {"mediaType": CHART_LAYER, "operation": "copy"}})


def helm_repository(parent):
    return custom("source.toolkit.fluxcd.io/v1", "HelmRepository", {"type": "oci", "url": f"oci://{parent}", "insecure": True}, "charts")


def helm_chart(chart, version):
    return custom("source.toolkit.fluxcd.io/v1", "HelmChart", {
        "interval": "10m", "chart": chart, "version": version, "sourceRef": {"kind": "HelmRepository", "name": "charts"}})


def helm_release(chart, version):
    return custom("helm.toolkit.fluxcd.io/v2", "HelmRelease", {
        "interval": "10m", "chart": {"spec": {
            "chart": chart, "version": version, "sourceRef": {"kind": "HelmRepository", "name": "charts"}}}})


def application(source):
    return custom("argoproj.io/v1alpha1", "Application", {
        "project": "default", "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"}, "source": source})


def application_set(source):
    return custom("argoproj.io/v1alpha1", "ApplicationSet", {
        "generators": [{"list": {"elements": [{"version": "1.2.3"}]}}],
        "template": {"metadata": {"name": "app"}, "spec": application(source)["spec"]}})


def k3s_chart(**spec):
    return custom("helm.cattle.io/v1", "HelmChart", {"targetNamespace": "default", **spec})


def crossplane_release(chart, group="helm.m.crossplane.io"):
    return custom(f"{group}/v1beta1", "Release", {"forProvider": {"chart": chart, "namespace": "default"}})


def helm_op(helm):
    return custom("fleet.cattle.io/v1alpha1", "HelmOp", {"helm": helm})


def bundle(helm):
    return custom("fleet.cattle.io/v1alpha1", "Bundle", {"helm": helm})


def chart_proxy(repo_url, chart, version):
    return custom("addons.cluster.x-k8s.io/v1alpha1", "HelmChartProxy", {
        "clusterSelector": {"matchLabels": {"edge": "true"}}, "repoURL": repo_url, "chartName": chart, "version": version})
