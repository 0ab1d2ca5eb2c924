"""kubectl as a user runs it. What it prints is what the API server answered."""

import json
import os

from common.command import Program
from common.processes import wait_until


class Kubectl(Program):
    """Commands with one kubeconfig. What goes to `stdin` is text, or an object that is sent as JSON."""

    def __init__(self, kubeconfig, home, arguments=()):
        self.kubeconfig, self.home = kubeconfig, home
        super().__init__(os.environ["CHARTSEAL_KUBECTL"], "kubectl", (
            f"--kubeconfig={kubeconfig}", f"--cache-dir={home}/kubectl", *arguments))

    def run(self, *arguments, stdin="", **more):
        return super().run(*arguments, stdin=stdin if isinstance(stdin, str) else json.dumps(stdin), **more)

    def denied(self, *arguments, stdin="", saying):
        """The text of the refusal. It must be refused by our webhook, with every text in `saying`."""
        answer = self.run(*arguments, stdin=stdin)
        assert not answer.succeeded, f"expected a denial\n{answer}"
        for part in ("denied the request", *saying):
            assert part in answer.text(), f"expected a denial with {part!r}\n{answer}"
        return answer.text()

    def get(self, *arguments):
        """An object, or a list of objects, as JSON."""
        return json.loads(self.ok("get", "-o", "json", *arguments))

    def items(self, *arguments):
        return self.get(*arguments)["items"]

    def create(self, obj):
        return self.ok("create", "-f", "-", stdin=obj)

    def apply(self, obj):
        return self.ok("apply", "-f", "-", stdin=obj)

    def wait_for_definitions(self):
        """Until every kind is served. `kubectl wait` gives up on a definition that has no conditions yet."""
        wait_until("every CustomResourceDefinition is established", lambda: all(map(is_established, self.items("crd"))), 30)


def is_established(definition):
    conditions = definition.get("status", {}).get("conditions") or ()
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
