"""cosign 2 and cosign 3 as a user runs them against the services of this run."""

import os

from common.command import Program
from publisher.sigstore import RELEASE

# How a signature is laid out and logged, by the words of the scenarios.
LAYOUTS = ("cosign 2, legacy", "cosign 2, bundle", "cosign 3, legacy", "cosign 3, bundle, Rekor v1", "cosign 3, bundle, Rekor v2")
PLAIN = "--allow-http-registry"


class Cosign(Program):
    """One version; it asks about the release workflow unless told otherwise."""

    def __init__(self, version, sigstore):
        self._sigstore = sigstore
        keys = sigstore.keys
        # What cosign 2, and cosign 3 without a signing config, trust.
        super().__init__(os.environ[f"CHARTSEAL_COSIGN{version}"], f"cosign {version}", environment={
            "SIGSTORE_ROOT_FILE": f"{keys}/chain.pem", "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE": f"{keys}/ctlog.pub.pem",
            "SIGSTORE_REKOR_PUBLIC_KEY": f"{keys}/rekor1.pub.pem", "COSIGN_PASSWORD": ""})

    def by_services(self):
        """Flags for signing without a signing config: Fulcio and Rekor v1."""
        return "--fulcio-url", self._sigstore.fulcio, "--rekor-url", self._sigstore.rekor1

    def by_config(self, rekor):
        """Flags of cosign 3 for signing with that version of Rekor."""
        return "--signing-config", self._sigstore.signing_configs[rekor], "--trusted-root", self._sigstore.trusted_root

    def with_token(self, identity=RELEASE):
        return "--identity-token", self._sigstore.token(identity)

    def trusting(self):
        return "--trusted-root", self._sigstore.trusted_root

    def expecting(self, identity=RELEASE):
        """Flags that say who must have signed."""
        return "--certificate-identity", identity.subject, "--certificate-oidc-issuer", self._sigstore.issuer


class Cosigns:
    """Both versions, and what they do in common terms."""

    def __init__(self, sigstore):
        self.two, self.three = Cosign(2, sigstore), Cosign(3, sigstore)

    def sign(self, layout, reference, identity=RELEASE):
        """Signs in one of LAYOUTS."""
        cosign = self.three if "cosign 3" in layout else self.two
        if layout == "cosign 3, legacy":
            how = ("--new-bundle-format=false", "--use-signing-config=false", *cosign.by_services())
        elif cosign is self.three:
            how = cosign.by_config(2 if "Rekor v2" in layout else 1)
        else:
            how = (f"--new-bundle-format={str('bundle' in layout).lower()}", *cosign.by_services())
        cosign.ok("sign", "--yes", PLAIN, *how, *cosign.with_token(identity), reference)
