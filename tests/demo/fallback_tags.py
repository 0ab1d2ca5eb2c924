"""Tags that stand in for the referrers API, in layouts that were recorded from a registry that has it.

A client that pushes a manifest with a subject to a registry without that API lists it in an index under the tag
sha256-HEX of the subject; recordings from the other kind of registry lack these indexes.
"""

import hashlib
import json
import os
import shutil

INDEX = "application/vnd.oci.image.index.v1+json"
REF_NAME = "org.opencontainers.image.ref.name"


def copy_with_fallback_tags(layout, copy):
    """Copies the layout directory and adds the index of each subject that has none."""
    shutil.copytree(layout, copy)
    with open(f"{copy}/index.json", encoding="utf-8") as file:
        index = json.load(file)
    tags = {descriptor.get("annotations", {}).get(REF_NAME) for descriptor in index["manifests"]}
    for subject, referrers in referrers_by_subject(copy, index).items():
        tag = subject.replace(":", "-")
        if tag not in tags:
            index["manifests"].append({**add_index(copy, referrers), "annotations": {REF_NAME: tag}})
    with open(f"{copy}/index.json", "w", encoding="utf-8") as file:
        json.dump(index, file)


def referrers_by_subject(layout, index):
    """Subject digest → descriptors of the manifests that name it."""
    found = {}
    for descriptor in index["manifests"]:
        with open(blob_path(layout, descriptor["digest"]), "rb") as file:
            manifest = json.load(file)
        if "subject" in manifest:
            listed = {name: descriptor[name] for name in ("mediaType", "digest", "size")}
            listed["artifactType"] = manifest.get("artifactType") or manifest["config"]["mediaType"]
            found.setdefault(manifest["subject"]["digest"], []).append(listed)
    return found


def add_index(layout, referrers):
    """Writes the index of these descriptors; returns its own descriptor."""
    data = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": referrers}).encode()
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    with open(blob_path(layout, digest), "wb") as file:
        file.write(data)
    return {"mediaType": INDEX, "digest": digest, "size": len(data)}


def blob_path(layout, digest):
    return os.path.join(layout, "blobs", *digest.split(":"))
