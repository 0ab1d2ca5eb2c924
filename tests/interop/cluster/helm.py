"""helm as a user runs it, of both major versions."""

import os
import subprocess

from registry import ROOT

CHART = os.path.join(ROOT, "helm", "chartseal")
VERSIONS = {"helm 3": "CHARTSEAL_HELM3", "helm 4": "CHARTSEAL_HELM4"}


class Helm:
    """Commands of one version with one kubeconfig."""

    def __init__(self, version, kubeconfig, home):
        self._program = os.environ[VERSIONS[version]]
        folder = os.path.join(home, version.replace(" ", ""))
        self._environment = {**os.environ, "KUBECONFIG": kubeconfig, "HELM_CACHE_HOME": folder, "HELM_CONFIG_HOME": folder,
                             "HELM_DATA_HOME": folder}

    def run(self, *arguments, stdin=""):
        return subprocess.run((self._program, *arguments), input=stdin, env=self._environment, capture_output=True, text=True,
                              check=False, timeout=120)

    def ok(self, *arguments, stdin=""):
        """Its output. It must succeed."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 0, f"expected success\n$ helm {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout
