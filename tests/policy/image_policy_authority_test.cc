#include "verifier/policy/image_policy_authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/image_policy_fixture.h"

namespace chartseal::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ImportedPolicy Read(std::string_view authority, SecretKeyReader secrets = {}) {
  return ReadImagePolicy(ImagePolicyObject(WithAuthority(authority)), std::move(secrets)).value();
}

std::vector<Authority> Authorities(std::string_view authority, SecretKeyReader secrets = {}) {
  ImportedPolicy read = Read(authority, std::move(secrets));
  EXPECT_THAT(read.problems, IsEmpty()) << authority;
  return read.policy.requirement.authorities;
}

Authority Only(std::string_view authority) {
  std::vector<Authority> authorities = Authorities(authority);
  EXPECT_THAT(authorities, SizeIs(1));
  return authorities.front();
}

std::string Problem(std::string_view authority, SecretKeyReader secrets = {}) {
  const ImportedPolicy read = Read(authority, std::move(secrets));
  EXPECT_THAT(read.problems, SizeIs(1)) << authority;
  EXPECT_TRUE(read.policy.not_honoured.has_value()) << authority;
  return read.problems.empty() ? "" : read.problems.front();
}

std::string Identities(std::string_view identity) {
  return Cat("keyless: { identities: [ ", identity, " ] }\n");
}

std::string KeyData(std::string_view pem, std::string_view more = "") {
  return Cat("key:\n  data: |\n", Indented(pem, 4), Indented(more, 2));
}

sandbox::Key NewKey(sandbox::KeyType type = sandbox::KeyType::kEcdsaP256) {
  return sandbox::Key::Generate(type);
}

// -- static.

TEST(ImagePolicyAuthorityTest, StaticSaysYesOrNo) {
  const Authority pass = Only("name: breakglass\nstatic: { action: pass, message: \"\" }");
  ASSERT_TRUE(pass.always.has_value());
  EXPECT_TRUE(pass.always->pass);
  EXPECT_EQ(pass.name, "breakglass");
  const Authority fail = Only("static: { action: fail, message: ask platform }");
  ASSERT_TRUE(fail.always.has_value());
  EXPECT_FALSE(fail.always->pass);
  EXPECT_EQ(fail.always->message, "ask platform");
  EXPECT_EQ(fail.name, "authority-0");
}

TEST(ImagePolicyAuthorityTest, StaticIsNothingElse) {
  EXPECT_THAT(Problem("static: { action: allow }"),
              HasSubstr("spec.authorities[0].static.action: expected pass or fail, found \"allow\""));
  EXPECT_THAT(Problem("static: {}"), HasSubstr("static.action: missing"));
  EXPECT_THAT(Problem("static: { action: pass }\nattestations: []\n"),
              HasSubstr("spec.authorities[0].attestations: unknown field"));
  EXPECT_THAT(Problem("static: { action: pass }\nctlog: {}\n"), HasSubstr("spec.authorities[0].ctlog"));
}

// -- keyless.

TEST(ImagePolicyAuthorityTest, ExpressionsAreSearchedForAndSaySo) {
  const std::string text = Identities("{ issuer: https://issuer.test, subjectRegExp: \"github.com/acme/\" }");
  const Authority authority = Only(text);
  const TextMatcher& subject = authority.identities.at(0).subjects.at(0);
  EXPECT_TRUE(subject.Matches("https://github.com/acme/app"));
  EXPECT_TRUE(subject.Matches("https://evil.test/github.com/acme/"));
  EXPECT_FALSE(subject.Matches("https://github.com/acm"));
  EXPECT_EQ(subject.ToString(), "a match of github.com/acme/");
  EXPECT_THAT(
      Read(text).warnings,
      ElementsAre(HasSubstr("spec.authorities[0].keyless.identities[0].subjectRegExp: accepts every text "
                            "of which a part matches")));
}

TEST(ImagePolicyAuthorityTest, AnchoredExpressionsGetNoWarning) {
  const std::string text = Identities("{ issuerRegExp: \"^https://i\\\\.test$\", subjectRegExp: \"^a$\" }");
  EXPECT_THAT(Read(text).warnings, IsEmpty());
  const Identity identity = Only(text).identities.at(0);
  EXPECT_TRUE(identity.issuers.at(0).Matches("https://i.test"));
  EXPECT_FALSE(identity.issuers.at(0).Matches("https://i.test.evil"));
  EXPECT_FALSE(identity.subjects.at(0).Matches("aa"));
}

