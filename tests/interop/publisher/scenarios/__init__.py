"""Each module registers scenarios; the order here is the order in which they begin."""

from publisher.scenarios import theirs, packages, likeness, pushes  # noqa: F401
