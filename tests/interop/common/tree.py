"""Where things are."""

import os

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))


def program(name):
    """A program of the release build, or of the build whose bin directory CHARTSEAL_BIN names."""
    return os.path.join(os.environ.get("CHARTSEAL_BIN") or os.path.join(ROOT, "build", "bin"), name)
