"""Records that no helm wrote, created with kubectl."""

import base64
import gzip
import zlib

from cluster.suite import scenario
from cluster.tenant import Tenant

PREFIX = "sh.helm.release.v1."
MEBIBYTE = 1 << 20


def record(name, content, kind="Secret", **more):
    """A record with that under `release`."""
    text = base64.b64encode(content).decode()
    about = {"name": f"{PREFIX}{name}.v1", "labels": {"owner": "helm", "name": name, "status": "deployed", "version": "1"}}
    data = {"release": base64.b64encode(text.encode()).decode() if kind == "Secret" else text}
    typed = {"type": "helm.sh/release.v1"} if kind == "Secret" else {}
    return {"apiVersion": "v1", "kind": kind, "metadata": about, **typed, "data": data, **more}


def bomb(mebibytes):
    """That many MiB of zeros, in gzip."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(MEBIBYTE)) for _ in range(mebibytes)) + packer.flush()


def peak_memory(process_id):
    """In MiB."""
    with open(f"/proc/{process_id}/status", encoding="ascii") as file:
        [peak] = [line for line in file if line.startswith("VmHWM:")]
    return int(peak.split()[1]) / 1024


@scenario("a record that cannot be decoded is denied, by type, by name and by label, in Secrets and in ConfigMaps")
def undecodable(cluster):
    tenant = Tenant(cluster)
    namespace = tenant.namespace

    def refused(obj, reason):
        namespace.denied("create", "-f", "-", stdin=obj, saying=("releases.chartseal.dev", reason, "let helm 3 or 4 write it"))

    for kind in ("Secret", "ConfigMap"):
        refused(record("garbage", b"no record at all", kind), "json-malformed")  # without gzip in front it is JSON
        refused(record("cut", gzip.compress(b'{"name":"cut","version":1}')[:-9], kind), "release-malformed")
        refused(record("twice", gzip.compress(b'{"name":"one","name":"two"}'), kind), "json-malformed")
        nothing = record("empty", b"", kind)
        del nothing["data"]
        refused(nothing, "release-malformed")
    by_name = record("named", b"no record", type="Opaque")
    by_name["metadata"]["labels"] = {}
    refused(by_name, "json-malformed")
    by_label = record("labelled", b"no record", type="Opaque")
    by_label["metadata"]["name"] = "something-else"
    refused(by_label, "json-malformed")
    assert tenant.objects() == [], tenant.objects()


@scenario("a record that unpacks to half a gigabyte is denied, in bounded memory and time")
def gzip_bomb(cluster):
    tenant = Tenant(cluster)
    content = bomb(512)
    assert len(content) < MEBIBYTE * 3 // 4, len(content)
    before = peak_memory(cluster.webhook.process.id)
    tenant.namespace.denied("create", "-f", "-", stdin=record("bomb", content), saying=("limit-exceeded",))
    grown = peak_memory(cluster.webhook.process.id) - before
    assert grown < 160, f"the webhook grew by {grown:.0f} MiB"
    assert tenant.objects() == [], tenant.objects()
