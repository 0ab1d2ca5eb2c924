"""The cluster with chartseal installed in it: what every scenario works with."""

import os

from cluster import installation
from cluster.control_plane import ControlPlane
from cluster.kubectl import Kubectl
from cluster.objects import keyless, node, policy, workload
from cluster.policy_controller import DEFINITIONS
from common.processes import wait_until
from cluster.registry import FORK, RELEASE, RELEASE_ISSUER, RELEASE_SUBJECT, Registry, Signer
from cluster.release_workflow import ReleaseWorkflow
from cluster.webhook import ServingCertificate, Webhook, new_authority

OPT_IN = "chartseal.dev/verify=true"
USER, PASSWORD = "puller", "open-sesame"  # of the private registry


class Cluster:
    """Control plane, registries, and the webhook as manifests/ register it."""

    def __init__(self, directory, processes):
        self.directory = directory
        self.processes = processes
        self.control_plane = ControlPlane(os.path.join(directory, "cluster"), processes)
        self.kubectl = Kubectl(self.control_plane.kubeconfig, directory)
        self.signer = Signer(directory)
        self.registry = Registry(processes, self.signer)
        self.private = Registry(processes, self.signer, "private-registry", (
            "--auth", "basic", "--username", USER, "--password", PASSWORD))
        self.workflow = ReleaseWorkflow(processes, self.signer, directory)
        self.authority = new_authority(os.path.join(directory, "webhook-ca"))
        self.tls = ServingCertificate(os.path.join(directory, "tls"))
        self.tls.use(self.authority)
        self.webhook = None
        self._webhooks = 0
        self._namespaces = 0

    def start(self):
        self.registry.start()
        self._push_images()
        self.private.start()
        self.workflow.start()
        self.control_plane.start()
        self.kubectl.create(node("worker"))
        for definition in DEFINITIONS:
            self.kubectl.create(definition)
        self.install()

    def _push_images(self):
        push = self.registry.push
        self.signed = push("acme/app", "1.2.3", RELEASE)
        self.signed_too = push("acme/web", "2.0", RELEASE)
        self.unsigned = push("acme/app", "dev")
        self.fork = push("acme/app", "fork", FORK)
        self.secluded, self.secluded_too, self.secluded_never = (
            self.private.preload("acme/app", tag, RELEASE) for tag in ("1.0", "1.1", "1.2"))

    # -- chartseal ---------------------------------------------------------------------------------------------------

    def install(self):
        """As docs/operations.md says; the configurations that switch it on come last."""
        objects = installation.rendered(self.kubectl)
        self.configurations = [obj for obj in objects if obj["kind"] in installation.HOOKS]
        for obj in objects:
            if obj not in self.configurations:
                self.kubectl.apply(obj)
        self._write_config()
        self.kubectl.wait_for_definitions()
        self.kubectl.apply(self._release_policy())
        self.webhook = self.start_webhook()
        self.register(self.webhook)
        self.wait_until_enforced()

    def start_webhook(self):
        """A new replica, ready. It runs with the configuration and the permissions that manifests/ give it."""
        self._webhooks += 1
        webhook = Webhook(self.processes, f"webhook-{self._webhooks}", self.tls, (
            "--config", self._path("config.yaml"), "--kubeconfig", self._webhook_kubeconfig(),
            "--trusted-root", self.signer.trusted_root, "--policy-secrets-namespace", "chartseal",
            *(word for each in (self.registry, self.private, self.workflow) for word in ("--plain-http-registry", each.host))))
        webhook.wait_until_ready()
        return webhook

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _webhook_kubeconfig(self):
        """For the service account of the Deployment, so that its ClusterRoles are what the webhook may do."""
        token = self.kubectl.ok("create", "token", "chartseal-webhook", "-n", "chartseal", "--duration=24h").strip()
        return self.control_plane.write_kubeconfig("webhook", {"token": token})

    def _write_config(self):
        """The ConfigMap's file. Outside the cluster its API server comes from a kubeconfig."""
        text = self.kubectl.get("configmap", "chartseal-webhook", "-n", "chartseal")["data"]["config.yaml"]
        lines = [line for line in text.splitlines() if not line.startswith("in-cluster:")]
        with open(self._path("config.yaml"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def _release_policy(self):
        return policy("acme-release", [f"{registry.host}/acme/**" for registry in (self.registry, self.private)],
                      [keyless(RELEASE_ISSUER, RELEASE_SUBJECT)])

    def register(self, webhook, ca_files=None):
        """Applies the webhook configurations of manifests/, with this replica in place of the Service."""
        for configuration in self.configurations:
            self.kubectl.apply(installation.reached_at(
                configuration, webhook.url, ca_files or [self.authority.certificate]))

    def registered(self):
        """The configurations, as arguments of kubectl."""
        return [f"{obj['kind']}/{obj['metadata']['name']}" for obj in self.configurations]

    def wait_until_enforced(self):
        """Until the API server calls what was registered: it notices within a moment."""
        namespace = self.namespace()

        def is_denied():
            answer = namespace.run("create", "--dry-run=server", "-f", "-", stdin=workload("Pod", "probe", self.unsigned))
            return not answer.succeeded and "no-signature" in answer.text()

        wait_until("an unsigned Pod is denied", is_denied)

    # -- for scenarios -----------------------------------------------------------------------------------------------

    def namespace(self, verified=True):
        """A new namespace, switched on."""
        self._namespaces += 1
        name = f"n{self._namespaces}"
        self.kubectl.ok("create", "namespace", name)
        namespace = Namespace(self.kubectl, name)
        wait_until(f"namespace {name} has its service account",
                   lambda: namespace.run("get", "serviceaccount", "default").succeeded)
        if verified:
            namespace.switch_on()
        return namespace

    def logs(self):
        return f"  {self.webhook.process.name}:\n{self.webhook.process.tail(4)}" if self.webhook else ""


class Namespace(Kubectl):
    """kubectl with -n."""

    def __init__(self, kubectl, name):
        super().__init__(kubectl.kubeconfig, kubectl.home, ("-n", name))
        self.name = name

    def switch_on(self):
        self.ok("label", "namespace", self.name, OPT_IN)

    def pods(self, app):
        """Pods of a workload of that name."""
        return self.items("pods", "-l", f"app={app}")

    def wait_for_pods(self, app, count=1, seconds=30):
        return wait_until(lambda: f"{count} Pods of {app}\n{self.run('get', 'events')}",
                          lambda: (pods := self.pods(app)) and len(pods) >= count and pods, seconds)
