"""A registry with signed images, a policy and certificates, the webhook in front of them, and the reviews to post."""

import json
import os
import sys

from processes import OTHER_CORES, ROOT, SANDBOX, SERVER_CORE, WEBHOOK, Process, answers, matched_in, run, wait_for

sys.path.insert(0, os.path.join(ROOT, "tests", "demo"))
import content  # noqa: E402  (the demo's writer of image layouts)

ISSUER = "https://token.actions.githubusercontent.com"
SIGNER = r"https://github\.com/acme/app/\.github/workflows/release\.yml@refs/tags/v.+"
RELEASE = ("--repository", "acme/app", "--workflow", "release.yml", "--ref", "refs/tags/v1.2.3")
FORK = ("--repository", "mallory/app", "--workflow", "release.yml", "--ref", "refs/tags/v1.2.3")


def policy(name, registry, subject=SIGNER):
    return {"apiVersion": "chartseal.dev/v1alpha1", "kind": "VerificationPolicy", "metadata": {"name": name},
            "spec": {"match": {"images": [f"{registry}/**"], "charts": [f"{registry}/acme/charts/*"]},
                     "authorities": [{"name": "release", "keyless": {"identities": [
                         {"issuer": ISSUER, "subjectRegExp": subject}]}}]}}


class Stage:
    """Everything that is started; `close()` ends all of it."""

    def __init__(self, work):
        self.work = work
        self.processes = []
        self.binary = WEBHOOK
        self.registry = self._start_registry()
        self.tls()

    def close(self):
        for process in reversed(self.processes):
            process.stop()

    def start(self, name, command, cores, **popen):
        process = Process(command, os.path.join(self.work, f"{name}.log"), cores, **popen)
        self.processes.append(process)
        return process

    def _start_registry(self):
        self.registry_process = self.start("registry", [SANDBOX, "registry", "--listen", "127.0.0.1:0"], OTHER_CORES)
        return wait_for("the registry", lambda: matched_in(self.registry_process.log, r"(127\.0\.0\.1:\d+)"))

    def tls(self):
        self.certificate, self.key = os.path.join(self.work, "tls.crt"), os.path.join(self.work, "tls.key")
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=chartseal", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", self.key,
            "-out", self.certificate)

    def push(self, repository, number, mint=RELEASE):
        """Builds an image, signs it (unless `mint` is empty), pushes it; its reference by digest."""
        return self._push(repository, content.write_image, "app", f"v{number}", f"build {number}", mint)

    def push_chart(self, name, version, note, mint=RELEASE):
        """The same of a chart, below acme/charts."""
        return self._push(f"acme/charts/{name}", content.write_chart, name, version, note, mint)

    def _push(self, repository, write, name, tag, note, mint):
        layout = os.path.join(self.work, f"layout-{repository.replace('/', '_')}-{tag}")
        descriptor = write(layout, name, tag, note)
        if mint:
            run(SANDBOX, "mint", "--state", os.path.join(self.work, "sigstore"), "--out", layout, "--digest",
                descriptor["digest"], "--subject-size", str(descriptor["size"]), "--rekor", "2", *mint)
        run(SANDBOX, "push-layout", layout, f"{self.registry}/{repository}")
        return f"{self.registry}/{repository}:{tag}@{descriptor['digest']}"

    def write_policies(self, *policies):
        """Replaces the policy file as an editor does: never half-written."""
        path = os.path.join(self.work, "policy.json")
        with open(path + ".tmp", "w", encoding="utf-8") as file:
            json.dump(policies[0], file) if len(policies) == 1 else file.write(
                "".join(f"---\n{json.dumps(one)}\n" for one in policies))
        os.replace(path + ".tmp", path)
        return path

    def start_webhook(self, *flags, name="webhook", cores=None):
        """The real binary on one core; `port` and `ops` are where it listens."""
        process = self.start(name, [
            self.binary, "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0", "--tls-cert", self.certificate, "--tls-key",
            self.key, "--policy", os.path.join(self.work, "policy.json"), "--trusted-root",
            os.path.join(self.work, "sigstore", "trusted_root.json"), "--plain-http-registry", self.registry, *flags],
            cores or SERVER_CORE)
        process.port = wait_for("the webhook", lambda: matched_in(process.log, r'"port":"?(\d+)'))
        process.ops = wait_for("its ops port", lambda: matched_in(process.log, r'"ops_port":"?(\d+)'))
        wait_for("readiness", lambda: answers(f"http://127.0.0.1:{process.ops}/readyz"))
        return process


def deployment_review(images, size, uid):
    """An AdmissionReview for a Deployment with one container for each image, padded to about `size` bytes as real ones
    are: environment, labels, annotations and managedFields."""
    def container(number, image):
        env = [{"name": f"SETTING_{number}_{i}", "value": f"value of setting {i} of container {number}"} for i in range(8)]
        return {"name": f"c{number}", "image": image, "env": env, "ports": [{"containerPort": 8080 + number}],
                "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
                "livenessProbe": {"httpGet": {"path": "/healthz", "port": 8080 + number}, "periodSeconds": 10},
                "imagePullPolicy": "IfNotPresent", "terminationMessagePath": "/dev/termination-log"}

    def review(fields):
        managed = [{"manager": "helm", "operation": "Update", "apiVersion": "apps/v1", "fieldsType": "FieldsV1",
                    "fieldsV1": {f"f:field{i}": {"f:nested": {}, ".": {}} for i in range(fields)}}]
        metadata = {"name": "app", "namespace": "shop", "labels": {"app": "app"}, "managedFields": managed,
                    "annotations": {"meta.helm.sh/release-name": "app", "meta.helm.sh/release-namespace": "shop"}}
        spec = {"replicas": 3, "selector": {"matchLabels": {"app": "app"}}, "template": {
            "metadata": {"labels": {"app": "app"}},
            "spec": {"containers": [container(n, image) for n, image in enumerate(images)], "serviceAccountName": "default"}}}
        return {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {
            "uid": uid, "kind": {"group": "apps", "version": "v1", "kind": "Deployment"},
            "resource": {"group": "apps", "version": "v1", "resource": "deployments"},
            "requestKind": {"group": "apps", "version": "v1", "kind": "Deployment"},
            "requestResource": {"group": "apps", "version": "v1", "resource": "deployments"}, "name": "app",
            "namespace": "shop", "operation": "CREATE",
            "userInfo": {"username": "system:serviceaccount:ci:deployer", "groups": ["system:authenticated"]},
            "object": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec},
            "oldObject": None, "dryRun": False, "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"}}}

    def text(fields):
        return json.dumps(review(fields), separators=(",", ":"))

    per_field = len(text(101)) - len(text(100))
    return text(max(1, (size - len(text(0))) // per_field))
