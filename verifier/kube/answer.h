#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "verifier/base/node.h"

// What an API server's answers mean (Kubernetes API conventions, "Response Status Kind").
namespace chartseal::kube {

// The error that an answer other than 2xx stands for, as kube::Client documents it: `where` and what the
// Status object in `body` says, made printable.
absl::Status ErrorOfAnswer(std::string_view where, std::string_view method, int http_status,
                           std::string_view body);

// The error that a Status object stands for which came inside a watch (an event of type ERROR).
absl::Status ErrorOfStatusObject(std::string_view where, const Node& status);

// The JSON object in `body`. InvalidArgument/kKubeUnavailable, or ResourceExhausted/kKubeUnavailable when it
// is larger than is read. No value of the body is in an error: it may be a Secret's.
absl::StatusOr<Node> ObjectOfAnswer(std::string_view where, std::string_view body, size_t max_bytes);

// What came instead of an answer, from the HTTP client: its message under the codes of kube::Client.
absl::Status NoAnswer(const absl::Status& status);

}  // namespace chartseal::kube
