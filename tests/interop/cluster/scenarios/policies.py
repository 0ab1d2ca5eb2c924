"""VerificationPolicy objects: edited live, judged by the API server first and by the webhook second."""

import os

from cluster.cluster import Namespace
from cluster.objects import keyless, policy, workload
from cluster.policy_controller import cluster_image_policy
from cluster.registry import FORK, RELEASE, RELEASE_ISSUER, RELEASE_SUBJECT
from cluster.suite import scenario
from common.processes import wait_until

FORK_SUBJECT = r"https://github\.com/mallory/app/.*"


def ready(cluster, name, status="True"):
    """Waits for that condition of the policy; returns its message."""

    def condition():
        found = cluster.kubectl.get("verificationpolicy", name)
        conditions = found.get("status", {}).get("conditions", [])
        return [each for each in conditions if each["type"] == "Ready" and each["status"] == status
                and each.get("observedGeneration", found["metadata"]["generation"]) == found["metadata"]["generation"]]

    found = wait_until(lambda: f"{name} has Ready={status}\n{cluster.kubectl.run('get', 'verificationpolicy', name, '-o', 'yaml')}",
                       condition)
    return f"{found[0]['reason']}: {found[0]['message']}"


def ask(namespace, image):
    return namespace.run("create", "--dry-run=server", "-f", "-", stdin=workload("Pod", "probe", image))


def is_admitted(namespace, image):
    return lambda: ask(namespace, image).succeeded


def is_denied(namespace, image, saying):
    def look():
        answer = ask(namespace, image)
        return not answer.succeeded and saying in answer.text()

    return look


@scenario("a policy takes effect when it is applied, changes when it is edited, and ends when it is deleted")
def live(cluster):
    namespace = cluster.namespace()
    image = cluster.registry.push("live/app", "1.0", RELEASE)
    match, pod = [f"{cluster.registry.host}/live/*"], workload("Pod", "app", image)
    namespace.denied("create", "-f", "-", stdin=pod, saying=("no-policy-matches",))
    cluster.kubectl.apply(policy("live", match, [keyless(RELEASE_ISSUER, RELEASE_SUBJECT)]))
    ready(cluster, "live")
    wait_until("the image is admitted", is_admitted(namespace, image))
    cluster.kubectl.apply(policy("live", match, [keyless(RELEASE_ISSUER, FORK_SUBJECT)]))
    wait_until("the image is denied by the edited policy", is_denied(namespace, image, "identity-mismatch"))
    cluster.kubectl.ok("delete", "verificationpolicy", "live")
    wait_until("no policy covers the image any more", is_denied(namespace, image, "no-policy-matches"))


@scenario("a malformed policy in place of a good one is refused, and the good one stays")
def good_one_stays(cluster):
    good = policy("strict", [f"{cluster.registry.host}/strict/*"], [keyless(RELEASE_ISSUER, RELEASE_SUBJECT)])
    cluster.kubectl.apply(good)
    ready(cluster, "strict")
    bad = {**good, "spec": {**good["spec"], "mode": "maybe"}}
    answer = cluster.kubectl.run("apply", "-f", "-", stdin=bad)
    assert not answer.succeeded and "spec.mode" in answer.text(), answer
    assert cluster.kubectl.get("verificationpolicy", "strict")["spec"]["mode"] == "enforce"
    cluster.kubectl.ok("delete", "verificationpolicy", "strict")


@scenario("a policy that only the webhook can judge is not Ready, says why, and leaves the good one before it in force")
def not_ready(cluster):
    namespace = cluster.namespace()
    image = cluster.registry.push("careful/app", "1.0", RELEASE)
    match = [f"{cluster.registry.host}/careful/*"]
    cluster.kubectl.apply(policy("careful", match, [keyless(RELEASE_ISSUER, RELEASE_SUBJECT)]))
    ready(cluster, "careful")
    wait_until("the image is admitted", is_admitted(namespace, image))
    cluster.kubectl.apply(policy("careful", match, [keyless(RELEASE_ISSUER, "https://github.com/(acme")]))
    message = ready(cluster, "careful", "False")
    assert "subjectRegExp" in message, message
    namespace.create(workload("Pod", "app", image))
    cluster.kubectl.ok("delete", "verificationpolicy", "careful")


