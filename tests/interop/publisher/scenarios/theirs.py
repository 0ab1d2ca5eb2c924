"""What helm and cosign publish, chartseal verifies."""

from publisher.cosign import LAYOUTS
from publisher.registries import NAMES, OLAREG
from publisher.sigstore import FORK
from publisher.suite import scenario
from publisher.world import HELMS


def pushed_by_every_helm(world, registry):
    """One archive, pushed by every version; returns (repository, tag, digest)."""
    chart = world.chart(version="1.2.3+build.7")
    archive = world.helm_archive(chart)
    # olareg 0.1.1 does not take the uploads of helm 3.16 and 3.17: "invalid checksum digest format".
    versions = [version for version in HELMS if registry != OLAREG or not version.startswith("helm 3")]
    digests = {world.helm_push(version, archive, registry) for version in versions}
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
                 "another identity")(
            lambda world, registry=each_registry, layout=each_layout: verified_and_refused(world, registry, layout))
