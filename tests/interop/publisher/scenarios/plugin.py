"""The plugin, called by real helm: `helm chartseal …`."""

import os
import shutil

from common.helm import Helm
from common.tree import ROOT, program
from publisher.registries import DEBIAN, GGCR
from publisher.sigstore import FORK, RELEASE
from publisher.suite import scenario
from publisher.world import HELMS

POLICY = """apiVersion: chartseal.dev/v1alpha1
kind: VerificationPolicy
metadata: {{ name: release }}
spec:
  match: {{ charts: ["{host}/charts/*"] }}
  authorities:
  - keyless: {{ identities: [{{ issuer: "{issuer}", subject: "{subject}" }}] }}
"""
FORMS = {"helm 3's form": "helm/plugin/plugin.yaml", "helm 4's form": "helm/plugin/v1/plugin.yaml"}


class Plugged:
    """One helm with the plugin in one of its FORMS, under a policy that wants the release workflow to have signed."""

    def __init__(self, world, version, form, registry, name, kubeconfig=os.devnull):
        home = world.path(f"plugged-{name}")
        plugins = os.path.join(home, "plugins")
        os.makedirs(os.path.join(plugins, "chartseal"))
        shutil.copy(os.path.join(ROOT, FORMS[form]), os.path.join(plugins, "chartseal", "plugin.yaml"))
        self.policy = world.file(f"plugin-{name}.yaml", POLICY.format(
            host=world.hosts[registry], issuer=world.sigstore.issuer, subject=RELEASE.subject))
        self._helm = Helm(version, home, kubeconfig)
        self._environment = {
            "HELM_PLUGINS": plugins, "PATH": f"{os.path.dirname(program('chartseal'))}:{os.environ['PATH']}",
            "CHARTSEAL_POLICY": self.policy, "CHARTSEAL_TRUSTED_ROOT": world.sigstore.trusted_root}

    def helm(self, *arguments):
        return self._helm.run(*arguments, environment=self._environment)

    def run(self, *arguments):
        return self.helm("chartseal", *arguments)


def released(world, registry, identity=RELEASE):
    """A chart that helm pushed and chartseal signed: (the chart, its reference, its digest)."""
    chart = world.chart()
    digest = world.helm_push("helm 4.2", world.helm_archive(chart), registry)
    world.chartseal.sign("bundle, Rekor v2", f"{world.repository(registry, chart)}@{digest}", identity=identity).expect(0)
    return chart, f"oci://{world.repository(registry, chart)}", digest


def without_reference(answer):
    """helm 4.2 says on standard output by which reference it pulled."""
    return [line for line in answer.output.splitlines() if not line.startswith("Pulled: ")]


def rendered(world, version, form):
    chart, reference, digest = released(world, DEBIAN)
    plugged = Plugged(world, version, form, DEBIAN, f"renders-{chart.name}")
    source = (reference, "--version", "^1", "--plain-http", "--set", "greeting=good day")
    answer = plugged.run("template", "release", *source).expect(0)
    assert "VERIFIED" in answer.errors and digest in answer.errors and RELEASE.subject in answer.errors, answer
    assert without_reference(answer) == without_reference(plugged.helm("template", "release", *source).expect(0)), answer
    assert "good day" in answer.output, answer
    # What the tag stands for is replaced by somebody without the identity.
    chart.write("values.yaml", "greeting: evil\n")
    moved = world.helm_push("helm 4.2", world.helm_archive(chart, "helm 4.1"), DEBIAN)
    assert moved != digest
    answer = plugged.run("template", "release", *source)
    assert answer.code == 1 and "no-signature" in answer.errors and moved in answer.errors, answer
    assert not answer.output, answer


for each_version in HELMS:
    for each_form in FORMS:
        if each_version.startswith("helm 4") or each_form == "helm 3's form":
            scenario(f"{each_version} chartseal template ({each_form}) renders what was verified, and nothing of a moved tag", rendered,
                     each_version, each_form)


def installed(world, version):
    chart, reference, _ = released(world, GGCR)
    other, unsigned, _ = released(world, GGCR, FORK)
    kubectl, kubeconfig = world.cluster()
    plugged = Plugged(world, version, "helm 3's form", GGCR, f"installs-{chart.name}", kubeconfig)
    where = ("--namespace", chart.name)
    source = (reference, "--version", chart.version, "--plain-http")
    plugged.run("install", "release", *source, *where, "--create-namespace").expect(0, "STATUS: deployed", "VERIFIED")
    assert kubectl.get("configmap", f"release-{chart.name}", *where)["data"]["greeting"] == "hello"
    plugged.run("upgrade", "release", *source, *where, "--set", "greeting=again").expect(0, "has been upgraded")
    assert kubectl.get("configmap", f"release-{chart.name}", *where)["data"]["greeting"] == "again"
    refused = plugged.run("install", "other", unsigned, "--version", other.version, "--plain-http", *where)
    assert refused.code == 1 and "identity-mismatch" in refused.errors, refused
    assert "other" not in plugged.helm("list", "--all", *where).expect(0).output
    # helm's own failures are helm's: the name is taken.
    taken = plugged.run("install", "release", *source, *where)
    assert taken.code == 1 and "INSTALLATION FAILED" in taken.errors and "VERIFIED" in taken.errors, taken


for each_version in ("helm 3.17", "helm 4.2"):
    scenario(f"{each_version} chartseal installs and upgrades what was verified, and leaves no trace of what was not", installed,
             each_version)
