"""What the definition of VerificationPolicy lets the API server judge by itself."""

import os

from common.tree import ROOT
from cluster.suite import scenario

CORPUS = os.path.join(ROOT, "tests", "policy", "crd")  # files that the reader of policies is tested with, too


@scenario("the API server itself refuses every malformed policy of the corpus, says why, and takes the others")
def refused(cluster):
    for folder in ("refused", "accepted", "not-ready"):
        files = sorted(os.listdir(f"{CORPUS}/{folder}"))
        assert files, folder
        for name in files:
            path = f"{CORPUS}/{folder}/{name}"
            answer = cluster.kubectl.run("create", "--dry-run=server", "-f", path)
            assert answer.succeeded == (folder != "refused"), f"{folder}/{name}\n{answer}"
            for expected in said_by_api(path):
                assert expected in answer.text(), f"{name}: expected {expected!r}\n{answer}"


def said_by_api(path):
    """The texts that the file says the API server answers with."""
    with open(path, encoding="utf-8") as file:
        return [line.removeprefix("# api: ").strip() for line in file if line.startswith("# api: ")]