@scenario("a policy in mode warn admits, and kubectl prints its warning")
def warns(cluster):
    namespace = cluster.namespace()
    image = cluster.registry.push("trial/app", "1.0")
    cluster.kubectl.apply(policy("trial", [f"{cluster.registry.host}/trial/*"], [keyless(RELEASE_ISSUER, RELEASE_SUBJECT)],
                                 mode="warn"))
    wait_until("the image is admitted", is_admitted(namespace, image))
    answer = namespace.run("create", "-f", "-", stdin=workload("Pod", "app", image))
    assert answer.succeeded and "Warning: " in answer.errors and "no-signature" in answer.errors, answer
    cluster.kubectl.ok("delete", "verificationpolicy", "trial")


@scenario("a policy for namespaces with a label follows the label")
def by_namespace(cluster):
    namespace = cluster.namespace()
    image = cluster.registry.push("staged/app", "1.0", FORK)
    limited = policy("staged", [f"{cluster.registry.host}/staged/*"], [keyless(RELEASE_ISSUER, FORK_SUBJECT)])
    limited["spec"]["match"]["namespaceSelector"] = {"matchLabels": {"stage": "trial"}}
    cluster.kubectl.apply(limited)
    ready(cluster, "staged")
    assert is_denied(namespace, image, "no-policy-matches")()
    namespace.ok("label", "namespace", namespace.name, "stage=trial")
    wait_until("the policy covers the namespace", is_admitted(namespace, image))
    namespace.ok("label", "namespace", namespace.name, "stage-")
    wait_until("the policy covers it no more", is_denied(namespace, image, "no-policy-matches"))
    cluster.kubectl.ok("delete", "verificationpolicy", "staged")


@scenario("after the API server was away, policies are followed again")
def followed_again(cluster):
    namespace = cluster.namespace()
    image = cluster.registry.push("again/app", "1.0", RELEASE)
    cluster.control_plane.stop_apiserver()
    cluster.control_plane.start_apiserver()
    assert is_denied(namespace, image, "no-policy-matches")()
    cluster.kubectl.apply(policy("again", [f"{cluster.registry.host}/again/*"], [keyless(RELEASE_ISSUER, RELEASE_SUBJECT)]))
    wait_until("the image is admitted", is_admitted(namespace, image), seconds=60)
    cluster.kubectl.ok("delete", "verificationpolicy", "again")


@scenario("a denial leaves an Event, at the namespace where the object does not exist yet; a dry run leaves none")
def events(cluster):
    namespace = cluster.namespace()

    def denials_at(kind):
        return lambda: [event for event in namespace.items("events")
                        if event["reason"] == "ChartsealDenied" and event["involvedObject"]["kind"] == kind]

    denied = workload("Deployment", "shop", cluster.unsigned)
    namespace.denied("create", "--dry-run=server", "-f", "-", stdin=denied, saying=("no-signature",))
    namespace.denied("create", "-f", "-", stdin=denied, saying=("no-signature",))
    [event] = wait_until("there is an Event at the namespace", denials_at("Namespace"))
    assert event["type"] == "Warning" and "Deployment shop" in event["message"] and "no-signature" in event["message"], event
    namespace.create(workload("Deployment", "shop", cluster.signed))
    namespace.denied("set", "image", "deployment/shop", f"c0={cluster.fork}", saying=("identity-mismatch",))
    [event] = wait_until("there is an Event at the Deployment", denials_at("Deployment"))
    assert event["involvedObject"]["name"] == "shop" and "identity-mismatch" in event["message"], event


