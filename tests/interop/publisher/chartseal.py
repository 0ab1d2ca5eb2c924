"""chartseal as a user runs it against the services of this run."""

from common.command import Program
from common.tree import program
from publisher.sigstore import RELEASE


class Chartseal(Program):
    """It asks about the release workflow unless told otherwise."""

    def __init__(self, sigstore):
        super().__init__(program("chartseal"), "chartseal")
        self._sigstore = sigstore

    def trusting(self):
        return "--trusted-root", self._sigstore.trusted_root

    def expecting(self, identity=RELEASE):
        """Flags that say who must have signed, and whom to trust about it."""
        return (*self.trusting(), "--certificate-identity", identity.subject, "--certificate-oidc-issuer", self._sigstore.issuer)

    def verify(self, *references, identity=RELEASE):
        return self.run("verify", "--plain-http", *self.expecting(identity), *references)
