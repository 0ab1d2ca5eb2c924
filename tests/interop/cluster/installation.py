"""What manifests/ install, and where the API server finds the webhook."""

import base64
import json
import os

from common.tree import ROOT

MANIFESTS = os.path.join(ROOT, "manifests")
HOOKS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")


def rendered(kubectl, directory=MANIFESTS):
    """Every object of a kustomization, as the files have it."""
    return parsed(kubectl, kubectl.ok("kustomize", directory))


def parsed(kubectl, text):
    """The objects of YAML documents."""
    listed = kubectl.ok("create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-", stdin=text)
    return split(listed)


def split(text):
    """JSON documents, one after the other, as kubectl prints them; lists are taken apart."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        found += document["items"] if document["kind"] == "List" else [document]
        while at < len(text) and text[at].isspace():
            at += 1
    return found


def reached_at(configuration, url_of, ca_files):
    """The webhook configuration with only clientConfig changed: a URL for the Service, and the authorities to trust."""
    bundle = b""
    for path in ca_files:
        with open(path, "rb") as file:
            bundle += file.read()
    changed = json.loads(json.dumps(configuration))
    for webhook in changed["webhooks"]:
        path = webhook["clientConfig"]["service"]["path"]
        webhook["clientConfig"] = {"url": url_of(path), "caBundle": base64.b64encode(bundle).decode()}
    return changed
