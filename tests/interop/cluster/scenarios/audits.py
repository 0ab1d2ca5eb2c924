"""chartseal audit, with a real API server and real controllers, as the account that docs/audit.md describes."""

import json
import os
import re

from cluster import gitops
from cluster.objects import keyless, policy, workload
from cluster.registry import FORK, RELEASE, RELEASE_ISSUER, RELEASE_SUBJECT
from cluster.suite import scenario
from cluster.tenant import Tenant, admitted
from common.command import Program
from common.processes import wait_until
from common.tree import ROOT, program

# Groups of custom kinds that other scenarios define; the role of docs/audit.md leaves those to the reader.
IN_USE = ("argoproj.io", "source.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io", "helm.cattle.io", "fleet.cattle.io",
          "addons.cluster.x-k8s.io", "helm.crossplane.io", "helm.m.crossplane.io")
OURS = ("v1", "apps/v1", "batch/v1")  # API groups that the ClusterRole names
REPORT_KINDS = (("PolicyReport", "policyreports", "Namespaced"), ("ClusterPolicyReport", "clusterpolicyreports", "Cluster"))


def definition(kind, plural, scope):
    """A CustomResourceDefinition that takes every object of the kind."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.wgpolicyk8s.io"},
        "spec": {"group": "wgpolicyk8s.io", "scope": scope, "names": {"kind": kind, "plural": plural}, "versions": [{
            "name": "v1alpha2", "served": True, "storage": True,
            "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}]}}


class Auditor:
    """chartseal audit as a service account with the ClusterRole of docs/audit.md and, as it says, list on kinds that are in use."""

    def __init__(self, cluster, name):
        with open(os.path.join(ROOT, "docs", "audit.md"), encoding="utf-8") as file:
            [role] = re.findall(r"```yaml\n(apiVersion: rbac.*?)```", file.read(), re.DOTALL)
        kubectl = cluster.kubectl
        kubectl.apply(role)
        in_use = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "chartseal-audit-in-use"},
                  "rules": [{"apiGroups": list(IN_USE), "resources": ["*"], "verbs": ["list"]}]}
        kubectl.apply(in_use)
        kubectl.ok("create", "serviceaccount", name, "-n", "default")
        for role_name, binding in (("chartseal-audit", name), ("chartseal-audit-in-use", f"{name}-in-use")):
            kubectl.ok("create", "clusterrolebinding", binding, f"--clusterrole={role_name}", f"--serviceaccount=default:{name}")
        token = kubectl.ok("create", "token", name, "-n", "default").strip()
        self._program = Program(program("chartseal"), "chartseal", (
            "audit", "--kubeconfig", cluster.control_plane.write_kubeconfig(name, {"token": token}),
            "--trusted-root", cluster.signer.trusted_root,
            *(word for each in (cluster.registry, cluster.workflow) for word in ("--plain-http-registry", each.host))))

    def run(self, *arguments):
        return self._program.run(*arguments)

    def found(self, namespace, *arguments, code):
        """What is told of each object of the namespace: {"Deployment web": "no no-signature"}; there must be no gap."""
        answer = self.run("-n", namespace.name, "-o", "json", *arguments).expect(code)
        told = json.loads(answer.output)
        # Custom kinds that other scenarios have defined are no part of the role.
        assert not [gap for gap in told["gaps"] if "forbidden" not in gap["detail"] or gap["where"].split()[0] in OURS], answer
        return {f"{each['kind']} {each['name']}": " ".join((each["verdict"], *(
            ruling["reason"] for ruling in each["rulings"] if "reason" in ruling))) for each in told["results"]}


@scenario("chartseal audit tells of each workload once what its image is, and writes nothing")
def workloads(cluster):
    namespace = cluster.namespace(verified=False)
    namespace.create(workload("Deployment", "web", cluster.signed, replicas=2))
    namespace.create(workload("StatefulSet", "db", cluster.unsigned))
    namespace.create(workload("CronJob", "nightly", cluster.fork))
    namespace.create(workload("Pod", "stranger", "other.test/app:1"))
    namespace.wait_for_pods("web", 2)
    namespace.wait_for_pods("db")
    before = namespace.get("all")
    auditor = Auditor(cluster, "audits-workloads")
    assert auditor.found(namespace, code=1) == {
        "Deployment web": "yes", "StatefulSet db": "no no-signature", "CronJob nightly": "no identity-mismatch",
        "Pod stranger": "no no-policy-matches"}
    assert [each["metadata"] for each in namespace.get("all")["items"]] == [each["metadata"] for each in before["items"]]


@scenario("chartseal audit judges what a kubelet reports, not what the tag points to by now")
def running(cluster):
    namespace = cluster.namespace(verified=False)
    old = cluster.registry.push("acme/audited", "1.0")
    tagged = f"{cluster.registry.host}/acme/audited:1.0"
    namespace.create(workload("Deployment", "web", tagged))
    [pod] = namespace.wait_for_pods("web")
    cluster.registry.push("acme/audited", "1.0", RELEASE)
    auditor = Auditor(cluster, "audits-running")
    assert auditor.found(namespace, code=0) == {"Deployment web": "yes"}
    status = {"phase": "Running", "containerStatuses": [{
        "name": "c0", "image": tagged, "imageID": old, "ready": True, "restartCount": 0, "state": {"running": {}}}]}
    namespace.ok("patch", "pod", pod["metadata"]["name"], "--subresource=status", "--type=merge", "-p", json.dumps({"status": status}))
    assert auditor.found(namespace, code=1) == {"Deployment web": "no no-signature"}


def releases(cluster, version):
    tenant = Tenant(cluster, version)
    chart = tenant.published()
    admitted(tenant.install(*tenant.source(chart)))
    changed = tenant.changed(chart, "unseen")
    changed.replace("templates/config.yaml", "greeting:", "salute:")
    cluster.kubectl.ok("label", "namespace", tenant.namespace.name, "chartseal.dev/verify-")  # somebody switches the gate off
    admitted(tenant.install(changed.directory, "--set", "side.enabled=false", release="evil"))
    auditor = Auditor(cluster, f"audits-{tenant.folder}")
    found = auditor.found(tenant.namespace, code=1)
    records = {name.split()[-1]: told for name, told in found.items() if name.startswith("Secret ")}
    assert records == {"sh.helm.release.v1.web.v1": "yes", "sh.helm.release.v1.evil.v1": "no chart-content-mismatch"}, found
    assert found["Deployment web"] == found["Deployment evil"] == found["PodTemplate web-hook"] == "yes", found
    cluster.kubectl.ok("delete", "secret", "sh.helm.release.v1.evil.v1", "-n", tenant.namespace.name)
    assert auditor.found(tenant.namespace, code=0)["Secret sh.helm.release.v1.web.v1"] == "yes"


for each_version in ("helm 3.17", "helm 4.2"):
    scenario(f"chartseal audit tells a release by {each_version} that got in while the gate was off from one that is signed", releases,
             each_version)


@scenario("chartseal audit tells the charts that objects of Flux, Argo CD and k3s name, each as its controller would take it")
def charts(cluster):
    gitops.install_definitions(cluster.kubectl)
    tenant = Tenant(cluster)
    cluster.kubectl.ok("label", "namespace", tenant.namespace.name, "chartseal.dev/verify-")
    tenant.published(version="1.2.3")
    cluster.workflow.push(tenant.chart("bare"), tenant.folder)
    cluster.workflow.push(tenant.chart(version="2.0.0"), tenant.folder)
    for obj in (gitops.oci_repository(f"{tenant.parent}/app", semver="^1"),
                gitops.application({"repoURL": tenant.parent, "chart": "app", "targetRevision": "*"}),
                gitops.k3s_chart(chart=f"oci://{tenant.parent}/bare", version="1.2.3")):
        tenant.namespace.create(obj)
    auditor = Auditor(cluster, "audits-charts")
    kinds = {"source.toolkit.fluxcd.io": "ocirepositories", "argoproj.io": "applications", "helm.cattle.io": "helmcharts"}
    cluster.kubectl.apply({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "audits-charts"},
        "rules": [{"apiGroups": [group], "resources": [plural], "verbs": ["list"]} for group, plural in kinds.items()]})
    cluster.kubectl.ok("create", "clusterrolebinding", "audits-charts-too", "--clusterrole=audits-charts",
                       "--serviceaccount=default:audits-charts")
    assert auditor.found(tenant.namespace, code=1) == {
        "OCIRepository app": "yes", "Application app": "no no-signature", "HelmChart app": "no no-signature"}


@scenario("chartseal audit --shadow tells what a policy that only warns would deny, and the webhook then denies just that")
def shadow(cluster):
    namespace = cluster.namespace()
    match = [f"{cluster.registry.host}/shadowed/*"]
    signed, fork = (cluster.registry.push(f"shadowed/{name}", "1.0", who) for name, who in (("app", RELEASE), ("fork", FORK)))
    cluster.kubectl.apply(policy("shadowed", match, [keyless(RELEASE_ISSUER, RELEASE_SUBJECT)], mode="warn"))
    for name, image in (("signed", signed), ("fork", fork)):
        pod = workload("Pod", name, image)
        wait_until(f"{name} is admitted", lambda pod=pod: namespace.run("create", "-f", "-", stdin=pod).succeeded)
    auditor = Auditor(cluster, "audits-shadow")
    answer = auditor.run("-n", namespace.name, "--shadow", "-o", "json").expect(1)
    [group] = json.loads(answer.output)["wouldDeny"]
    assert (group["policy"], group["reason"]) == ("shadowed", "identity-mismatch"), answer
    assert [each["name"] for each in group["denied"]] == ["fork"], answer
    cluster.kubectl.apply(policy("shadowed", match, [keyless(RELEASE_ISSUER, RELEASE_SUBJECT)]))
    wait_until("the policy is enforced", lambda: "identity-mismatch" in namespace.run(
        "create", "--dry-run=server", "-f", "-", stdin=workload("Pod", "probe", fork)).text())
    namespace.create(workload("Pod", "again", signed))


@scenario("chartseal audit --write-reports keeps PolicyReports, replaces them, and removes what is left over")
def reports(cluster):
    for kind in REPORT_KINDS:
        cluster.kubectl.apply(definition(*kind))
    cluster.kubectl.wait_for_definitions()
    namespace, other = cluster.namespace(verified=False), cluster.namespace(verified=False)
    for each in (namespace, other):
        each.create(workload("Pod", "web", cluster.signed))
    namespace.create(workload("Pod", "dev", cluster.unsigned))
    auditor = Auditor(cluster, "audits-reports")
    wait_until("the reports can be written", lambda: auditor.run("-n", other.name, "--write-reports").code == 0)
    auditor.run("-n", namespace.name, "--write-reports").expect(1, "reports written: 1")
    [report] = namespace.items("policyreports")
    assert report["metadata"]["name"] == "chartseal-audit-1" and report["summary"]["pass"] == report["summary"]["fail"] == 1, report
    [failed] = [each for each in report["results"] if each["result"] == "fail"]
    assert failed["policy"] == "acme-release" and failed["properties"]["reason"] == "no-signature", failed
    assert failed["resources"][0]["name"] == "dev" and failed["resources"][0]["uid"], failed
    namespace.ok("delete", "pod", "dev", "--now")
    auditor.run("-n", namespace.name, "--write-reports").expect(0, "reports written: 1")
    [report] = namespace.items("policyreports")
    assert report["summary"]["pass"] == 1 and report["summary"]["fail"] == 0, report
    namespace.ok("delete", "pod", "web", "--now")
    auditor.run("-n", namespace.name, "--write-reports").expect(0, "old ones removed: 1")
    assert not namespace.items("policyreports") and len(other.items("policyreports")) == 1


@scenario("chartseal audit says what an account may not read, and answers could not tell")
def forbidden(cluster):
    namespace = cluster.namespace(verified=False)
    namespace.create(workload("Pod", "web", cluster.signed))
    auditor = Auditor(cluster, "audits-forbidden")
    role = cluster.kubectl.get("clusterrole", "chartseal-audit")
    fewer = [rule for rule in role["rules"] if "secrets" not in rule["resources"]]
    cluster.kubectl.ok("patch", "clusterrole", "chartseal-audit", "--type=merge", "-p", json.dumps({"rules": fewer}))
    answer = wait_until("secrets are forbidden", lambda: (
        told := auditor.run("-n", namespace.name)).code == 3 and "could not read v1 secrets" in told.output and told)
    assert "kubernetes-unavailable" in answer.output and "1 yes" in answer.output, answer
