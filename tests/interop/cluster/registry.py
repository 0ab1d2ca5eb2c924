"""A registry with signed and unsigned images, by the sandbox."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager

from common.processes import free_port, wait_until
from common.tree import ROOT, program

sys.path.append(os.path.join(ROOT, "tests", "demo"))
from content import write_image  # noqa: E402  (the demo makes its images the same way)

SANDBOX = program("chartseal-sandbox")
RELEASE = ("--repository", "acme/app", "--workflow", "release.yml", "--ref", "refs/tags/v1.2.3")
FORK = ("--repository", "mallory/app", "--workflow", "release.yml", "--ref", "refs/tags/v1.2.3")
RELEASE_ISSUER = "https://token.actions.githubusercontent.com"
RELEASE_SUBJECT = r"https://github\.com/acme/app/\.github/workflows/release\.yml@refs/tags/v.+"


def run_sandbox(*arguments):
    done = subprocess.run((SANDBOX, *arguments), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"chartseal-sandbox {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


class Signer:
    """A private Sigstore: mints signatures, and says in trusted_root.json how they are verified."""

    def __init__(self, directory):
        self._directory = os.path.join(directory, "sigstore")
        self._layouts = os.path.join(directory, "layouts")
        self._count = 0
        self._sizes = {}
        os.makedirs(self._directory)
        self.state = os.path.join(self._directory, "state.json")  # keys and logs
        self.trusted_root = os.path.join(self._directory, "trusted_root.json")

    def image(self, name, tag, signed_by=None):
        """A new image, in an OCI layout with its signature; returns (layout directory, digest)."""
        self._count += 1
        layout = os.path.join(self._layouts, str(self._count))
        descriptor = write_image(layout, os.path.basename(name), tag, f"build {self._count}")
        self._sizes[descriptor["digest"]] = descriptor["size"]
        if signed_by:
            self.sign(layout, descriptor["digest"], signed_by)
        return layout, descriptor["digest"]

    def sign(self, layout, digest, signed_by):
        """Adds a signature to the layout."""
        run_sandbox("mint", "--state", self._directory, "--out", layout, "--digest", digest,
                    "--subject-size", str(self._sizes[digest]), "--rekor", "2", *signed_by)


class Registry:
    """chartseal-sandbox registry on loopback."""

    def __init__(self, processes, signer, name="registry", options=()):
        self._processes = processes
        self._signer = signer
        self._name = name
        self._options = options
        self.host = f"127.0.0.1:{free_port()}"
        self._pushed = []
        self._process = None
        self._starts = 0

    @contextmanager
    def away(self):
        """It is, inside; and back with everything that was pushed however that ends."""
        self._process.stop(1)  # it would wait for kept connections
        try:
            yield
        finally:
            self.start()

    def start(self):
        self._starts += 1
        layouts = [word for layout, name in self._pushed for word in ("--layout", f"{layout}={name}")]
        self._process = self._processes.start(
            self._name, (SANDBOX, "registry", "--listen", self.host, *self._options, *layouts))
        wait_until("the registry is ready", self._is_ready)

    def push(self, name, tag, signed_by=None):
        """Builds, signs and pushes an image; returns "HOST/NAME@DIGEST"."""
        return self.push_layout(name, *self._signer.image(name, tag, signed_by))

    def preload(self, name, tag, signed_by=None):
        """Like push(), before start(): for a registry that wants credentials, which push() has not."""
        layout, digest = self._signer.image(name, tag, signed_by)
        self._pushed.append((layout, name))
        return f"{self.host}/{name}@{digest}"

    def push_layout(self, name, layout, digest):
        """Pushes what the layout holds now."""
        run_sandbox("push-layout", layout, f"{self.host}/{name}")
        self._pushed.append((layout, name))
        return f"{self.host}/{name}@{digest}"

    def _is_ready(self):
        if not self._process.is_running():
            raise RuntimeError(f"{self._name} ended while it was starting\n{self._process.tail()}")
        with open(self._process.log, encoding="utf-8") as file:
            return len(re.findall(r"^registry ready", file.read(), re.MULTILINE)) == self._starts
