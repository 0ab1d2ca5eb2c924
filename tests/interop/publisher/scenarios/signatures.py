"""What chartseal signs and attests, cosign verifies."""

import json

from publisher.chartseal import WAYS
from publisher.cosign import OTHER_IDENTITY
from publisher.registries import DEBIAN, GGCR, NAMES
from publisher.sigstore import FORK, RELEASE
from publisher.suite import scenario
from publisher.world import PREDICATE


def kinds(way, cosign):
    """What that cosign can look at: where there is a bundle, only cosign 3 can still be told to look at the `.sig` tag."""
    if way.startswith("both"):
        return ("bundle, Rekor v1", "legacy, Rekor v1") if cosign.version == 3 else ("bundle, Rekor v1",)
    return (way, "any") if cosign.version == 3 else (way,)


def pushed(world, registry):
    """A chart, pushed by helm: (its repository, its tag, its digest)."""
    chart = world.chart()
    digest = world.helm_push("helm 4.2", world.helm_archive(chart), registry)
    return world.repository(registry, chart), chart.tag, digest


def signed_for_cosign(world, registry, way):
    repository, tag, digest = pushed(world, registry)
    reference = f"{repository}@{digest}"
    for cosign in world.cosign.both:
        assert cosign.verify(kinds(way, cosign)[0], reference).code != 0
    world.chartseal.sign(way, f"{repository}:{tag}").expect(0, "SIGNED", digest)
    for cosign in world.cosign.both:
        for kind in kinds(way, cosign):
            answer = cosign.verify(kind, reference).expect(0, "The cosign claims were validated")
            [claims] = json.loads(answer.output.strip().splitlines()[0])
            assert claims["critical"]["image"]["docker-manifest-digest"] == digest, answer
            wording = OTHER_IDENTITY["legacy" if "legacy" in (kind if kind != "any" else way) else "bundle"]
            answer = cosign.verify(kind, reference, *cosign.expecting(FORK))
            assert answer.code != 0 and wording in answer.errors, answer
    world.chartseal.verify(reference).expect(0, "VERIFIED")
    world.chartseal.verify(f"{repository}:{tag}", identity=FORK).expect(1, "NOT VERIFIED", "identity-mismatch")


for each_registry in NAMES:
    for each_way in WAYS:
        scenario(f"signed by chartseal sign, {each_way} ({each_registry}): cosign 3 and cosign 2 accept, and refuse for another "
                 "identity", signed_for_cosign, each_registry, each_way)


@scenario("chartseal sign refuses to write the legacy layout with Rekor v2, and writes nothing")
def legacy_needs_promises(world):
    repository, _, digest = pushed(world, GGCR)
    answer = world.chartseal.run(
        "sign", "--plain-http", *world.chartseal.with_services(2), "--layout", "legacy", f"{repository}@{digest}",
        environment=world.chartseal.as_workflow())
    assert answer.code in (2, 3) and "Rekor v1" in answer.text(), answer
    world.cosign.three.verify("legacy", f"{repository}@{digest}").expect(10, "no signatures found")


def added(world, registry):
    repository, _, digest = pushed(world, registry)
    reference, two, three = f"{repository}@{digest}", world.cosign.two, world.cosign.three
    world.cosign.sign("cosign 3, bundle, Rekor v1", reference, FORK)
    world.cosign.sign("cosign 2, legacy", reference, FORK)
    world.chartseal.sign("both layouts, Rekor v1", reference).expect(0)
    for identity in (FORK, RELEASE):
        for kind in ("bundle", "legacy"):
            three.verify(kind, reference, *three.expecting(identity)).expect(0)
        two.verify("bundle, Rekor v1", reference, *two.expecting(identity)).expect(0)
    world.cosign.attest("cosign 3, bundle, Rekor v1", reference, "slsaprovenance1",
                        world.file(f"predicate-{digest[-9:]}.json", PREDICATE))
    three.verify_attestation("bundle", reference, "slsaprovenance1").expect(0)
    world.chartseal.verify(reference).expect(0, "VERIFIED")


for each_registry in NAMES:
    scenario(f"chartseal and cosign add signatures to one digest, in both layouts, and none is lost ({each_registry})", added,
             each_registry)


def attested_for_cosign(world, registry, way):
    repository, _, digest = pushed(world, registry)
    reference = f"{repository}@{digest}"
    predicate = world.file(f"predicate-{digest[-9:]}.json", PREDICATE)
    world.chartseal.attest(way, reference, "slsaprovenance1", predicate).expect(0, "ATTESTED", digest)
    for cosign in world.cosign.both:
        for kind in kinds(way, cosign):
            cosign.verify_attestation(kind, reference, "slsaprovenance1").expect(0, "The cosign claims were validated")
            for refused in (cosign.verify_attestation(kind, reference, "spdxjson"),
                            cosign.verify_attestation(kind, reference, "slsaprovenance1", *cosign.expecting(FORK))):
                assert refused.code != 0 and "Error: " in refused.errors, refused
    world.chartseal.run("verify-attestation", "--plain-http", "--type", "slsaprovenance1", *world.chartseal.expecting(),
                        reference).expect(0, "VERIFIED")


for each_registry, each_way in ((DEBIAN, "bundle, Rekor v2"), (DEBIAN, "legacy, Rekor v1"), (GGCR, "bundle, Rekor v1"),
                                (GGCR, "both layouts, Rekor v1")):
    scenario(f"attested by chartseal attest, {each_way} ({each_registry}): cosign 3 and cosign 2 accept, and refuse another type "
             "and another identity", attested_for_cosign, each_registry, each_way)
