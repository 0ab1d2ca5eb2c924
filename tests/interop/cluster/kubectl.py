"""kubectl as a user runs it. What it prints is what the API server answered."""

import json
import os
import subprocess


class Answer:
    """Exit code and output of one command."""

    def __init__(self, command, done):
        self.command = " ".join(command)
        self.succeeded = done.returncode == 0
        self.output = done.stdout
        self.errors = done.stderr

    def __str__(self):
        return f"$ kubectl {self.command}\n{self.output}{self.errors}"

    def text(self):
        return self.output + self.errors


class Kubectl:
    """Commands with one kubeconfig."""

    def __init__(self, kubeconfig, home):
        self._start = (os.environ["CHARTSEAL_KUBECTL"], f"--kubeconfig={kubeconfig}", f"--cache-dir={home}/kubectl")

    def run(self, *arguments, stdin=None):
        """The answer, whatever it is. `stdin` is text, or an object that is sent as JSON."""
        if stdin is not None and not isinstance(stdin, str):
            stdin = json.dumps(stdin)
        done = subprocess.run((*self._start, *arguments), input=stdin or "", capture_output=True, text=True, check=False,
                              timeout=120)
        return Answer(arguments, done)

    def ok(self, *arguments, stdin=None):
        """Its output. It must succeed."""
        answer = self.run(*arguments, stdin=stdin)
        assert answer.succeeded, f"expected success\n{answer}"
        return answer.output

    def denied(self, *arguments, stdin=None, saying):
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
