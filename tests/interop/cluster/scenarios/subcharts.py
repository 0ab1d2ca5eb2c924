"""Vendored subcharts, which helm does not record: what the release shows of them is held against the signed chart."""

from cluster.charts import PART, SIDE_WITH_ACTION
from cluster.suite import scenario
from cluster.tenant import Tenant, admitted, denied
from common.helm import MAJORS


def verbatim_changed(cluster, version, unbound):
    """A template without actions stands in the manifest as it was signed, or it is not that subchart."""
    tenant = Tenant(cluster, version, unbound)
    chart = tenant.changed(tenant.published(), "changed")
    chart.replace(PART, "from: the vendored chart", "from: somebody else")
    answer = tenant.install(chart.directory)
    if unbound == "deny":
        denied(answer, "subchart-mismatch", "side")
        assert tenant.objects() == [], tenant.objects()
    else:
        admitted(answer, *(("subchart-mismatch",) if unbound == "warn" else ()))
        assert unbound == "warn" or "Warning" not in answer.text(), answer


def with_actions(cluster, version, unbound):
    """What a template with actions renders to cannot be held against anything."""
    tenant = Tenant(cluster, version, unbound)
    chart = tenant.published(files={PART: SIDE_WITH_ACTION})
    answer = tenant.install(*tenant.source(chart))
    if unbound == "deny":
        denied(answer, "subchart-unbound", "side")
        assert tenant.objects() == [], tenant.objects()
    else:
        admitted(answer, *(("subchart-unbound",) if unbound == "warn" else ()))
        assert unbound == "warn" or "Warning" not in answer.text(), answer


for each in MAJORS:
    for policy in ("deny", "warn", "allow"):
        scenario(f"{each}: a vendored subchart with a changed document, under unboundSubcharts {policy}", verbatim_changed, each, policy)
        scenario(f"{each}: a vendored subchart whose templates have actions, under unboundSubcharts {policy}", with_actions, each, policy)
