"""The scenarios of publishing and verifying; each works in repositories of its own, so several run at a time."""

from common.scenario import Suite
from publisher.world import World

SUITE = Suite("publisher", World, workers=2)
scenario = SUITE.scenario


def scenarios(sentence, **choices):
    """Registers one scenario for each value of the one choice, which is put into the sentence and given to the function."""
    [(name, values)] = choices.items()

    def register(function):
        for value in values:
            scenario(sentence.format(**{name: value}))(lambda world, value=value: function(world, value))
        return function

    return register
