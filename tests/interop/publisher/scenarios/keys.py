"""Key pairs that cosign makes."""

import os

from publisher.registries import DEBIAN, GGCR
from publisher.scenarios.signatures import pushed
from publisher.suite import scenario

PASS_PHRASE = {"COSIGN_PASSWORD": "correct horse"}


def key_pair(cosign, directory):
    """A new pair; the private key is encrypted with PASS_PHRASE."""
    os.makedirs(directory)
    cosign.run("generate-key-pair", directory=directory, environment=PASS_PHRASE).expect(0)
    return os.path.join(directory, "cosign.key"), os.path.join(directory, "cosign.pub")


def signs_with(world, version, registry):
    cosign = world.cosign.both[version - 2]
    key, public = key_pair(cosign, world.path(f"keys-{version}"))
    _, stranger = key_pair(cosign, world.path(f"keys-{version}-stranger"))
    repository, _, digest = pushed(world, registry)
    reference = f"{repository}@{digest}"
    sign = ("sign", "--plain-http", "--key", key)
    refused = world.chartseal.run(*sign, *world.chartseal.with_services(1), reference, environment={"COSIGN_PASSWORD": "wrong"})
    assert refused.code not in (0, 1) and "correct horse" not in refused.text(), refused
    assert cosign.verify("bundle, Rekor v1", reference, "--key", public).code != 0
    world.chartseal.run(*sign, *world.chartseal.with_services(1), reference, environment=PASS_PHRASE).expect(0, "SIGNED")
    for each in world.cosign.both:
        each.verify("bundle, Rekor v1", reference, "--key", public).expect(0, "The cosign claims were validated")
        answer = each.verify("bundle, Rekor v1", reference, "--key", stranger)
        assert answer.code != 0 and "Error: " in answer.errors, answer
    key_flags = (*world.chartseal.trusting(), "--plain-http", reference, "--key")
    world.chartseal.run("verify", *key_flags, public).expect(0, "VERIFIED")
    world.chartseal.run("verify", *key_flags, stranger).expect(1, "NOT VERIFIED")


for each_version, each_registry in ((2, DEBIAN), (3, GGCR)):
    scenario(f"a key pair of cosign {each_version} signs in chartseal: both cosigns accept with its public key, and refuse with "
             "another", signs_with, each_version, each_registry)


@scenario("a key pair of cosign signs in chartseal without any service: cosign 3 accepts when it asks for no log entry")
def air_gapped(world):
    key, public = key_pair(world.cosign.three, world.path("keys-air-gap"))
    repository, _, digest = pushed(world, GGCR)
    reference = f"{repository}@{digest}"
    world.chartseal.run("sign", "--plain-http", *world.chartseal.trusting(), "--key", key, reference,
                        environment=PASS_PHRASE).expect(0, "SIGNED")
    three = world.cosign.three
    three.verify("bundle", reference, "--key", public, "--insecure-ignore-tlog").expect(0, "The cosign claims were validated")
    answer = three.verify("bundle", reference, "--key", public)
    assert answer.code != 0 and "Error: " in answer.errors, answer


@scenario("a key pair of cosign signs in cosign: chartseal verify --key accepts, and refuses another key")
def signed_by_cosign(world):
    three = world.cosign.three
    key, public = key_pair(three, world.path("keys-theirs"))
    _, stranger = key_pair(three, world.path("keys-theirs-stranger"))
    repository, _, digest = pushed(world, GGCR)
    reference = f"{repository}@{digest}"
    three.run("sign", "--yes", "--allow-http-registry", "--key", key, *three.by_config(2), reference,
              environment=PASS_PHRASE).expect(0)
    verify = ("verify", "--plain-http", *world.chartseal.trusting(), reference, "--key")
    world.chartseal.run(*verify, public).expect(0, "VERIFIED")
    world.chartseal.run(*verify, stranger).expect(1, "NOT VERIFIED")