@scenario("ClusterImagePolicy objects of both versions are honoured; what cannot be honoured refuses what it covers")
def cluster_image_policies(cluster):
    namespace = cluster.namespace()
    keyless_authority = {"signatureFormat": "bundle", "keyless": {"identities": [{"issuer": RELEASE_ISSUER, "subjectRegExp": RELEASE_SUBJECT}]}}
    for version in ("v1beta1", "v1alpha1"):
        signed = cluster.registry.push(f"imported/{version}", "1.0", RELEASE)
        unsigned = cluster.registry.push(f"imported/{version}", "bad")
        cluster.kubectl.apply(cluster_image_policy(
            f"imported-{version}", f"{cluster.registry.host}/imported/{version}", [keyless_authority], version))
        wait_until(lambda: f"the image is admitted\n{ask(namespace, signed)}", is_admitted(namespace, signed))
        assert is_denied(namespace, unsigned, "no-signature")()
    rego = {**keyless_authority, "attestations": [{"name": "sbom", "predicateType": "https://spdx.dev/Document", "policy": {
        "type": "rego", "data": "package sigstore\ndefault isCompliant = true"}}]}
    cluster.kubectl.apply(cluster_image_policy("imported-rego", f"{cluster.registry.host}/imported/v1beta1", [rego]))
    wait_until("what rego covers is refused", is_denied(namespace, cluster.registry.push("imported/v1beta1", "2.0", RELEASE), "rego"))
    for name in ("imported-v1beta1", "imported-v1alpha1", "imported-rego"):
        cluster.kubectl.ok("delete", "clusterimagepolicy", name)


@scenario("a ClusterImagePolicy takes its key from a Secret of the webhook's namespace, and follows it")
def key_in_a_secret(cluster):
    namespace, secrets = cluster.namespace(), Namespace(cluster.kubectl, "chartseal")
    ours, theirs = os.path.join(cluster.directory, "ours.pub"), os.path.join(cluster.directory, "theirs.pub")
    repository = "keyed/app"
    by_us, by_them = (cluster.registry.push(repository, tag, ("--key-out", key)) for tag, key in (("1.0", ours), ("2.0", theirs)))
    authority = {"signatureFormat": "bundle", "key": {"secretRef": {"name": "release-key"}}}
    cluster.kubectl.apply(cluster_image_policy("keyed", f"{cluster.registry.host}/{repository}", [authority]))
    wait_until("the policy says which Secret it wants", is_denied(namespace, by_us, "Secret chartseal/release-key: there is none"))

    def put(*entries):
        secrets.run("delete", "secret", "release-key", "--ignore-not-found")
        secrets.ok("create", "secret", "generic", "release-key", *entries)

    put(f"--from-file=cosign.pub={ours}")
    wait_until(lambda: f"what our key signed is admitted\n{ask(namespace, by_us)}", is_admitted(namespace, by_us))
    assert not ask(namespace, by_them).succeeded
    put(f"--from-file=cosign.pub={theirs}")
    wait_until("what the new key signed is admitted", is_admitted(namespace, by_them))
    assert not ask(namespace, by_us).succeeded
    put(f"--from-file=cosign.pub={theirs}", "--from-literal=cosign.password=hunter2")
    wait_until("two entries are refused", is_denied(namespace, by_them, "found 2 entries"))
    put("--from-literal=cosign.pub=hunter2")
    wait_until("what is no key is refused", is_denied(namespace, by_them, "holds no PEM block"))
    assert "hunter2" not in ask(namespace, by_them).text() + cluster.webhook.process.tail(1000)
    put("--type=example.dev/key", f"--from-file=x={ours}")
    wait_until("a Secret of any other type and entry is taken", is_admitted(namespace, by_us))
    cluster.kubectl.ok("delete", "clusterimagepolicy", "keyed")
    secrets.ok("delete", "secret", "release-key")


@scenario("the service account of the webhook may list Secrets in its own namespace alone")
def secrets_of_one_namespace(cluster):
    account = "--as=system:serviceaccount:chartseal:chartseal-webhook"
    for verb in ("list", "watch"):
        assert cluster.kubectl.run("auth", "can-i", verb, "secrets", "-n", "chartseal", account).succeeded, verb
        for where in (("-n", "default"), ("--all-namespaces",)):
            assert not cluster.kubectl.run("auth", "can-i", verb, "secrets", *where, account).succeeded, (verb, where)
