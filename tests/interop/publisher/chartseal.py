"""chartseal as a user runs it against the services of this run."""

from common.command import Program
from common.tree import program
from publisher.sigstore import RELEASE

PLAIN = "--plain-http"
# What verify says of each layout and log, and how chartseal is told to write it: (kind for cosign, layout, version of Rekor).
WAYS = {
    "bundle, Rekor v2": ("bundle", 2), "bundle, Rekor v1": ("bundle", 1), "legacy, Rekor v1": ("legacy", 1),
    "both layouts, Rekor v1": ("both", 1),
}


class Chartseal(Program):
    """It acts for the release workflow, and asks about it, unless told otherwise."""

    def __init__(self, sigstore):
        super().__init__(program("chartseal"), "chartseal")
        self._sigstore = sigstore

    def trusting(self):
        return "--trusted-root", self._sigstore.trusted_root

    def expecting(self, identity=RELEASE):
        """Flags that say who must have signed, and whom to trust about it."""
        return (*self.trusting(), "--certificate-identity", identity.subject, "--certificate-oidc-issuer", self._sigstore.issuer)

    def with_services(self, rekor=2):
        return "--signing-config", self._sigstore.signing_configs[rekor], *self.trusting()

    def as_workflow(self, identity=RELEASE):
        """The environment of a job of that workflow."""
        return {"SIGSTORE_ID_TOKEN": self._sigstore.token(identity)}

    def verify(self, *references, identity=RELEASE):
        return self.run("verify", PLAIN, *self.expecting(identity), *references)

    def sign(self, way, reference, *more, identity=RELEASE, stdin=""):
        """Signs in one of WAYS."""
        layout, rekor = WAYS[way]
        return self.run("sign", PLAIN, *self.with_services(rekor), "--layout", layout, *more, *((reference,) if reference else ()),
                        environment=self.as_workflow(identity), stdin=stdin)

    def attest(self, way, reference, predicate_type, predicate):
        layout, rekor = WAYS[way]
        return self.run("attest", PLAIN, *self.with_services(rekor), "--layout", layout, "--type", predicate_type, "--predicate",
                        predicate, reference, environment=self.as_workflow())

    def sign_blob(self, rekor, path, bundle):
        return self.run("sign-blob", *self.with_services(rekor), "--bundle", bundle, path, environment=self.as_workflow())

    def package(self, chart, out, seconds):
        """Packages with that time, in seconds since 1970."""
        return self.run("package", chart.directory, "-d", out, environment={"SOURCE_DATE_EPOCH": str(seconds)})

    def push(self, archive, parent, seconds):
        return self.run("push", PLAIN, archive, f"oci://{parent}", environment={"SOURCE_DATE_EPOCH": str(seconds)})
