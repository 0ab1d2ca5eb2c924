#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/flags.h"
#include "publisher/signing/artifact_signer.h"
#include "publisher/signing/identity_token.h"
#include "publisher/signing/signer.h"

namespace chartseal::cli {

// How to sign. Names are cosign's (design §5).
struct SigningFlags {
  std::string identity_token;
  std::string signing_config_file;
  std::string key_file;
  bool yes = false;  // accepted for scripts written for cosign: nothing is ever asked
  TrustFlags trust;

  void AddTo(CLI::App& app);

  // With the key of --key, or keyless. A key pair uses the services of --signing-config and, without that,
  // none at all. Usage error when flags contradict each other.
  absl::StatusOr<publisher::Signer> MakeSigner() const;

  // Where a keyless signature's token comes from (publisher/signing/identity_token.h).
  absl::StatusOr<publisher::IdentityToken> ObtainToken(absl::Time deadline) const;
};

// Where a signature goes and what is said in it.
struct AttachFlags {
  publisher::SignatureLayout layout = publisher::SignatureLayout::kBundle;
  std::vector<std::string> annotations;

  void AddTo(CLI::App& app);
  // `now` is for the annotation of the referrer.
  absl::StatusOr<publisher::AttachOptions> ToOptions(absl::Time now) const;
};

// How long signing may take: a log may wait for its next checkpoint, and services are asked again.
inline constexpr char kSigningTimeout[] = "3m";

// "KEY=VALUE" of --annotations; a usage error for anything else.
absl::StatusOr<std::pair<std::string, std::string>> ParseAnnotation(const std::string& text);

}  // namespace chartseal::cli
