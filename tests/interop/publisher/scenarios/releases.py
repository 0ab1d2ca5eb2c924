"""chartseal publish, and what users of helm and cosign make of the result."""

import json
import os

from publisher.chartseal import PLAIN
from publisher.registries import DEBIAN, GGCR, NAMES
from publisher.sigstore import FORK, RELEASE
from publisher.suite import scenario
from publisher.world import digest_of_bytes, file_bytes

CONTENT = "https://chartseal.dev/attestation/chart-content/v1"


def publish(world, chart, registry, *more, rekor=2, identity=RELEASE, variables=None):
    environment = {"SOURCE_DATE_EPOCH": "1700000000", **world.chartseal.as_workflow(identity), **(variables or {})}
    return world.chartseal.run("publish", chart.directory, f"oci://{world.hosts[registry]}/charts", PLAIN,
                               *world.chartseal.with_services(rekor), "--output", "json", *more, environment=environment)


def published(world, registry, rekor):
    chart = world.chart(version="1.2.3+build.7")
    outputs = world.path(f"outputs-{chart.name}")
    done = json.loads(publish(world, chart, registry, rekor=rekor, variables={"GITHUB_OUTPUT": outputs}).expect(0).output)
    reference = f"{world.repository(registry, chart)}@{done['digest']}"
    assert world.digest_of_tag(registry, f"charts/{chart.name}", chart.tag) == done["digest"], done
    with open(outputs, encoding="utf-8") as file:
        assert f"digest={done['digest']}" in file.read()
    for version, helm in world.helms.items():
        out = world.path(f"{chart.name}/{version.replace(' ', '')}")
        os.makedirs(out)
        helm.run("pull", "--plain-http", f"oci://{world.repository(registry, chart)}", "--version", chart.version,
                 "--destination", out).expect(0, f"Digest: {done['digest']}")
        [name] = os.listdir(out)
        assert digest_of_bytes(file_bytes(os.path.join(out, name))) == done["archiveDigest"], done
    accepted_by_everybody(world, reference, f"bundle, Rekor v{rekor}")
    again = json.loads(publish(world, chart, registry, rekor=rekor).expect(0).output)
    assert again["digest"] == done["digest"], again


def accepted_by_everybody(world, reference, kind):
    for cosign in world.cosign.both:
        cosign.verify(kind, reference).expect(0, "The cosign claims were validated")
        cosign.verify_attestation(kind, reference, CONTENT).expect(0, "The cosign claims were validated")
        assert cosign.verify(kind, reference, *cosign.expecting(FORK)).code != 0
        assert cosign.verify_attestation(kind, reference, "slsaprovenance1").code != 0
    world.chartseal.verify(reference).expect(0, "VERIFIED")
    world.chartseal.run("verify-attestation", PLAIN, "--type", CONTENT, *world.chartseal.expecting(), reference).expect(0)
    world.chartseal.verify(reference, identity=FORK).expect(1, "NOT VERIFIED", "identity-mismatch")


for each_registry, each_rekor in zip(NAMES, (2, 1, 2, 2)):
    scenario(f"chartseal publish, Rekor v{each_rekor} ({each_registry}): every helm pulls it, both cosigns and chartseal verify "
             "signature and content attestation, and a second run changes nothing", published, each_registry, each_rekor)


@scenario("chartseal publish as a workflow that is not the demanded one is a definite no, nothing is pushed, and neither cosign accepts the chart")
def demanded(world):
    chart = world.chart()
    answer = publish(world, chart, GGCR, "--certificate-identity", RELEASE.subject, "--certificate-oidc-issuer",
                     world.sigstore.issuer, identity=FORK)
    answer.expect(1, RELEASE.subject, FORK.subject, "nothing was pushed yet")
    for cosign in world.cosign.both:
        refused = cosign.verify("bundle, Rekor v2", f"{world.repository(GGCR, chart)}:{chart.tag}")
        assert refused.code != 0 and "Error: " in refused.errors, refused


@scenario("chartseal publish finishes what another run left unsigned: helm pushed, then publish signs the same digest")
def finishes(world):
    chart = world.chart()
    out = world.path(f"half/{chart.name}")
    os.makedirs(out)
    world.chartseal.package(chart, out, 1_700_000_000).expect(0)
    archive = os.path.join(out, os.listdir(out)[0])
    os.utime(archive, (1_700_000_000, 1_700_000_000))
    digest = world.helm_push("helm 4.2", archive, DEBIAN)
    done = json.loads(publish(world, chart, DEBIAN).expect(0).output)
    assert done["digest"] == digest, done
    accepted_by_everybody(world, f"{world.repository(DEBIAN, chart)}@{digest}", "bundle, Rekor v2")
