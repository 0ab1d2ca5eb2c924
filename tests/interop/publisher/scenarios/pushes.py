"""What chartseal pushes is what helm pushes."""

import os

from publisher.charts import digest_in
from publisher.registries import DEBIAN, NAMES
from publisher.suite import scenario
from publisher.world import file_bytes


def equal_digests(world, registry):
    chart = world.chart(version="0.4.0+build.7")
    archive = world.helm_archive(chart)
    seconds = int(os.stat(archive).st_mtime)
    ours = digest_in(world.chartseal.push(archive, f"{world.hosts[registry]}/ours", seconds).expect(0, "Pushed: "))
    assert ours == world.digest_of_tag(registry, f"ours/{chart.name}", chart.tag)
    for version in world.helms_that_push_to(registry):
        folder = version.replace(" ", "").replace(".", "-")
        assert world.helm_push(version, archive, registry, folder) == ours, version
        assert world.manifest(registry, f"{folder}/{chart.name}", ours) == world.manifest(registry, f"ours/{chart.name}", ours)
        # Each finds the other's push in place.
        assert world.helm_push(version, archive, registry, "ours") == ours, version
        assert digest_in(world.chartseal.push(archive, f"{world.hosts[registry]}/{folder}", seconds).expect(0)) == ours
    for version, helm in world.helms.items():
        out = world.path(f"pulled/{registry}/{version.replace(' ', '')}")
        os.makedirs(out)
        helm.run("pull", "--plain-http", f"oci://{world.repository(registry, chart, 'ours')}", "--version", chart.version,
                 "--destination", out).expect(0, f"Digest: {ours}")
        [name] = os.listdir(out)
        assert file_bytes(os.path.join(out, name)) == file_bytes(archive)


for each_registry in NAMES:
    scenario(f"chartseal push gives the digest and the manifest that every helm push gives, and every helm pulls it "
             f"({each_registry})", equal_digests, each_registry)


def taken_tag(world, registry):
    chart = world.chart()
    first = world.helm_archive(chart)
    theirs = world.helm_push("helm 4.2", first, registry)
    chart.write("values.yaml", "greeting: other\n")
    other = world.helm_archive(chart, "helm 3.17")
    world.chartseal.push(other, f"{world.hosts[registry]}/charts", 1_700_000_000).expect(1, "tag-conflict", theirs)
    assert world.digest_of_tag(registry, f"charts/{chart.name}", chart.tag) == theirs


for each_registry in NAMES:
    scenario(f"chartseal push leaves a tag alone that helm pushed with other content ({each_registry})", taken_tag, each_registry)


@scenario("chartseal push sends helm's provenance file as helm does")
def provenance(world):
    chart = world.chart()
    archive = world.helm_archive(chart)
    with open(f"{archive}.prov", "w", encoding="utf-8") as file:
        file.write("-----BEGIN PGP SIGNED MESSAGE-----\n(of no meaning here)\n")
    seconds = int(os.stat(archive).st_mtime)
    ours = digest_in(world.chartseal.push(archive, f"{world.hosts[DEBIAN]}/ours", seconds).expect(0))
    assert world.helm_push("helm 4.2", archive, DEBIAN) == ours
    assert b"provenance.v1.prov" in world.manifest(DEBIAN, f"ours/{chart.name}", ours)
