#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace chartseal::publisher {

// The services that a signature is made with.
struct RekorService {
  std::string url;  // base
  int version = 1;  // 1 or 2
};
struct SigningServices {
  std::string fulcio_url;                   // base
  std::string oidc_url;                     // the issuer for interactive use; may be empty
  std::vector<RekorService> rekor;          // each gets an entry
  std::vector<std::string> timestamp_urls;  // full URLs; each gives a timestamp
  std::vector<RekorService> other_rekor;    // equally good ones, for when one is frozen
};

// A Sigstore signing config v0.2 (spec/sigstore.md §3.4). Immutable.
class SigningConfig {
 public:
  // Strict. InvalidArgument with kSigningConfigMalformed or kJsonMalformed.
  static absl::StatusOr<SigningConfig> ParseJson(std::string_view json, std::string_view where);
  // The public-good instance's, embedded; see docs/trusted-root.md.
  static const SigningConfig& PublicGood();
  ~SigningConfig();
  SigningConfig(SigningConfig&&) noexcept;

  // Applies validity, versions, operators and selectors at `now`. FailedPrecondition with
  // kSigningConfigMalformed when what a selector asks for is not there.
  absl::StatusOr<SigningServices> Select(absl::Time now) const;

 private:
  struct Data;
  explicit SigningConfig(std::unique_ptr<Data> data);
  std::unique_ptr<Data> data_;
};

}  // namespace chartseal::publisher
