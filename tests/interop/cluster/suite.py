"""The scenarios of the webhook in front of a real API server; they share one cluster, so one runs at a time."""

from cluster.cluster import Cluster
from common.scenario import Suite

SUITE = Suite("cluster", Cluster)


def scenario(sentence, function=None, *choices):
    """Registers what must hold: as a decorator, or a function that gets the cluster and these choices."""
    if function is None:
        return SUITE.scenario(sentence)
    return SUITE.scenario(sentence)(lambda cluster: function(cluster, *choices))
