"""Loads the registry: the recorded repositories, and fresh ones that the sandbox's Sigstore signs.

Usage: prepare.py WORK REGISTRY. Leaves WORK/digests.json (name → digest that was built, and signed where it is signed) and
WORK/trusted_root.json (both Sigstores).
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import content
import recorded
from fallback_tags import copy_with_fallback_tags
from fresh import FRESH

SANDBOX = "build/bin/chartseal-sandbox"


def run(*arguments):
    """Runs a program whose output matters only when it fails."""
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)}: exit code {done.returncode}\n{done.stdout}")


def push(directory, registry, repository):
    run(SANDBOX, "push-layout", directory, f"{registry}/{repository}")


def push_recorded(registry, work):
    def push_one(name):
        copy = f"{work}/layouts/recorded/{name}"
        copy_with_fallback_tags(f"{recorded.DIRECTORY}/{name}", copy)
        push(copy, registry, f"recorded/{name}")

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(push_one, [case["name"] for case in recorded.load()["cases"]]))


def sign(artifact, descriptor, layout, work):
    run(SANDBOX, "mint", "--state", f"{work}/sigstore", "--out", layout, "--digest", descriptor["digest"],
        "--subject-size", str(descriptor["size"]), *artifact.mint)


def push_fresh(artifact, registry, work):
    """Builds, signs and pushes; returns the digest."""
    write = content.write_chart if artifact.is_chart else content.write_image
    base = os.path.basename(artifact.repository)
    layout = f"{work}/layouts/{artifact.name.replace('/', '_')}"
    descriptor = write(layout, base, artifact.tag, "as built")
    if artifact.mint:
        sign(artifact, descriptor, layout, work)
    push(layout, registry, artifact.repository)
    if artifact.overwritten:
        write(layout + ".overwritten", base, artifact.tag, "as somebody else wants it")
        push(layout + ".overwritten", registry, artifact.repository)
    return descriptor["digest"]


def join_trusted_roots(paths, joined):
    """One trusted root of several: every list is the lists of all, one after the other."""
    roots = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            roots.append(json.load(file))
    both = {"mediaType": roots[0]["mediaType"]}
    for name in ("tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities"):
        both[name] = [entry for root in roots for entry in root.get(name, [])]
    with open(joined, "w", encoding="utf-8") as file:
        json.dump(both, file, indent=1)


def main():
    work, registry = sys.argv[1:]
    os.makedirs(f"{work}/sigstore")
    push_recorded(registry, work)
    digests = {artifact.name: push_fresh(artifact, registry, work) for artifact in FRESH}
    with open(f"{work}/digests.json", "w", encoding="utf-8") as file:
        json.dump(digests, file)
    join_trusted_roots((recorded.TRUSTED_ROOT, f"{work}/sigstore/trusted_root.json"), f"{work}/trusted_root.json")


main()
