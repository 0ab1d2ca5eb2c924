"""Publishes a small chart as its release workflow would, and tries what must be refused."""

import json
import os
import subprocess
import time
import urllib.parse
import urllib.request

from table import Answer
from verifying import CHARTSEAL, VERDICT_OF_EXIT_CODE, verify

REPOSITORY, REF = "acme/app", "refs/tags/v1.2.3"
IDENTITY = f"https://github.com/{REPOSITORY}/.github/workflows/release.yml@{REF}"
FILES = {
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: {version}\nappVersion: 1.2.3\ndescription: A chart for the demo\n",
    "values.yaml": "replicas: 1\n",
    "templates/configmap.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: web }}\ndata: {{ note: {note} }}\n",
}
# What it signs is what the tag names by then.
BAD_WORKFLOW = """on: { push: { tags: ["v*"] } }
permissions: {}
jobs:
  release:
    runs-on: ubuntu-24.04
    permissions: { id-token: write, packages: write }
    steps:
    - run: cosign sign --yes "ghcr.io/acme/app:$GITHUB_REF_NAME"
"""


class Publisher:
    """Runs the commands of a release in one directory, with the services that endpoints.json names."""

    def __init__(self, work, registry):
        self._work = work
        self._directory = f"{work}/publishing"
        self._parent = f"oci://{registry}/acme/charts"
        with open(f"{work}/signing/endpoints.json", encoding="utf-8") as file:
            self._endpoints = json.load(file)
        self.trusted_root = f"{work}/signing/trusted_root.json"
        self.who = "--certificate-identity", IDENTITY, "--certificate-oidc-issuer", self._endpoints["oidc"]

    def chart(self, version, note="as the release has it"):
        """The directory of the chart, written anew."""
        for name, text in FILES.items():
            self._write(f"web/{name}", text.format(version=version, note=note))
        return f"{self._directory}/web"

    def publish(self, chart, **claims):
        """Answer, milliseconds and the answer's JSON of `chartseal publish`."""
        environment = {"SIGSTORE_ID_TOKEN": self._token(claims), "GITHUB_API_URL": self._endpoints["github"],
                       "GITHUB_TOKEN": self._endpoints["github_token"], "SOURCE_DATE_EPOCH": "1750000000"}
        return run("publish", chart, self._parent, "--plain-http", "--trusted-root", self.trusted_root, "--signing-config",
                   f"{self._work}/signing/signing_config.json", "--github-release", f"{REPOSITORY}@v1.2.3", *self.who,
                   environment=environment)

    def check_workflow(self, text):
        return run("check", "workflow", self._write("release.yml", text))

    def link_out_of(self, chart):
        os.symlink("/etc/passwd", f"{chart}/templates/passwd.yaml")

    def _token(self, claims):
        query = urllib.parse.urlencode({"repository": REPOSITORY, "workflow": "release.yml", "ref": REF, **claims})
        with urllib.request.urlopen(f"{self._endpoints['token']}?{query}", timeout=5) as reply:
            return reply.read().decode()

    def _write(self, name, text):
        path = f"{self._directory}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


def run(*arguments, environment=None):
    """The Answer of one command, and how many milliseconds the whole process took."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "SIGSTORE_"))}
    began = time.monotonic()
    done = subprocess.run([CHARTSEAL, *arguments, "--output", "json"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, env={**kept, **(environment or {})})
    milliseconds = (time.monotonic() - began) * 1000
    return answer_of(done), milliseconds


def answer_of(done):
    try:
        result = json.loads(done.stdout)
        verdict = result["verdict"]
    except (ValueError, KeyError):
        return Answer("failed", f"exit code {done.returncode}: {done.stderr.strip()[:200]}")
    if VERDICT_OF_EXIT_CODE.get(done.returncode) != verdict:
        return Answer("failed", f"exit code {done.returncode}, but verdict {verdict}")
    return Answer(verdict.replace("-", " "), reason_in(result))


def reason_in(result):
    """Why not; and of a release that ended well, what its steps found to do: "done" or "was there"."""
    if "reason" in result:
        return result["reason"]
    writing = [step["outcome"] for step in result.get("steps", ()) if step["name"] not in ("package", "verify")]
    findings = [finding["reason"] for finding in result.get("findings", ())]
    return ", ".join(dict.fromkeys(writing + findings))


def show_publishing(table, publisher, registry):
    name = "acme/charts/web"
    reference = f"{registry}/{name}:1.0.0"

    def row(artifact, what, asked, expected):
        table.row(artifact, what, *asked, expected)

    def publish(version, what, expected, chart=None, **claims):
        row(f"{name}:{version}", what, publisher.publish(chart or publisher.chart(version), **claims), expected)

    publish("1.0.0", "packaged, pushed, signed, mirrored", Answer("yes", "done"))
    publish("1.0.0", "published again, as after a failure", Answer("yes", "was there"))
    row(f"{name}:1.0.0", "chartseal verify, as anybody can ask", verify(reference, *publisher.who, trusted_root=publisher.trusted_root),
        Answer("yes"))
    publish("1.0.0", "the same version with other content", Answer("no", "tag-conflict"), publisher.chart("1.0.0", "not the release"))
    publish("1.0.1", "with a token for another audience", Answer("could not tell", "identity-token-unusable"), aud="vault")
    chart = publisher.chart("1.0.2")
    publisher.link_out_of(chart)
    publish("1.0.2", "a link leads out of the chart", Answer("no", "chart-link-escapes"), chart)
    row("release.yml", "a workflow that signs by tag", publisher.check_workflow(BAD_WORKFLOW),
        Answer("no", "workflow-signs-tag"))
