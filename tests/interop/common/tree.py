"""Where things are in the tree."""

import os

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))


def program(name):
    """A program of the release build."""
    return os.path.join(ROOT, "build", "bin", name)
