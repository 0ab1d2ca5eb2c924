"""Each module registers scenarios; the order here is the order in which they run."""

from cluster.scenarios import (  # noqa: F401
    images, updates, workloads, policy_schema, policies, mutation, pull_secrets, releases, foreign_releases, subcharts,
    release_records, gitops, definitions, certificates, audits, plugin, lifecycle, packaging)