TEST(ImagePolicyAuthorityTest, ExactTextIsComparedWhole) {
  const Identity identity =
      Only(Identities("{ issuer: https://i.test, subject: a.c, subjectRegExp: \"\" }")).identities.at(0);
  EXPECT_TRUE(identity.subjects.at(0).Matches("a.c"));
  EXPECT_FALSE(identity.subjects.at(0).Matches("abc"));
  EXPECT_FALSE(identity.subjects.at(0).Matches("xa.c"));
}

TEST(ImagePolicyAuthorityTest, IdentityNamesIssuerAndSubjectOnceEach) {
  const std::string at = "spec.authorities[0].keyless.identities[0]";
  EXPECT_THAT(Problem(Identities("{ issuer: i }")), HasSubstr(Cat(at, ": one of subject and subjectRegExp")));
  EXPECT_THAT(Problem(Identities("{ subject: s }")), HasSubstr(Cat(at, ": one of issuer and issuerRegExp")));
  EXPECT_THAT(Problem(Identities("{ issuer: \"\", subject: s }")),
              HasSubstr("one of issuer and issuerRegExp is"));
  EXPECT_THAT(Problem(Identities("{ issuer: i, subject: s, subjectRegExp: s }")),
              HasSubstr("give one of subject and subjectRegExp, not both"));
  EXPECT_THAT(Problem(Identities("{ issuer: i, subjectRegExp: \"(\" }")),
              HasSubstr(Cat(at, ".subjectRegExp: not a regular expression")));
  EXPECT_THAT(Problem(Identities("{ issuer: 7, subject: s }")),
              HasSubstr(Cat(at, ".issuer: expected a string")));
  EXPECT_THAT(Problem("keyless: { identities: [] }"), HasSubstr("keyless.identities: at least one identity"));
  EXPECT_THAT(Problem("keyless: {}"), HasSubstr("keyless.identities: at least one identity is needed"));
}

TEST(ImagePolicyAuthorityTest, CertificateInThePolicyIsNotSupported) {
  EXPECT_THAT(
      Problem(Cat(kKeyless, "  ca-cert: { data: x }\n")),
      HasSubstr("spec.authorities[0].keyless.ca-cert: is not supported; write the certificates into a"));
}

// -- What is trusted, and how much is asked for (spec/peers.md §2.2).

sigstore::Thresholds ThresholdsOf(std::string_view authority) { return Only(authority).thresholds; }

TEST(ImagePolicyAuthorityTest, KeylessAsksForTheLogUnlessItHasItsOwnRoot) {
  EXPECT_EQ(ThresholdsOf(kKeyless), (sigstore::Thresholds{1, 1, 0, 1}));
  EXPECT_EQ(ThresholdsOf(Cat(kKeyless, "ctlog: { url: https://rekor.test }\n")),
            (sigstore::Thresholds{1, 1, 0, 1}));
  const std::string own = Cat(kKeyless, "  trustRootRef: private\n");
  EXPECT_EQ(ThresholdsOf(own), (sigstore::Thresholds{0, 1, 0, 1}));
  EXPECT_EQ(ThresholdsOf(Cat(own, "ctlog: { trustRootRef: private }\n")), (sigstore::Thresholds{1, 1, 0, 1}));
  EXPECT_EQ(ThresholdsOf(Cat(kKeyless, "  insecureIgnoreSCT: true\n")), (sigstore::Thresholds{1, 1, 0, 0}));
}

TEST(ImagePolicyAuthorityTest, TimestampReplacesTheLogAndIsRequired) {
  const std::string stamped = Cat(kKeyless, "rfc3161timestamp: { trustRootRef: private }\n");
  EXPECT_EQ(ThresholdsOf(stamped), (sigstore::Thresholds{0, 1, 1, 1}));
  EXPECT_EQ(ThresholdsOf(Cat(kKeyless, "rfc3161timestamp: {}\n")), (sigstore::Thresholds{0, 1, 1, 1}));
  const ImportedPolicy both = Read(Cat(stamped, "ctlog: { url: https://rekor.test }\n"));
  EXPECT_EQ(both.policy.requirement.authorities.at(0).thresholds, (sigstore::Thresholds{0, 1, 1, 1}));
  EXPECT_THAT(both.warnings, ElementsAre(HasSubstr("spec.authorities[0].ctlog: is not asked for")));
}

