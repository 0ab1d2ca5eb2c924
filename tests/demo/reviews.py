"""AdmissionReviews as a Kubernetes API server posts them, and what the webhook answered."""

import http.client
import json
import re
import ssl
import time
import uuid

from table import Answer

GROUPS = {"Pod": ("", "v1", "pods"), "Deployment": ("apps", "v1", "deployments"), "CronJob": ("batch", "v1", "cronjobs")}
# "- IMAGE (FIELD): REASON; …" or "- IMAGE (FIELD): could not tell: REASON; …"
DENIAL = re.compile(r"^- \S+ \([^)]*\): ((?:could not tell: )?[a-z-]+)", re.MULTILINE)


def containers(images):
    return [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]


def pod_spec(images, init=(), ephemeral=()):
    spec = {"containers": containers(images)}
    if init:
        spec["initContainers"] = [{**container, "name": "prepare"} for container in containers(init)]
    if ephemeral:
        spec["ephemeralContainers"] = [{**container, "name": "debugger"} for container in containers(ephemeral)]
    return spec


def workload(kind, name, spec):
    """The object of that kind around a pod spec."""
    group, version, _ = GROUPS[kind]
    template = {"metadata": {"labels": {"app": name}}, "spec": spec}
    around = {
        "Pod": spec,
        "Deployment": {"selector": {"matchLabels": {"app": name}}, "template": template},
        "CronJob": {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": template}}},
    }
    api_version = f"{group}/{version}" if group else version
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": around[kind]}


def review(kind, name, spec, old_spec=None, subresource=""):
    """A CREATE, or an UPDATE when there is an old pod spec."""
    group, version, resource = GROUPS[kind]
    request = {
        "uid": str(uuid.uuid4()),
        "kind": {"group": group, "version": version, "kind": kind},
        "resource": {"group": group, "version": version, "resource": resource},
        "name": name,
        "namespace": "shop",
        "operation": "CREATE" if old_spec is None else "UPDATE",
        "userInfo": {"username": "alice"},
        "object": workload(kind, name, spec),
        "oldObject": None if old_spec is None else workload(kind, name, old_spec),
        "dryRun": False,
    }
    if subresource:
        request["subResource"] = subresource
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}


class Webhook:
    """One kept TLS connection, as an API server has it."""

    def __init__(self, address, ca_file):
        host, port = address.split(":")
        context = ssl.create_default_context(cafile=ca_file)
        self._connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=15)
        self._connection.connect()

    def ask(self, body):
        """Returns (Answer, denial message, milliseconds)."""
        began = time.monotonic()
        self._connection.request("POST", "/validate?timeout=10s", json.dumps(body), {"Content-Type": "application/json"})
        reply = self._connection.getresponse()
        text = reply.read().decode()
        milliseconds = (time.monotonic() - began) * 1000
        if reply.status != 200:
            return Answer("failed", f"HTTP {reply.status}: {text.strip()[:200]}"), text, milliseconds
        response = json.loads(text)["response"]
        if response["uid"] != body["request"]["uid"]:
            return Answer("failed", "the answer is to another request"), "", milliseconds
        if response["allowed"]:
            return Answer("allowed"), "", milliseconds
        message = response["status"]["message"]
        reasons = DENIAL.findall(message)
        return Answer("denied", ", ".join(sorted(set(reasons))) or "no reason is given"), message, milliseconds
