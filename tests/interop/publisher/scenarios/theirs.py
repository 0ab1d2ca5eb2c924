"""What helm and cosign publish, chartseal verifies."""

from publisher.cosign import LAYOUTS
from publisher.registries import GGCR, NAMES
from publisher.sigstore import FORK
from publisher.suite import scenario
from publisher.world import PREDICATE


def pushed_by_every_helm(world, registry):
    """One archive, pushed by every version; returns (repository, tag, digest)."""
    chart = world.chart(version="1.2.3+build.7")
    archive = world.helm_archive(chart)
    digests = {world.helm_push(version, archive, registry) for version in world.helms_that_push_to(registry)}
    assert len(digests) == 1, f"helm's versions pushed {digests}"
    return world.repository(registry, chart), chart.tag, digests.pop()


def verified_and_refused(world, registry, layout):
    repository, tag, digest = pushed_by_every_helm(world, registry)
    world.chartseal.verify(f"{repository}@{digest}").expect(1, "NOT VERIFIED", "no-signature")
    world.cosign.sign(layout, f"{repository}@{digest}")
    for reference in (f"{repository}@{digest}", f"{repository}:{tag}", f"oci://{repository}:{tag}@{digest}"):
        answer = world.chartseal.verify(reference).expect(0, "VERIFIED", digest)
        assert "NOT VERIFIED" not in answer.output, answer
    world.chartseal.verify(f"{repository}:{tag}", identity=FORK).expect(1, "NOT VERIFIED", "identity-mismatch")


for each_registry in NAMES:
    for each_layout in LAYOUTS:
        scenario(f"pushed by helm and signed by {each_layout} ({each_registry}): chartseal verify accepts, and refuses for "
                 "another identity", verified_and_refused, each_registry, each_layout)


def attestation_verified(world, layout):
    chart = world.chart()
    digest = world.helm_push("helm 4.2", world.helm_archive(chart), GGCR)
    reference = f"{world.repository(GGCR, chart)}@{digest}"
    world.cosign.attest(layout, reference, "slsaprovenance1", world.file("predicate.json", PREDICATE))
    of_type = ("verify-attestation", "--plain-http", "--type")
    accepted = world.chartseal.run(*of_type, "slsaprovenance1", *world.chartseal.expecting(), reference)
    accepted.expect(0, "VERIFIED", "https://slsa.dev/provenance/v1")
    world.chartseal.run(*of_type, "spdxjson", *world.chartseal.expecting(), reference).expect(1, "NOT VERIFIED")
    world.chartseal.run(*of_type, "slsaprovenance1", *world.chartseal.expecting(FORK), reference).expect(
        1, "NOT VERIFIED", "identity-mismatch")
    world.chartseal.verify(reference).expect(1, "NOT VERIFIED", "no-signature")


for each_layout in LAYOUTS:
    scenario(f"attested by {each_layout}: chartseal verify-attestation accepts, refuses another type and another identity, and "
             "does not take it for a signature", attestation_verified, each_layout)
