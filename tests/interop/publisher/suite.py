"""The scenarios of publishing and verifying; each works in repositories of its own, so several run at a time."""

from common.scenario import Suite
from publisher.world import World

SUITE = Suite("publisher", World, workers=2)


def scenario(sentence, function=None, *choices):
    """Registers what must hold: as a decorator, or a function that gets the world and these choices."""
    if function is None:
        return SUITE.scenario(sentence)
    return SUITE.scenario(sentence)(lambda world: function(world, *choices))
