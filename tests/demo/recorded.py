"""The repositories that real tools signed: tests/data/recorded, whose README says what cases.json means."""

import json

DIRECTORY = "tests/data/recorded"
TRUSTED_ROOT = f"{DIRECTORY}/trusted_root.json"

# What happened to each, in fewer words than cases.json.
SUMMARIES = {
    "chart-signed": "chart of helm push, cosign 3 bundle",
    "image-signed": "cosign 3 bundle as a referrer",
    "image-unsigned": "nobody signed it",
    "image-other-workflow": "signed by another repository",
    "image-branch": "right workflow, but run on a branch",
    "image-other-issuer": "right identity, but another issuer",
    "image-attested-only": "attested, but not signed",
    "image-moved-tag": "tag moved to unsigned content",
    "image-crowd": "six referrers, one is the signature",
    "index-signed": "multi-architecture index, signed",
    "index-signed-child-asked": "its amd64 image; the index is signed",
    "bundle-reattached": "another image's bundle, put on this",
    "keyed-bundle": "signed with a key pair, bundle",
    "keyed-legacy": "signed with a key pair, .sig tag",
    "legacy-signed": "cosign 2, .sig tag",
    "legacy-cosign3": "cosign 3, .sig tag, empty chain",
    "legacy-other-workflow": ".sig tag by another repository",
    "legacy-reattached": "another image's .sig, under its tag",
    "both-layouts": "good .sig, somebody else's bundle",
    "rekor1-bundle": "cosign 3 bundle, Rekor v1, no TSA",
    "cosign2-bundle": "cosign 2 bundle",
}


def load():
    """cases.json."""
    with open(f"{DIRECTORY}/cases.json", encoding="utf-8") as file:
        return json.load(file)


def summary(case):
    return SUMMARIES.get(case["name"], case["why"])


def identity_flags():
    """Who must have signed, for cases without a key."""
    recorded = load()
    return ("--certificate-identity", recorded["identity"], "--certificate-oidc-issuer", recorded["issuer"])


def reference(registry, name):
    """The case's artifact in that registry, by digest."""
    [digest] = [case["digest"] for case in load()["cases"] if case["name"] == name]
    return f"{registry}/recorded/{name}@{digest}"
