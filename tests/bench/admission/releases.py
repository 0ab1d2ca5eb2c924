"""Reviews of what names charts: records of helm releases, and objects of Flux."""

import base64
import gzip
import json

VERSION = "1.2.3"


def template_of(chart, note):
    """The template of the demo's charts. It has no actions, so that it renders to itself."""
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": chart}, "data": {"note": note}}
    return json.dumps(config_map, indent=2) + "\n"


def record(chart, note):
    """What helm stores when it installs that chart, as a Secret holds it."""
    template = template_of(chart, note)
    release = {
        "name": chart, "version": 1, "namespace": "shop", "info": {"status": "pending-install"}, "config": {}, "hooks": [],
        "chart": {
            "metadata": {"apiVersion": "v2", "name": chart, "version": VERSION, "description": "soak", "type": "application",
                         "appVersion": VERSION},
            "lock": None, "schema": None, "files": [], "values": {"replicas": 1},
            "templates": [{"name": "templates/configmap.yaml", "data": base64.b64encode(template.encode()).decode()}]},
        "manifest": f"---\n# Source: {chart}/templates/configmap.yaml\n{template}"}
    stored = base64.b64encode(gzip.compress(json.dumps(release).encode()))
    return base64.b64encode(stored).decode()


def review(kind, resource, obj):
    """The AdmissionReview of its creation, with UID where the uid goes."""
    group, version = ([""] + obj["apiVersion"].split("/"))[-2:]
    kind, resource = ({"group": group, "version": version, name: value} for name, value in (("kind", kind), ("resource", resource)))
    return json.dumps({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {
        "uid": "UID", "kind": kind, "resource": resource, "name": obj["metadata"]["name"], "namespace": "shop",
        "operation": "CREATE", "userInfo": {"username": "system:serviceaccount:ci:deployer"}, "object": obj,
        "oldObject": None, "dryRun": False, "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"}}})


def release_review(chart, note):
    """helm writes the record of that chart's first revision."""
    labels = {"name": chart, "owner": "helm", "status": "pending-install", "version": "1"}
    return review("Secret", "secrets", {
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"name": f"sh.helm.release.v1.{chart}.v1", "namespace": "shop", "labels": labels},
        "data": {"release": record(chart, note)}})


def oci_repository_review(repository, ref):
    """Flux is told to follow that repository."""
    return review("OCIRepository", "ocirepositories", {
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "OCIRepository",
        "metadata": {"name": "app", "namespace": "shop"},
        "spec": {"url": f"oci://{repository}", "ref": ref, "interval": "10m"}})
