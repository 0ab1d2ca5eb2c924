"""A team with a namespace: its charts, the policies that hold for them, and helm."""

import os

from cluster.charts import Chart
from cluster.objects import keyless
from cluster.registry import RELEASE_SUBJECT
from common.helm import MAJORS, Helm
from common.processes import wait_until

ALWAYS_THERE = ("configmap/kube-root-ca.crt",)
KINDS = "secrets,configmaps,deployments,podtemplates,jobs"


class Tenant:
    """Charts below a folder of the registry that nobody else uses; they must be signed by the release workflow."""

    def __init__(self, cluster, version="helm 3", unbound="deny"):
        self.cluster = cluster
        self.namespace = cluster.namespace()
        self.folder = f"acme-{self.namespace.name}"
        self.parent = f"{cluster.workflow.host}/{self.folder}"
        self.major = version if version in MAJORS else version.split(".")[0]
        self.helm = Helm(MAJORS.get(version, version), cluster.directory, cluster.control_plane.kubeconfig)
        self.add_policy("charts", match={"charts": [f"{self.parent}/*"], "namespaces": [self.namespace.name]},
                        helmReleases={"unboundSubcharts": unbound})

    def add_policy(self, name, subject=RELEASE_SUBJECT, **spec):
        """A policy of this namespace, in force. It asks for the release workflow unless told otherwise."""
        name = f"{name}-{self.namespace.name}"
        self.cluster.kubectl.apply({
            "apiVersion": "chartseal.dev/v1alpha1", "kind": "VerificationPolicy", "metadata": {"name": name},
            "spec": {"authorities": [keyless(self.cluster.workflow.issuer, subject)], **spec}})

        def is_ready():
            found = self.cluster.kubectl.get("verificationpolicy", name)
            return [each for each in found.get("status", {}).get("conditions", []) if each["type"] == "Ready"
                    and each["status"] == "True" and each.get("observedGeneration") == found["metadata"]["generation"]]

        wait_until(lambda: f"{name} is Ready\n{self.cluster.kubectl.run('get', 'verificationpolicy', name, '-o', 'yaml')}", is_ready)

    # -- charts ------------------------------------------------------------------------------------------------------

    def path(self, name):
        return os.path.join(self.cluster.directory, "charts", self.namespace.name, name)

    def chart(self, name="app", image="", **more):
        """A new chart with an image that is signed."""
        return Chart.new(self.path(f"{name}-{more.get('version', '1.2.3')}"), name, image or self.cluster.signed, **more)

    def published(self, name="app", **more):
        """A new chart, published as the policy wants it."""
        chart = self.chart(name, **more)
        self.cluster.workflow.publish(chart, self.folder)
        return chart

    def changed(self, chart, how):
        """A copy of the chart; `how` is for its directory."""
        return chart.copy(self.path(f"{chart.name}-{how}"))

    # -- helm --------------------------------------------------------------------------------------------------------

    def source(self, chart, folder=None):
        """The chart as helm pulls it from the registry."""
        return f"oci://{self.cluster.workflow.host}/{folder or self.folder}/{chart.name}", "--version", chart.version, "--plain-http"

    def run(self, command, *arguments, environment=None):
        return self.helm.run(command, *arguments, "--namespace", self.namespace.name, environment=environment)

    def install(self, *source, release="web", environment=None):
        return self.run("install", release, *source, environment=environment)

    def upgrade(self, *source, release="web", environment=None):
        return self.run("upgrade", release, *source, environment=environment)

    def roll_back_on_failure(self):
        """The flag by which helm undoes what failed."""
        return "--atomic" if self.major == "helm 3" else "--rollback-on-failure"

    def post_renderer(self):
        """(flags, environment) of one that adds a label to every object. For helm 4 it has to be a plugin."""
        folder = self.path("plugins")
        script = os.path.join(folder, "add-label", "add-label.sh")
        if not os.path.exists(script):
            os.makedirs(os.path.dirname(script))
            with open(script, "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\nexec sed 's/^metadata: *$/metadata:\\n  labels: { added-by: post-renderer }/'\n")
            os.chmod(script, 0o755)
            with open(os.path.join(os.path.dirname(script), "plugin.yaml"), "w", encoding="utf-8") as file:
                file.write("apiVersion: v1\ntype: postrenderer/v1\nname: add-label\nversion: 0.1.0\nruntime: subprocess\n"
                           "runtimeConfig:\n  platformCommand:\n  - command: ${HELM_PLUGIN_DIR}/add-label.sh\n")
        name = script if self.major == "helm 3" else "add-label"
        return ("--post-renderer", name), {"HELM_PLUGINS": folder}

    # -- what is there -----------------------------------------------------------------------------------------------

    def objects(self):
        """Names of everything that is in the namespace, "deployment.apps/web"."""
        names = self.namespace.ok("get", KINDS, "-o", "name").split()
        return sorted(name for name in names if name not in ALWAYS_THERE)

    def revisions(self, kind="secrets"):
        """Status by revision of every record, {1: "superseded", 2: "deployed"}."""
        return {int(labels["version"]): labels["status"] for labels in (
            each["metadata"]["labels"] for each in self.namespace.items(kind, "-l", "owner=helm"))}

    def greeting(self, release="web"):
        return self.namespace.get("configmap", f"{release}-settings")["data"]["greeting"]


def admitted(answer, *saying):
    return answer.expect(0, "STATUS: deployed", *saying)


def denied(answer, *saying):
    """helm failed since our webhook said no, with every text of `saying` in what helm printed."""
    return answer.expect(1, "denied the request", *saying)
