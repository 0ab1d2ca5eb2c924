"""The plugin, called by real helm: `helm chartseal …`. The webhook looks at none of it: the namespaces are not switched on."""

import json
import os
import shutil

from cluster.charts import definition
from cluster.objects import keyless
from cluster.registry import RELEASE_SUBJECT
from cluster.suite import scenario
from cluster.tenant import Tenant, admitted
from common.helm import MAJORS
from common.tree import ROOT, program
from publisher.sigstore import FORK

# helm 4 reads helm 3's form as well.
FORMS = {"helm 3's form": "helm/plugin/plugin.yaml", "helm 4's form": "helm/plugin/v1/plugin.yaml"}
EVERY_WAY = (("helm 3.16", "helm 3's form"), ("helm 3.17", "helm 3's form"), ("helm 4.1", "helm 3's form"),
             ("helm 4.1", "helm 4's form"), ("helm 4.2", "helm 3's form"), ("helm 4.2", "helm 4's form"))


class Plugged(Tenant):
    """A team whose helm has the plugin, and whose policy is a file."""

    def __init__(self, cluster, version, form="helm 3's form"):
        super().__init__(cluster, version)
        cluster.kubectl.ok("label", "namespace", self.namespace.name, "chartseal.dev/verify-")
        plugins, temporary = self.path("with-plugin"), self.path("temporary")
        os.makedirs(os.path.join(plugins, "chartseal"))
        os.makedirs(temporary)
        shutil.copy(os.path.join(ROOT, FORMS[form]), os.path.join(plugins, "chartseal", "plugin.yaml"))
        policy = self.path("policy.json")
        with open(policy, "w", encoding="utf-8") as file:
            json.dump({"apiVersion": "chartseal.dev/v1alpha1", "kind": "VerificationPolicy", "metadata": {"name": "charts"},
                       "spec": {"match": {"charts": [f"{self.parent}/*"]},
                                "authorities": [keyless(cluster.workflow.issuer, RELEASE_SUBJECT)]}}, file)
        self._temporary = temporary
        self._environment = {
            "HELM_PLUGINS": plugins, "PATH": f"{os.path.dirname(program('chartseal'))}:{os.environ['PATH']}", "TMPDIR": temporary,
            "CHARTSEAL_POLICY": policy, "CHARTSEAL_TRUSTED_ROOT": cluster.signer.trusted_root}

    def plugin(self, *arguments):
        answer = self.helm.run("chartseal", *arguments, "--namespace", self.namespace.name, environment=self._environment)
        assert os.listdir(self._temporary) == [], f"left behind: {os.listdir(self._temporary)}\n{answer}"
        return answer

    def unverified(self, answer, reason):
        """The plugin said no, and nothing of a release exists."""
        answer.expect(1, "NOT VERIFIED", reason)
        assert not answer.output and self.objects() == [], f"{self.objects()}\n{answer}"


def installs(cluster, version, form):
    tenant = Plugged(cluster, version, form)
    chart = tenant.published()
    source = tenant.source(chart)
    admitted(tenant.plugin("install", "web", *source, "--set", "greeting=first"), "VERIFIED")
    assert tenant.greeting() == "first"
    later = tenant.published(version="1.10.0")
    newest = (source[0], "--version", ">=1.2, <2", "--plain-http")
    answer = admitted(tenant.plugin("upgrade", "web", *newest), "VERIFIED", "REVISION: 2")
    assert f":{later.version}@sha256:" in answer.errors, answer
    rendered = tenant.plugin("template", "web", *newest, "--set", "greeting=other").expect(0, "VERIFIED")
    plain = tenant.run("template", "web", *newest, "--set", "greeting=other").expect(0)
    assert without_reference(rendered) == without_reference(plain), rendered
    admitted(tenant.plugin("upgrade", "--install", "again", cluster.workflow.package(chart), "--plain-http", "--set",
                           "side.enabled=false"), "VERIFIED")
    tenant.plugin("install", "web", *source).expect(1, "VERIFIED", "INSTALLATION FAILED")  # the name is taken: helm's own no


def without_reference(answer):
    """helm 4.2 says on standard output by which reference it pulled."""
    return [line for line in answer.output.splitlines() if not line.startswith("Pulled: ")]


for each_way in EVERY_WAY:
    scenario("{} chartseal ({}) installs, upgrades and renders what was verified".format(*each_way), installs, *each_way)


def refuses(cluster, version):
    tenant = Plugged(cluster, version)
    group = f"{tenant.folder}.example.com"
    chart = tenant.chart(files={"crds/widget.yaml": definition(group)})
    cluster.workflow.push(chart, tenant.folder)
    tenant.unverified(tenant.plugin("install", "web", *tenant.source(chart)), "no-signature")
    tenant.unverified(tenant.plugin("upgrade", "--install", "web", *tenant.source(chart)), "no-signature")
    fork = tenant.chart(version="1.3.0")
    cluster.workflow.publish(fork, tenant.folder, identity=FORK)
    tenant.unverified(tenant.plugin("install", "web", *tenant.source(fork)), "identity-mismatch")
    signed = tenant.published(version="1.4.0")
    changed = tenant.changed(signed, "edited")
    changed.replace("templates/config.yaml", "greeting:", "salute:")
    tenant.unverified(tenant.plugin("install", "web", cluster.workflow.package(changed), "--plain-http"), "chart-content-mismatch")
    tenant.unverified(tenant.plugin("install", "web", signed.directory), "chart-source-unverifiable")
    cluster.workflow.push(changed, tenant.folder)  # the tag moves
    tenant.unverified(tenant.plugin("install", "web", *tenant.source(signed)), "no-signature")
    assert not cluster.kubectl.run("get", "crd", f"widgets.{group}").succeeded
    # What the plugin is there for: without it the definition reaches the API server whoever signed the chart.
    admitted(tenant.install(*tenant.source(chart)))
    assert cluster.kubectl.run("get", "crd", f"widgets.{group}").succeeded


for each_major in MAJORS:
    scenario(f"{each_major} chartseal leaves no trace of what nobody or another workflow signed, its crds/ included", refuses, each_major)
