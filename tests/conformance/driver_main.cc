#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

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

int Run(int argc, char** argv) {
  CLI::App app{"Driver for the Sigstore client conformance suite"};
  app.require_subcommand(1);
  Flags flags;
  CLI::App* verify = app.add_subcommand("verify-bundle", "Verify a file or digest against a bundle");
  verify->add_flag("--staging", flags.staging, "The bundle is from the staging instance");
  verify->add_option("--bundle", flags.bundle, "The bundle")->required();
  verify->add_option("--certificate-identity", flags.identity, "Who must have signed");
  verify->add_option("--certificate-oidc-issuer", flags.issuer, "Who vouched for the identity");
  verify->add_option("--key", flags.key, "PEM file with the public key");
  verify->add_option("--trusted-root", flags.trusted_root, "Default: the public-good root");
  verify->add_option("FILE_OR_DIGEST", flags.artifact, "A file, or sha256:HEX")->required();
  CLI::App* sign = app.add_subcommand("sign-bundle", "Not offered: chartseal signs nothing yet");
  sign->allow_extras();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kVerified : kUsage;
  }
  if (*sign)
    return Fail(kUsage, "sign-bundle is not offered: this version only verifies (run with --skip-signing)");
  return VerifyBundle(flags);
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