TEST(ImagePolicyAuthorityTest, KeyAsksForTheLogOnlyWhenItNamesOne) {
  const std::string key = KeyData(NewKey().SpkiPem());
  EXPECT_EQ(ThresholdsOf(key).transparency_logs, 0);
  EXPECT_THAT(Read(key).warnings, ElementsAre(HasSubstr("no transparency log is asked for")));
  EXPECT_EQ(ThresholdsOf(Cat(key, "ctlog: {}\n")).transparency_logs, 1);
  EXPECT_EQ(ThresholdsOf(Cat(key, "rfc3161timestamp: { trustRootRef: private }\n")),
            (sigstore::Thresholds{0, 1, 1, 1}));
}

TEST(ImagePolicyAuthorityTest, RootsAreTakenFromWhereTheyAreNamed) {
  const auto& private_root = TestTrustRoots().at("private").root;
  const auto& other = TestTrustRoots().at("other").root;
  EXPECT_EQ(Only(kKeyless).root, nullptr);
  EXPECT_EQ(Only(Cat(kKeyless, "  trustRootRef: private\n")).root, private_root);
  EXPECT_EQ(Only(Cat(kKeyless, "  trustRootRef: private\nctlog: { trustRootRef: private }\n")).root,
            private_root);
  const auto version = [](const auto& a, const auto& b, const auto& c) {
    return sigstore::TrustedRoot::Combine(*a, *b, *c).version();
  };
  EXPECT_EQ(Only(Cat(kKeyless, "ctlog: { trustRootRef: other }\n")).root->version(),
            version(DefaultRoot(), other, DefaultRoot()));
  EXPECT_EQ(Only(Cat(kKeyless, "rfc3161timestamp: { trustRootRef: other }\n")).root->version(),
            version(DefaultRoot(), DefaultRoot(), other));
  // A log that is named without a root is the default one's, whoever issues the certificates.
  EXPECT_EQ(
      Only(Cat(kKeyless, "  trustRootRef: private\nctlog: { url: https://rekor.test }\n")).root->version(),
      version(private_root, DefaultRoot(), private_root));
}

TEST(ImagePolicyAuthorityTest, RootsThatAreNotThereAreNamed) {
  EXPECT_THAT(Problem(Cat(kKeyless, "  trustRootRef: nobody\n")),
              HasSubstr("spec.authorities[0].keyless.trustRootRef: there is no TrustRoot named \"nobody\""));
  EXPECT_THAT(Problem(Cat(kKeyless, "ctlog: { trustRootRef: nobody }\n")),
              HasSubstr("spec.authorities[0].ctlog.trustRootRef: there is no TrustRoot"));
  EXPECT_THAT(
      Problem(Cat(kKeyless, "rfc3161timestamp: { trustRootRef: github }\n")),
      HasSubstr("spec.authorities[0].rfc3161timestamp.trustRootRef: cannot be used: TrustRoot github"));
}

TEST(ImagePolicyAuthorityTest, FormatIsLegacyUnlessItSaysBundle) {
  for (const char* format : {"", "signatureFormat: legacy\n", "signatureFormat: \"\"\n"}) {
    const Formats formats = Only(Cat(kKeyless, format)).formats;
    EXPECT_TRUE(formats.legacy && !formats.bundle) << format;
  }
  const Formats formats = Only(Cat(kKeyless, "signatureFormat: bundle\n")).formats;
  EXPECT_TRUE(formats.bundle && !formats.legacy);
  EXPECT_THAT(
      Problem(Cat(kKeyless, "signatureFormat: simplesigning\n")),
      HasSubstr("spec.authorities[0].signatureFormat: expected legacy or bundle, found \"simplesigning\""));
}

// -- source.

TEST(ImagePolicyAuthorityTest, SourceIsTheWholeNameOfARepository) {
  for (const auto& [text, name] : {std::pair{"ghcr.io/acme/sigs", "ghcr.io/acme/sigs"},
                                   std::pair{"localhost:5000/sigs", "localhost:5000/sigs"},
                                   std::pair{"docker.io/acme/sigs", "index.docker.io/acme/sigs"},
                                   std::pair{"acme/sigs", "index.docker.io/acme/sigs"},
                                   std::pair{"sigs", "index.docker.io/library/sigs"}}) {
    EXPECT_THAT(Only(Cat(kKeyless, "source: [ { oci: \"", text, "\", tagPrefix: \"\" } ]\n")).sources,
                ElementsAre(name));
  }
  EXPECT_THAT(Only(Cat(kKeyless, "source: [ {} ]\n")).sources, IsEmpty());
}

