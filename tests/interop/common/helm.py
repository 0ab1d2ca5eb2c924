"""helm as a user runs it."""

import os

from common.command import Program

MAJORS = {"helm 3": "helm 3.17", "helm 4": "helm 4.2"}  # the version that stands for each


class Helm(Program):
    """Commands of one version. The variable CHARTSEAL_HELM_3_17 names the program of "helm 3.17"."""

    def __init__(self, version, home, kubeconfig=os.devnull):
        folder = os.path.join(home, version.replace(" ", ""))
        super().__init__(os.environ["CHARTSEAL_" + version.upper().replace(" ", "_").replace(".", "_")], version, environment={
            "KUBECONFIG": kubeconfig, "HELM_CACHE_HOME": folder, "HELM_CONFIG_HOME": folder, "HELM_DATA_HOME": folder})
