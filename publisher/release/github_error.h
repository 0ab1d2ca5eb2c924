#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "verifier/net/http_client.h"

namespace chartseal::publisher {

// "github: WHAT: FOUND; next: NEXT", carrying kGithubFailed.
absl::Status GithubError(absl::StatusCode code, std::string_view what, std::string_view found,
                         std::string_view next);

// What an answer other than 2xx means: its message and the codes of its `errors`, with what to do about it.
// AlreadyExists for 422 with code "already_exists"; ResourceExhausted for rate limits, which GitHub tells as
// 403 as well. `with_token` says whether a token was sent.
absl::Status ErrorOfAnswer(const net::HttpResponse& response, std::string_view what, bool with_token);

}  // namespace chartseal::publisher
