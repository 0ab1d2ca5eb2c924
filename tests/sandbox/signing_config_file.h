#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/time/time.h"

namespace chartseal::sandbox {

// Where the services listen; base URLs without a final slash, but `tsa` is the whole endpoint.
struct ServiceUrls {
  std::string oidc;
  std::string fulcio;
  std::string rekor_v1;
  std::string rekor_v2;
  std::string tsa;
};

struct SigningConfigOptions {
  bool with_rekor_v1 = true;
  bool with_rekor_v2 = false;  // clients take the highest version only, so a file usually has one of the two
  bool with_tsa = true;
  std::function<void(nlohmann::json&)> mutate;
};

// signing_config v0.2 (spec/sigstore.md §3.4), everything valid from `start`.
std::string SigningConfigJson(const ServiceUrls& urls, absl::Time start,
                              const SigningConfigOptions& options = {});

}  // namespace chartseal::sandbox
