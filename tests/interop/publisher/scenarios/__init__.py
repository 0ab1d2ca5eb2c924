"""Each module registers scenarios; the order here is the order in which they begin."""

from publisher.scenarios import (  # noqa: F401
    theirs, packages, likeness, pushes, signatures, blobs, keys, helm_output, releases)
