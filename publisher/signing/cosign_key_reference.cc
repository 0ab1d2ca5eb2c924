#include "publisher/signing/cosign_key.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

// What --key may name.
namespace chartseal::publisher {
namespace {

constexpr std::string_view kEnvironment = "env://";

absl::Status Unusable(std::string_view where, std::string_view what) {
  return Malformed(Reason::kPrivateKeyUnusable, where, what);
}

absl::StatusOr<std::string> KeyText(
    const std::string& reference, const std::function<std::optional<std::string>(const char*)>& environment) {
  if (reference.starts_with(kEnvironment)) {
    const std::string name = reference.substr(kEnvironment.size());
    auto value = environment ? environment(name.c_str()) : std::nullopt;
    if (value.has_value() && !value->empty()) return *std::move(value);
    return Unusable(Printable(reference), "the environment variable is not set");
  }
  if (reference.find("-----BEGIN") != std::string::npos) {
    return Unusable("--key", "the key itself stands where a file name or env://NAME is expected");
  }
  if (const size_t end = reference.find("://"); end != std::string::npos) {
    return Unusable(Cat(Printable(reference.substr(0, end)), "://…"),
                    "keys in a key management service or in Kubernetes are not supported; give a file or "
                    "env://NAME, or sign keylessly");
  }
  if (reference.starts_with("pkcs11:")) {
    return Unusable("pkcs11:…",
                    "keys in hardware are not supported; give a file or env://NAME, or sign keylessly");
  }
  auto text = ReadFile(reference, limits::kMaxPrivateKeyBytes);
  if (!text.ok()) return WithReason(Annotate(text.status(), "private key"), Reason::kPrivateKeyUnusable);
  return text;
}

absl::StatusOr<crypto::PrivateKey> Read(std::string_view text,
                                        const std::optional<std::string>& pass_phrase) {
  if (!IsCosignKey(text)) {
    return crypto::PrivateKey::FromPem(text, pass_phrase ? std::string_view(*pass_phrase) : "");
  }
  if (pass_phrase.has_value()) return DecryptCosignKey(text, *pass_phrase);
  return Unusable("cosign key", "it is encrypted; put its pass phrase into COSIGN_PASSWORD");
}

}  // namespace

absl::StatusOr<crypto::PrivateKey> LoadPrivateKey(
    const std::string& reference, const std::function<std::optional<std::string>(const char*)>& environment) {
  ASSIGN_OR_RETURN(std::string text, KeyText(reference, environment));
  std::optional<std::string> pass_phrase = environment ? environment("COSIGN_PASSWORD") : std::nullopt;
  auto key = Read(text, pass_phrase);
  crypto::Wipe(text);
  if (pass_phrase.has_value()) crypto::Wipe(*pass_phrase);
  if (!key.ok()) return Annotate(key.status(), Printable(reference));
  return key;
}

}  // namespace chartseal::publisher
