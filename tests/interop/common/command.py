"""Programs as a user runs them. What counts is what they answer."""

import os
import subprocess


class Answer:
    """Exit code and output of one command."""

    def __init__(self, command, done):
        self.command = command
        self.code = done.returncode
        self.succeeded = done.returncode == 0
        self.output = done.stdout
        self.errors = done.stderr

    def __str__(self):
        return f"$ {self.command}\n{self.output}{self.errors}(exit code {self.code})"

    def text(self):
        return self.output + self.errors

    def expect(self, code=0, *saying):
        """Itself. It must have that exit code and say every text in `saying`."""
        assert self.code == code, f"expected exit code {code}\n{self}"
        for part in saying:
            assert part in self.text(), f"expected it to say {part!r}\n{self}"
        return self


class Program:
    """One program with the arguments and the environment that all its commands share."""

    def __init__(self, path, name, arguments=(), environment=None):
        self.path = path
        self._start = (path, *arguments)
        self._name = name
        self._environment = environment or {}

    def run(self, *arguments, stdin="", environment=None, directory=None):
        """The answer, whatever it is."""
        done = subprocess.run(
            (*self._start, *arguments), input=stdin, capture_output=True, text=True, check=False, timeout=120, cwd=directory,
            env=self.variables(environment))
        return Answer(f"{self._name} {' '.join(arguments)}", done)

    def variables(self, more=None):
        """The environment of its commands."""
        return {**os.environ, **self._environment, **(more or {})}

    def ok(self, *arguments, **more):
        """Its output. It must succeed."""
        return self.run(*arguments, **more).expect(0).output
