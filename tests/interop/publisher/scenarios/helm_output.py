"""Pipelines that keep `helm push`."""

import subprocess

from common.command import Answer
from publisher.charts import digest_in
from publisher.registries import DEBIAN, GGCR
from publisher.suite import scenario
from publisher.world import HELMS

PIPE = 'set -o pipefail; "$0" push --plain-http "$1" "oci://$2" 2>&1 | "$3" sign --from-helm-output - "${@:4}"'


def piped(world, version, archive, parent):
    """What chartseal says at the end of a real pipe."""
    done = subprocess.run(
        ("bash", "-c", PIPE, world.helms[version].path, archive, parent, world.chartseal.path, "--plain-http",
         *world.chartseal.with_services(2)), env=world.helms[version].variables(world.chartseal.as_workflow()),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120)
    return Answer(f"{version} push 2>&1 | chartseal sign --from-helm-output -", done)


def signed_from_output(world, version):
    chart = world.chart(version="2.0.0+build.7")  # the underscore notice comes after the digest
    answer = piped(world, version, world.helm_archive(chart), f"{world.hosts[DEBIAN]}/charts").expect(0, "SIGNED")
    digest = world.digest_of_tag(DEBIAN, f"charts/{chart.name}", chart.tag)
    assert digest in answer.output, answer
    world.cosign.three.verify("bundle", f"{world.repository(DEBIAN, chart)}@{digest}").expect(0)


for each_version in HELMS:
    scenario(f"{each_version} push 2>&1 | chartseal sign --from-helm-output -: cosign 3 accepts what was pushed", signed_from_output,
             each_version)


@scenario("a failed helm push leaves chartseal sign --from-helm-output nothing to sign")
def failed(world):
    archive = world.helm_archive(world.chart())
    for version in HELMS:
        answer = piped(world, version, archive, "127.0.0.1:1/charts")
        assert answer.code == 3 and "helm-output" in answer.text() and "SIGNED" not in answer.output, answer


@scenario("somebody pushes after helm did: chartseal sign --from-helm-output refuses, and nothing is signed")
def overtaken(world):
    chart = world.chart()
    repository = world.repository(GGCR, chart)
    first = world.helms["helm 4.2"].run("push", "--plain-http", world.helm_archive(chart), f"oci://{world.hosts[GGCR]}/charts")
    chart.write("values.yaml", "greeting: other\n")
    second = world.helm_push("helm 4.2", world.helm_archive(chart, "helm 4.2"), GGCR)
    assert second != digest_in(first)
    world.chartseal.sign("bundle, Rekor v2", None, "--from-helm-output", "-", stdin=first.text()).expect(1, "tag-moved", second)
    for digest in (digest_in(first), second):
        world.cosign.three.verify("bundle", f"{repository}@{digest}").expect(10, "no signatures found")