TEST(ImagePolicyAuthorityTest, SourceThatIsNotSupportedIsNotIgnored) {
  const auto problem = [](std::string_view source) {
    return Problem(Cat(kKeyless, "source: ", source, "\n"));
  };
  EXPECT_THAT(problem("[ { oci: a.io/x }, { oci: b.io/x } ]"),
              HasSubstr("spec.authorities[0].source: at most one source"));
  EXPECT_THAT(problem("[ { oci: a.io/x, tagPrefix: y } ]"),
              HasSubstr("source[0].tagPrefix: is not supported"));
  EXPECT_THAT(problem("[ { oci: a.io/x, signaturePullSecrets: [ { name: s } ] } ]"),
              HasSubstr("source[0].signaturePullSecrets: are not read"));
  EXPECT_THAT(problem("[ { oci: a.io/x, signaturePullSecrets: s } ]"),
              HasSubstr("source[0].signaturePullSecrets"));
  EXPECT_THAT(problem("[ { oci: a.io/x, git: y } ]"), HasSubstr("source[0].git: unknown field"));
  for (const char* name : {"a.io/x:tag", "a.io/x@sha256:00", "https://a.io/x y", "/x", "a.io/", "a.io/X"}) {
    EXPECT_THAT(problem(Cat("[ { oci: \"", name, "\" } ]")),
                HasSubstr("source[0].oci: expected the name of a"))
        << name;
  }
}

// -- attestations.

