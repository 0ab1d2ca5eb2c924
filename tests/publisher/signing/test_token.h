#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "absl/time/time.h"
#include "tests/sandbox/encoding.h"

namespace chartseal::publisher {

// A JWT of these claims, signed by nobody: what is tested here reads claims only.
inline std::string UnsignedToken(const std::string& claims_text) {
  return sandbox::Base64UrlEncode(R"({"alg":"RS256"})") + "." + sandbox::Base64UrlEncode(claims_text) + "." +
         sandbox::Base64UrlEncode("the signature of the token");
}

// What GitHub Actions claims, changed: a null removes the claim.
inline std::string TokenWith(absl::Time now, const nlohmann::json& changes = nlohmann::json::object()) {
  const int64_t seconds = absl::ToUnixSeconds(now);
  nlohmann::json claims = {{"iss", "https://token.actions.githubusercontent.com"},
                           {"aud", "sigstore"},
                           {"sub", "repo:acme/app:ref:refs/tags/v1"},
                           {"job_workflow_ref", "acme/app/.github/workflows/release.yml@refs/tags/v1"},
                           {"iat", seconds},
                           {"nbf", seconds},
                           {"exp", seconds + 600}};
  if (changes.is_object()) claims.merge_patch(changes);
  return UnsignedToken(claims.dump());
}

}  // namespace chartseal::publisher
