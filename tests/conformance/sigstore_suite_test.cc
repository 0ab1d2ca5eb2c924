#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

#include "tests/conformance/vectors.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/verify.h"

// The cases of the Sigstore project's client conformance suite that are at hand (spec/sigstore.md §7), by
// path and by digest. The exit code that the suite asks for is: no, for names ending in _fail.
namespace chartseal::conformance {
namespace {

using sigstore::Artifact;
using sigstore::Bundle;
using sigstore::TrustedRoot;
using sigstore::VerifyOptions;

constexpr char kDefaultIssuer[] = "https://token.actions.githubusercontent.com";
constexpr char kDefaultIdentity[] =
    "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/"
    "extremely-dangerous-oidc-beacon.yml@refs/heads/main";

// Why each case that is there must fail; one that is not listed must fail for any reason.
const std::map<std::string, Reason>& KnownReasons() {
  static const auto* const reasons = new std::map<std::string, Reason>{
      {"bundle-empty-certificate-chain_fail", Reason::kBundleEmptyChain},
      {"bundle-invalid-base64-signature_fail", Reason::kBundleMalformed},
      {"bundle-unknown-version_fail", Reason::kBundleUnknownVersion},
      {"checkpoint-bad-keyhint_fail", Reason::kCheckpointNoSignature},
      {"dsse-mismatch-sig_fail", Reason::kEntrySignatureMismatch},
      {"intoto-expired-certificate_fail", Reason::kCertificateNotValid},
      {"intoto-log-entry-mismatch_fail", Reason::kLogEntryMalformed},
      {"invalid-checkpoint-signature_fail", Reason::kCheckpointSignatureInvalid},
      {"invalid-ct-key_fail", Reason::kSctThreshold},
      {"managed-key-no-key_fail", Reason::kKeyRequired},
      {"rekor2-checkpoint-missing-log-signature_fail", Reason::kCheckpointNoSignature},
      {"rekor2-checkpoint-missing-size_fail", Reason::kCheckpointMalformed},
      {"rekor2-dsse-invalid-sig_fail", Reason::kEntrySignatureMismatch},
      {"rekor2-no-timestamp_fail", Reason::kNoSignedTime},
      {"rekor2-timestamp-payload-mismatch_fail", Reason::kTimestampImprint},
      {"rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail", Reason::kTimestampUntrusted},
      {"set-invalid-signature_fail", Reason::kSetInvalid},
      {"wrong-hashedrekord-artifact_fail", Reason::kEntrySignatureMismatch},
      {"wrong-material_fail", Reason::kMessageDigestMismatch},
  };
  return *reasons;
}

std::string ReadOr(const std::string& path, const std::string& otherwise) {
  if (!VectorExists(path)) return otherwise;
  std::string text = ReadVector(path);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

struct Result {
  Reason reason = Reason::kNone;
  std::string text;
};

Result CheckIdentity(const sigstore::VerifiedSignature& verified, const std::string& directory) {
  if (!verified.claims) return {Reason::kIdentityMismatch, "no certificate"};
  const std::string identity = ReadOr(directory + "identity", kDefaultIdentity);
  if (verified.claims->identity != identity) return {Reason::kIdentityMismatch, verified.claims->identity};
  const std::string issuer = ReadOr(directory + "issuer", kDefaultIssuer);
  if (verified.claims->issuer != issuer) return {Reason::kIssuerMismatch, verified.claims->issuer};
  return {};
}

Result RunCase(const std::string& name, bool by_path) {
  const std::string directory = "sigstore/" + name + "/";
  const std::string root_file = VectorExists(directory + "trusted_root.json")
                                    ? directory + "trusted_root.json"
                                    : "public-good/trusted_root.json";
  const auto root = TrustedRoot::ParseJson(ReadVector(root_file), root_file);
  if (!root.ok()) return {ReasonOf(root.status()), Message(root.status())};
  const auto bundle = Bundle::ParseJson(ReadVector(directory + "bundle.sigstore.json"), name);
  if (!bundle.ok()) return {ReasonOf(bundle.status()), Message(bundle.status())};

  VerifyOptions options;
  if (VectorExists(directory + "key.pub")) {
    auto key = crypto::PublicKey::FromPem(ReadVector(directory + "key.pub"));
    if (!key.ok()) return {ReasonOf(key.status()), Message(key.status())};
    options.key = sigstore::ManagedKey{*std::move(key), std::nullopt, std::nullopt};
  }
  const std::string bytes =
      ReadVector(VectorExists(directory + "artifact") ? directory + "artifact" : "sigstore/a.txt");
  Artifact artifact{crypto::Digest::Sha256Of(bytes), std::nullopt};
  if (by_path) artifact.bytes = bytes;

  const auto verified = VerifyBundle(*bundle, artifact, *root, options);
  if (!verified.ok()) return {verified.rejection().reason, verified.rejection().ToString()};
  return options.key ? Result() : CheckIdentity(*verified, directory);
}

TEST(SigstoreSuiteTest, EveryCaseIsJudgedAsTheSuiteSaysByPathAndByDigest) {
  if (!HaveVectors()) return;
  int judged = 0;
  for (const std::string& name : VectorDirectories("sigstore")) {
    for (const bool by_path : {true, false}) {
      SCOPED_TRACE(Cat(name, by_path ? " by path" : " by digest"));
      const Result result = RunCase(name, by_path);
      const bool must_fail = name.ends_with("_fail");
      EXPECT_EQ(must_fail, result.reason != Reason::kNone) << result.text;
      if (const auto known = KnownReasons().find(name); known != KnownReasons().end()) {
        EXPECT_EQ(Name(result.reason), Name(known->second)) << result.text;
      }
      ++judged;
    }
  }
  RecordProperty("judged", judged);
  EXPECT_GE(judged, 64);
}

}  // namespace
}  // namespace chartseal::conformance
