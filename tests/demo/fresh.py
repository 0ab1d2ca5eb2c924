"""The fresh artifacts of the demo: what happens to each, and what chartseal must say about it."""

from dataclasses import dataclass

RELEASE = ("--repository", "acme/app", "--workflow", "release.yml", "--ref", "refs/tags/v1.2.3")
PULL_REQUEST = ("--repository", "acme/app", "--workflow", "ci.yml", "--ref", "refs/pull/7/merge")
FORK = ("--repository", "mallory/app", "--workflow", "release.yml", "--ref", "refs/tags/v1.2.3")
BUNDLE = ("--layout", "bundle", "--rekor", "2")
LEGACY = ("--layout", "legacy", "--rekor", "1")
ATTESTATION = (*BUNDLE, "--predicate-type", "https://slsa.dev/provenance/v1")


@dataclass(frozen=True)
class Fresh:
    """One tag of one repository of the registry."""

    repository: str
    tag: str
    what: str
    expect: str
    reason: str = ""
    mint: tuple = ()  # how it is signed; empty: not at all
    overwritten: bool = False  # the tag is moved to other content after signing

    @property
    def name(self):
        return f"{self.repository}:{self.tag}"

    @property
    def is_chart(self):
        return "/charts/" in self.repository


FRESH = (
    Fresh("acme/charts/app", "1.2.3", "chart signed by the release workflow", "yes", mint=(*BUNDLE, *RELEASE)),
    Fresh("acme/charts/app", "1.2.4", "chart that nobody signed", "no", "no-signature"),
    Fresh("acme/charts/app", "1.3.0", "chart signed by a pull request", "no", "identity-mismatch", mint=(*BUNDLE, *PULL_REQUEST)),
    Fresh("acme/charts/app", "1.2.2", "chart signed, then tag overwritten", "no", "no-signature", mint=(*BUNDLE, *RELEASE), overwritten=True),
    Fresh("acme/app", "1.2.3", "image signed by the release workflow", "yes", mint=(*BUNDLE, *RELEASE)),
    Fresh("acme/app", "1.2.2", "image signed in the legacy layout", "yes", mint=(*LEGACY, *RELEASE)),
    Fresh("acme/app", "dev", "image that nobody signed", "no", "no-signature"),
    Fresh("acme/app", "fork", "image signed by a fork's workflow", "no", "identity-mismatch", mint=(*BUNDLE, *FORK)),
    Fresh("acme/app", "attested", "image with provenance, not signed", "no", "no-signature", mint=(*ATTESTATION, *RELEASE)),
    Fresh("acme/web", "2.0", "image signed, then tag overwritten", "no", "no-signature", mint=(*BUNDLE, *RELEASE), overwritten=True),
)