TEST(ImagePolicyAuthorityTest, ShortNamesOfPredicatesAreMappedAndDeprecated) {
  const std::string text = Cat(kKeyless, R"(attestations:
- { name: a, predicateType: slsaprovenance }
- { name: b, predicateType: spdx }
- { name: c, predicateType: spdxjson }
- { predicateType: https://example.test/x }
)");
  EXPECT_THAT(
      Only(text).attestation_types,
      ElementsAre("https://slsa.dev/provenance/v0.2", "https://spdx.dev/Document", "https://example.test/x"));
  EXPECT_THAT(Read(text).warnings, SizeIs(3));
  EXPECT_THAT(
      Read(text).warnings.front(),
      HasSubstr("attestations[0].predicateType: \"slsaprovenance\" is deprecated; write https://slsa.dev/"));
}

TEST(ImagePolicyAuthorityTest, PredicateTypesAreUris) {
  const auto problem = [](std::string_view entry) {
    return Problem(Cat(kKeyless, "attestations: [ ", entry, " ]\n"));
  };
  EXPECT_THAT(problem("{ name: a }"),
              HasSubstr("spec.authorities[0].attestations[0].predicateType: missing"));
  EXPECT_THAT(problem("{ predicateType: sbom }"),
              HasSubstr("expected the URI of a predicate type, found \"sbom\""));
  EXPECT_THAT(problem("{ predicateType: \":x\" }"), HasSubstr("expected the URI"));
  EXPECT_THAT(problem("{ predicateType: a:b, type: c }"), HasSubstr("attestations[0].type: unknown field"));
}

// -- key.

TEST(ImagePolicyAuthorityTest, EachKeyOfTheTextIsAnAlternative) {
  const sandbox::Key one = NewKey();
  const sandbox::Key two = NewKey(sandbox::KeyType::kEd25519);
  const auto authorities = Authorities(Cat("name: keys\n", KeyData(one.SpkiPem() + "\n" + two.SpkiPem())));
  ASSERT_THAT(authorities, SizeIs(2));
  EXPECT_EQ(authorities[0].key->key.spki_der(), one.Spki());
  EXPECT_EQ(authorities[1].key->key.spki_der(), two.Spki());
  EXPECT_EQ(authorities[0].name, "keys");
  EXPECT_EQ(authorities[1].name, "keys");
}

TEST(ImagePolicyAuthorityTest, HashIsTheOneThatIsNamedOrSha256) {
  using crypto::SignatureScheme;
  const std::string p384 = NewKey(sandbox::KeyType::kEcdsaP384).SpkiPem();
  const std::string rsa = sandbox::Key::ForLeaf(sandbox::KeyType::kRsa2048).SpkiPem();
  const std::string ed = NewKey(sandbox::KeyType::kEd25519).SpkiPem();
  const auto scheme = [](const std::string& pem, std::string_view hash) {
    return Only(KeyData(pem, hash.empty() ? "" : Cat("hashAlgorithm: ", hash, "\n"))).key->scheme;
  };
  EXPECT_EQ(scheme(p384, ""), SignatureScheme::kEcdsaSha256);
  EXPECT_EQ(scheme(p384, "sha384"), SignatureScheme::kEcdsaSha384);
  EXPECT_EQ(scheme(rsa, "sha512"), SignatureScheme::kRsaPkcs1Sha512);
  EXPECT_EQ(scheme(rsa, "sha256"), SignatureScheme::kRsaPkcs1Sha256);
  EXPECT_EQ(scheme(ed, "sha256"), SignatureScheme::kEd25519);
  EXPECT_EQ(Only(Cat(KeyData(p384), "signatureFormat: bundle\n")).key->scheme, std::nullopt);
  for (const char* hash : {"sha224", "sha1", "SHA256"}) {
    EXPECT_THAT(Problem(KeyData(p384, Cat("hashAlgorithm: ", hash, "\n"))),
                HasSubstr("spec.authorities[0].key.hashAlgorithm: expected sha256, sha384 or sha512"));
  }
}

TEST(ImagePolicyAuthorityTest, KeyThatCannotBeReadIsNamed) {
  EXPECT_THAT(Problem("key: {}"), HasSubstr("spec.authorities[0].key: one of data and secretRef is needed"));
  EXPECT_THAT(Problem("key: { data: x, secretRef: { name: y } }"),
              HasSubstr("give one of data and secretRef"));
  EXPECT_THAT(Problem("key: { data: x }"),
              HasSubstr("spec.authorities[0].key.data: public key: holds no PEM block"));
  EXPECT_THAT(Problem(KeyData(NewKey().PrivatePem())),
              HasSubstr("key.data: public key: this is a private key"));
  EXPECT_THAT(
      Problem(KeyData(NewKey().SpkiPem() + "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")),
      HasSubstr("spec.authorities[0].key.data: "));
  EXPECT_THAT(Problem("key: { kms: \"gcpkms://x\" }"),
              HasSubstr("key.kms: key management services are not asked"));
}

TEST(ImagePolicyAuthorityTest, SeveralKeysForOneAttestationAreNotGuessedAt) {
  const std::string two = KeyData(NewKey().SpkiPem() + NewKey().SpkiPem());
  EXPECT_THAT(Problem(Cat(two, "attestations: [ { predicateType: a:b } ]\n")),
              HasSubstr("spec.authorities[0].key: several keys for one attestation are not supported"));
  EXPECT_THAT(Authorities(Cat(KeyData(NewKey().SpkiPem()), "attestations: [ { predicateType: a:b } ]\n")),
              SizeIs(1));
}

TEST(ImagePolicyAuthorityTest, KeyOfASecretIsReadThroughTheCaller) {
  const sandbox::Key key = NewKey();
  const auto secrets = [&](std::string_view space, std::string_view name) -> absl::StatusOr<std::string> {
    EXPECT_EQ(space, "cosign-system");
    EXPECT_EQ(name, "cosign");
    return key.SpkiPem();
  };
  const std::string text = "key: { secretRef: { name: cosign, namespace: cosign-system } }";
  const auto authorities = Authorities(text, secrets);
  ASSERT_THAT(authorities, SizeIs(1));
  EXPECT_EQ(authorities[0].key->key.spki_der(), key.Spki());
}

TEST(ImagePolicyAuthorityTest, SecretThatCannotBeReadRefuses) {
  EXPECT_THAT(Problem("key: { secretRef: { name: cosign } }"),
              HasSubstr("spec.authorities[0].key.secretRef: Secrets are not read here"));
  const auto missing = [](std::string_view, std::string_view) -> absl::StatusOr<std::string> {
    return absl::NotFoundError("there is no Secret named cosign");
  };
  EXPECT_THAT(Problem("key: { secretRef: { name: cosign } }", missing),
              HasSubstr("key.secretRef: there is no Secret named cosign"));
  EXPECT_THAT(Problem("key: { secretRef: { name: cosign, key: pub } }", missing),
              HasSubstr("key.secretRef.key: unknown field"));
  EXPECT_THAT(Problem("key: { secretRef: {} }", missing), HasSubstr("key.secretRef.name: missing"));
}

}  // namespace
}  // namespace chartseal::policy
