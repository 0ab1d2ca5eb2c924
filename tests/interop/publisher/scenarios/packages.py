"""What chartseal package makes, helm takes for its own."""

import os
import tarfile

from common.helm import Helm
from publisher.charts import digest_in
from publisher.registries import DEBIAN
from publisher.suite import scenario
from publisher.world import HELMS

TIME = 1_700_000_000


def packaged(world, chart):
    """The path of chartseal's archive."""
    out = world.path(f"ours/{chart.name}")
    os.makedirs(out, exist_ok=True)
    world.chartseal.package(chart, out, TIME).expect(0)
    [name] = os.listdir(out)
    assert name == f"{chart.name}-{chart.version}.tgz", name
    return os.path.join(out, name)


def content(archive):
    """Names and bytes, in the order of the archive."""
    with tarfile.open(archive, "r:gz") as tar:
        return [(member.name, tar.extractfile(member).read()) for member in tar.getmembers()]


def the_same_to_helm(world, version):
    helm, chart = world.helms[version], world.chart(version="1.2.3-rc.1+build.7")
    ours, theirs = packaged(world, chart), world.helm_archive(chart, version)
    assert dict(content(ours)) == dict(content(theirs)), [[name for name, _ in content(each)] for each in (ours, theirs)]
    assert not any("left.swp" in name for name, _ in content(ours))
    for what in ("chart", "values", "readme", "all"):
        assert helm.ok("show", what, ours) == helm.ok("show", what, theirs)
    helm.run("lint", "--strict", ours).expect(0, "1 chart(s) linted, 0 chart(s) failed")
    rendered = helm.ok("template", "release", ours, "--set", "greeting=good day")
    assert "greeting: \"good day\"" in rendered and "part-of" in rendered, rendered
    assert rendered == helm.ok("template", "release", theirs, "--set", "greeting=good day")


for each_version in HELMS:
    scenario(f"{each_version} shows, lints and renders what chartseal package made as it does its own package, file by file",
             the_same_to_helm, each_version)


@scenario("chartseal package makes the same bytes from another directory, in another time zone and with other file times")
def reproducible(world):
    chart = world.chart()
    first = packaged(world, chart)
    copy = world.copy_of(chart)
    for folder, _, names in os.walk(copy.directory):
        for name in names:
            os.utime(os.path.join(folder, name), (1_000_000_000, 1_000_000_000))
    out = world.path(f"again/{chart.name}")
    os.makedirs(out)
    world.chartseal.run("package", copy.directory, "-d", out,
                        environment={"SOURCE_DATE_EPOCH": str(TIME), "TZ": "America/New_York", "LC_ALL": "C"}).expect(0)
    with open(first, "rb") as one, open(os.path.join(out, os.path.basename(first)), "rb") as other:
        assert one.read() == other.read()


def installed(world, version):
    chart, registry = world.chart(), world.hosts[DEBIAN]
    digest = digest_in(world.chartseal.push(packaged(world, chart), f"{registry}/charts", TIME).expect(0))
    kubectl, kubeconfig = world.cluster()
    helm = Helm(version, world.path(f"installs-{version.replace(' ', '')}"), kubeconfig)
    release, where = f"release-{chart.name}", ("--namespace", chart.name)
    source = (f"oci://{registry}/charts/{chart.name}", "--version", chart.version, "--plain-http")
    said = helm.run("install", release, *source, *where, "--create-namespace").expect(0, "STATUS: deployed")
    assert digest in said.text(), f"expected the digest that chartseal pushed, {digest}\n{said}"
    data = kubectl.get("configmap", f"{release}-{chart.name}", "-n", chart.name)["data"]
    assert data == {"greeting": "hello", "notes": "line one\nline two\n"}, data
    helm.run("upgrade", release, *source, *where, "--set", "greeting=again").expect(0, "has been upgraded")
    assert kubectl.get("configmap", f"{release}-{chart.name}", "-n", chart.name)["data"]["greeting"] == "again"
    helm.run("uninstall", release, *where).expect(0, "uninstalled")
    assert kubectl.items("configmap", "-n", chart.name, "-l", "made-by=interop") == []


for each_version in ("helm 3.17", "helm 4.2"):
    scenario(f"{each_version} installs, from oci://, what chartseal packaged and pushed, into a real API server", installed,
             each_version)
