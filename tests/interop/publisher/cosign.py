"""cosign 2 and cosign 3 as a user runs them against the services of this run."""

import os

from common.command import Program
from publisher.sigstore import RELEASE

# What it says when somebody else signed, by layout.
OTHER_IDENTITY = {"bundle": "expected SAN value", "legacy": "none of the expected identities matched"}

# How a signature is laid out and logged, by the words of the scenarios.
LAYOUTS = ("cosign 2, legacy", "cosign 2, bundle", "cosign 3, legacy", "cosign 3, bundle, Rekor v1", "cosign 3, bundle, Rekor v2")
PLAIN = "--allow-http-registry"


class Cosign(Program):
    """One version; it asks about the release workflow unless told otherwise."""

    def __init__(self, version, sigstore):
        self.version = version
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

    def expecting(self, identity=RELEASE):
        """Flags that say who must have signed."""
        return "--certificate-identity", identity.subject, "--certificate-oidc-issuer", self._sigstore.issuer

    def about(self, kind):
        """Flags that say what is looked at and whom to trust; cosign 3 finds the layout by itself, but prefers bundles."""
        if self.version == 3:
            old = ("--new-bundle-format=false",) if "legacy" in kind else ()
            return *old, "--trusted-root", self._sigstore.trusted_root
        if "bundle" not in kind:
            return ("--new-bundle-format=false",)  # the environment says whom to trust
        signed_time = ("--use-signed-timestamps",) if "Rekor v2" in kind else ()
        return "--new-bundle-format", "--trusted-root", self._sigstore.trusted_root, *signed_time

    def verify(self, kind, reference, *who):
        """Its answer about a signature of that kind; `who` is the release workflow unless given."""
        return self.run("verify", PLAIN, *self.about(kind), *(who or self.expecting()), reference)

    def verify_attestation(self, kind, reference, predicate_type, *who):
        return self.run("verify-attestation", PLAIN, *self.about(kind), "--type", predicate_type, *(who or self.expecting()), reference)

    def verify_blob(self, kind, path, bundle, *who):
        return self.run("verify-blob", *self.about(kind), "--bundle", bundle, *(who or self.expecting()), path)


class Cosigns:
    """Both versions, and what they do in common terms."""

    def __init__(self, sigstore):
        self.two, self.three = self.both = Cosign(2, sigstore), Cosign(3, sigstore)

    def sign(self, layout, reference, identity=RELEASE):
        """Signs in one of LAYOUTS."""
        self._write("sign", layout, reference, identity)

    def attest(self, layout, reference, predicate_type, predicate, identity=RELEASE):
        """Attests in one of LAYOUTS; `predicate` is a file."""
        self._write("attest", layout, reference, identity, "--type", predicate_type, "--predicate", predicate)

    def _write(self, command, layout, reference, identity, *what):
        cosign = self.three if "cosign 3" in layout else self.two
        if layout == "cosign 3, legacy":
            how = ("--new-bundle-format=false", "--use-signing-config=false", *cosign.by_services())
        elif cosign is self.three:
            how = cosign.by_config(2 if "Rekor v2" in layout else 1)
        else:
            how = (f"--new-bundle-format={str('bundle' in layout).lower()}", *cosign.by_services())
        cosign.ok(command, "--yes", PLAIN, *how, *cosign.with_token(identity), *what, reference)
