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
