"""Files: signed by the one, verified by the other."""

import os

from publisher.sigstore import FORK
from publisher.suite import scenario


def new_file(world, name):
    return world.file(name, f"the content of {name}\n"), world.path(f"{name}.sigstore.json")


def signed_for_cosign(world, rekor):
    path, bundle = new_file(world, f"ours-{rekor}.txt")
    changed = world.file(f"ours-{rekor}-changed.txt", "other content\n")
    kind = f"bundle, Rekor v{rekor}"
    world.chartseal.sign_blob(rekor, path, bundle).expect(0, "SIGNED")
    for cosign in world.cosign.both:
        cosign.verify_blob(kind, path, bundle).expect(0, "Verified OK")
        answer = cosign.verify_blob(kind, path, bundle, *cosign.expecting(FORK))
        assert answer.code != 0 and "expected SAN value" in answer.errors, answer
        answer = cosign.verify_blob(kind, changed, bundle)
        assert answer.code != 0 and "Error: " in answer.errors, answer
    world.chartseal.run("verify-blob", path, "--bundle", bundle, *world.chartseal.expecting()).expect(0, "VERIFIED")


for each_rekor in (1, 2):
    scenario(f"chartseal sign-blob, Rekor v{each_rekor}: cosign 3 and cosign 2 verify-blob accept, and refuse another file and "
             "another identity", signed_for_cosign, each_rekor)


def signed_by_cosign(world, by):
    path, bundle = new_file(world, f"theirs-{by.replace(' ', '-')}.txt")
    cosign = world.cosign.three if "cosign 3" in by else world.cosign.two
    how = cosign.by_config(int(by[-1])) if "cosign 3" in by else ("--new-bundle-format", *cosign.by_services())
    cosign.ok("sign-blob", "--yes", *how, *cosign.with_token(), "--bundle", bundle, path)
    verify = ("verify-blob", "--bundle", bundle)
    world.chartseal.run(*verify, *world.chartseal.expecting(), path).expect(0, "VERIFIED")
    world.chartseal.run(*verify, *world.chartseal.expecting(FORK), path).expect(1, "NOT VERIFIED", "identity-mismatch")
    changed = world.file(f"{os.path.basename(path)}-changed", "other content\n")
    world.chartseal.run(*verify, *world.chartseal.expecting(), changed).expect(1, "NOT VERIFIED")


for each_signer in ("cosign 2, Rekor v1", "cosign 3, Rekor v1", "cosign 3, Rekor v2"):
    scenario(f"sign-blob of {each_signer}: chartseal verify-blob accepts, and refuses another file and another identity",
             signed_by_cosign, each_signer)
