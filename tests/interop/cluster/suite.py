"""The scenarios of the webhook in front of a real API server; they share one cluster, so one runs at a time."""

from cluster.cluster import Cluster
from common.scenario import Suite

SUITE = Suite("cluster", Cluster)
scenario = SUITE.scenario
