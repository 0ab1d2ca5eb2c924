#include "cli/signing_flags.h"

#include <CLI/CLI.hpp>
#include <map>
#include <optional>

#include "cli/environment.h"
#include "publisher/signing/cosign_key.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/net/http_client.h"

namespace chartseal::cli {
namespace {

using publisher::SignatureLayout;

absl::StatusOr<publisher::ServiceCaller> MakeCaller() {
  publisher::ServiceCaller caller;
  ASSIGN_OR_RETURN(caller.http, net::MakeHttpClient());
  return caller;
}

absl::StatusOr<publisher::SigningServices> LoadServices(const std::string& file) {
  const absl::Time now = absl::Now();
  if (file.empty()) return publisher::SigningConfig::PublicGood().Select(now);
  ASSIGN_OR_RETURN(const std::string json, ReadFile(file, limits::kMaxSigningConfigBytes));
  ASSIGN_OR_RETURN(const auto config, publisher::SigningConfig::ParseJson(json, file));
  auto services = config.Select(now);
  if (!services.ok()) return Annotate(services.status(), file);
  return services;
}

absl::StatusOr<publisher::KeyPair> LoadKeyPair(const std::string& key_file, const std::string& config_file) {
  ASSIGN_OR_RETURN(crypto::PrivateKey key, publisher::LoadPrivateKey(key_file, Environment));
  publisher::KeyPair pair{std::make_shared<const crypto::PrivateKey>(std::move(key)), std::nullopt};
  if (config_file.empty()) return pair;
  ASSIGN_OR_RETURN(pair.services, LoadServices(config_file));
  return pair;
}

}  // namespace

void SigningFlags::AddTo(CLI::App& app) {
  constexpr char kGroup[] = "How to sign";
  app.add_option("--identity-token", identity_token,
                 "OIDC token for the audience sigstore, or a file with it (default: from the CI system, "
                 "SIGSTORE_ID_TOKEN or /var/run/sigstore/cosign/oidc-token)")
      ->type_name("TOKEN|FILE")
      ->group(kGroup);
  app.add_option("--signing-config", signing_config_file,
                 "Sigstore signing config: which Fulcio, log and timestamp authority to use (default: the "
                 "public-good ones; with --key, none)")
      ->type_name("FILE")
      ->group(kGroup);
  app.add_option("--key", key_file,
                 "File with a private key (PEM, or of cosign), or env://NAME, instead of keyless; its pass "
                 "phrase in COSIGN_PASSWORD. Without --signing-config nobody is asked: no log entry, no "
                 "timestamp")
      ->type_name("FILE|env://NAME")
      ->group(kGroup);
  app.add_flag("-y,--yes", yes, "Accepted for scripts written for cosign; nothing is ever asked")
      ->group(kGroup);
  trust.AddTo(app);
}

absl::StatusOr<publisher::IdentityToken> SigningFlags::ObtainToken(absl::Time deadline) const {
  publisher::TokenSources sources;
  sources.given = identity_token;
  sources.environment = Environment;
  ASSIGN_OR_RETURN(sources.http, net::MakeHttpClient());
  return publisher::ObtainToken(sources, deadline);
}

absl::StatusOr<publisher::Signer> SigningFlags::MakeSigner() const {
  if (!key_file.empty() && !identity_token.empty()) {
    return UsageError("--key and --identity-token exclude each other: a key pair has no identity");
  }
  ASSIGN_OR_RETURN(const auto root, trust.Load());
  ASSIGN_OR_RETURN(publisher::ServiceCaller caller, MakeCaller());
  if (!key_file.empty()) {
    ASSIGN_OR_RETURN(publisher::KeyPair pair, LoadKeyPair(key_file, signing_config_file));
    return publisher::Signer(std::move(pair), std::move(caller), root);
  }
  ASSIGN_OR_RETURN(publisher::SigningServices services, LoadServices(signing_config_file));
  publisher::Keyless keyless{std::move(services),
                             [flags = *this](absl::Time deadline) { return flags.ObtainToken(deadline); }};
  return publisher::Signer(std::move(keyless), std::move(caller), root);
}

void AttachFlags::AddTo(CLI::App& app) {
  app.add_option(
         "--layout", layout,
         "How the signature lies in the registry: bundle (cosign 3), legacy (cosign 1 and 2) or both; "
         "legacy needs a Rekor v1 log")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, SignatureLayout>{{"bundle", SignatureLayout::kBundle},
                                                                         {"legacy", SignatureLayout::kLegacy},
                                                                         {"both", SignatureLayout::kBoth}}))
      ->option_text("bundle|legacy|both");
  app.add_option("--annotations,-a", annotations,
                 "Said in the signature and signed with it; repeat for several")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

absl::StatusOr<publisher::AttachOptions> AttachFlags::ToOptions(absl::Time now) const {
  publisher::AttachOptions options{layout, {}, now};
  for (const std::string& text : annotations) {
    ASSIGN_OR_RETURN(auto annotation, ParseAnnotation(text));
    if (!options.annotations.insert(annotation).second) {
      return UsageError(Cat("--annotations: \"", Printable(annotation.first, 80), "\" is given twice"));
    }
  }
  return options;
}

absl::StatusOr<std::pair<std::string, std::string>> ParseAnnotation(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || !IsUtf8(text)) {
    return UsageError(Cat("--annotations: expected KEY=VALUE in UTF-8, found \"", Printable(text, 80), "\""));
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

}  // namespace chartseal::cli
