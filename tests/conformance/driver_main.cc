#include <sys/stat.h>

#include <iostream>
#include <map>
#include <optional>
#include <string>

#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/policy/policy.h"
#include "verifier/policy/policy_file.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/sigstore/verify.h"

// The program that the Sigstore project's client conformance suite drives (spec/sigstore.md §7.1):
//
//   chartseal-conformance verify-bundle [--staging] --bundle FILE (--certificate-identity ID
//     --certificate-oidc-issuer URL | --key PEM) [--trusted-root FILE] FILE_OR_DIGEST
//   chartseal-conformance sign-bundle …
//
// Exit code 0: verified; 1: refused; 2: wrong usage, or what is not offered; 3: could not tell. Unlike
// `chartseal verify-blob`, a statement of any predicate type counts: the suite asks about cryptography and
// identity alone.
namespace chartseal::conformance {
namespace {

enum ExitCode { kVerified = 0, kRefused = 1, kUsage = 2, kCouldNotTell = 3 };

struct Flags {
  bool staging = false;
  std::string bundle;
  std::string identity;
  std::string issuer;
  std::string key;
  std::string trusted_root;
  std::string artifact;
};

int Fail(int code, std::string_view text) {
  std::cerr << "chartseal-conformance: " << text << "\n";
  return code;
}

absl::StatusOr<policy::Authority> AuthorityOf(const Flags& flags) {
  policy::Authority authority;
  authority.name = "driver";
  if (!flags.key.empty()) {
    ASSIGN_OR_RETURN(const std::string pem, ReadFile(flags.key, limits::kMaxPemBytes));
    ASSIGN_OR_RETURN(authority.key, policy::ReadKey(pem, "", flags.key));
    return authority;
  }
  policy::Identity identity;
  identity.subjects.push_back(policy::TextMatcher::Exactly(flags.identity));
  identity.issuers.push_back(policy::TextMatcher::Exactly(flags.issuer));
  authority.identities.push_back(std::move(identity));
  return authority;
}

// A digest only when no file has that name.
bool IsDigest(const std::string& text) {
  struct stat info;
  return text.starts_with("sha256:") && crypto::Digest::Parse(text).ok() && stat(text.c_str(), &info) != 0;
}

absl::StatusOr<Checked<Passed>> Verify(const Flags& flags) {
  ASSIGN_OR_RETURN(const policy::Authority authority, AuthorityOf(flags));
  std::optional<sigstore::TrustedRoot> given;
  if (!flags.trusted_root.empty()) {
    ASSIGN_OR_RETURN(const std::string json, ReadFile(flags.trusted_root, limits::kMaxTrustedRootBytes));
    ASSIGN_OR_RETURN(given, sigstore::TrustedRoot::ParseJson(json, flags.trusted_root));
  }
  ASSIGN_OR_RETURN(const std::string json, ReadFile(flags.bundle, limits::kMaxBundleBytes));
  ASSIGN_OR_RETURN(const sigstore::Bundle bundle, sigstore::Bundle::ParseJson(json, flags.bundle));
  std::optional<MappedFile> file;
  if (!IsDigest(flags.artifact)) {
    ASSIGN_OR_RETURN(MappedFile opened, MappedFile::Open(flags.artifact));
    file.emplace(std::move(opened));
  }
  const sigstore::Artifact artifact =
      file ? sigstore::Artifact{crypto::Digest::Sha256Of(file->bytes()), file->bytes()}
           : sigstore::Artifact{*crypto::Digest::Parse(flags.artifact), std::nullopt};
  const auto verified = sigstore::VerifyBundle(bundle, artifact, given ? *given : sigstore::PublicGoodRoot(),
                                               authority.Options());
  if (!verified.ok()) return Checked<Passed>(verified.rejection());
  return authority.Accepts(*verified);
}

int VerifyBundle(const Flags& flags) {
  if (flags.key.empty() && (flags.identity.empty() || flags.issuer.empty())) {
    return Fail(kUsage, "give --certificate-identity and --certificate-oidc-issuer, or --key");
  }
  if (flags.staging && flags.trusted_root.empty()) {
    return Fail(kUsage, "the staging root is not embedded: give it as --trusted-root");
  }
  const auto outcome = Verify(flags);
  if (!outcome.ok()) {
    return Fail(kCouldNotTell,
                Cat("could not tell: ", Name(ReasonOf(outcome.status())), ": ", Message(outcome.status())));
  }
  if (!outcome->ok()) return Fail(kRefused, Cat("refused: ", outcome->rejection().ToString()));
  std::cout << "verified\n";
  return kVerified;
}

constexpr char kUsageText[] =
    "usage: chartseal-conformance verify-bundle [--staging] --bundle FILE\n"
    "         (--certificate-identity ID --certificate-oidc-issuer URL | --key PEM) [--trusted-root FILE]\n"
    "         FILE_OR_DIGEST";

// The flags of verify-bundle; nullopt for anything else than the protocol has.
std::optional<Flags> ParseFlags(int argc, char** argv) {
  Flags flags;
  const std::map<std::string, std::string*> values = {{"--bundle", &flags.bundle},
                                                      {"--certificate-identity", &flags.identity},
                                                      {"--certificate-oidc-issuer", &flags.issuer},
                                                      {"--key", &flags.key},
                                                      {"--trusted-root", &flags.trusted_root}};
  for (int i = 0; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = values.find(word);
    if (word == "--staging") {
      flags.staging = true;
    } else if (value != values.end()) {
      if (++i == argc) return std::nullopt;
      *value->second = argv[i];
    } else if (!flags.artifact.empty() || word.starts_with("-")) {
      return std::nullopt;
    } else {
      flags.artifact = word;
    }
  }
  if (flags.bundle.empty() || flags.artifact.empty()) return std::nullopt;
  return flags;
}

int Run(int argc, char** argv) {
  const std::string subcommand = argc > 1 ? argv[1] : "";
  if (subcommand == "sign-bundle") {
    return Fail(kUsage, "sign-bundle is not offered: this version only verifies (run with --skip-signing)");
  }
  const auto flags = subcommand == "verify-bundle" ? ParseFlags(argc - 2, argv + 2) : std::nullopt;
  return flags ? VerifyBundle(*flags) : Fail(kUsage, kUsageText);
}

}  // namespace
}  // namespace chartseal::conformance

int main(int argc, char** argv) {
  try {
    return chartseal::conformance::Run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "chartseal-conformance: internal error: " << error.what() << "\n";
    return 3;
  }
}
