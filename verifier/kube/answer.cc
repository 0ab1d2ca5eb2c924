#include "verifier/kube/answer.h"

#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::kube {
namespace {

absl::StatusCode CodeOf(int http_status, std::string_view method) {
  switch (http_status) {
    case 404:
      return absl::StatusCode::kNotFound;
    case 401:
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 409:
      return method == "POST" ? absl::StatusCode::kAlreadyExists : absl::StatusCode::kAborted;
    case 410:
      return absl::StatusCode::kOutOfRange;
    case 429:
      return absl::StatusCode::kResourceExhausted;
    default:
      return http_status >= 500 ? absl::StatusCode::kUnavailable : absl::StatusCode::kInvalidArgument;
  }
}

absl::Status Error(absl::StatusCode code, std::string_view where, std::string_view what) {
  return WithReason(absl::Status(code, Cat(where, ": ", what)), Reason::kKubeUnavailable);
}

absl::Status ErrorSaying(std::string_view where, std::string_view method, int code, std::string_view said) {
  const std::string text =
      said.empty() ? Cat("answered ", code) : Cat("answered ", code, ": ", Printable(said, 512));
  return Error(CodeOf(code, method), where, text);
}

// The parser quotes what it read last, which may be a value of a Secret: only what it says before that is
// told.
absl::Status WithoutQuote(const absl::Status& status) {
  const std::string message = Message(status);
  const size_t quote = message.find("; last read");
  if (quote == std::string::npos) return status;
  return absl::Status(status.code(), ToAbsl(std::string_view(message).substr(0, quote)));
}

}  // namespace

absl::Status ErrorOfAnswer(std::string_view where, std::string_view method, int http_status,
                           std::string_view body) {
  // Authorizers, proxies and aggregated servers also answer in plain text.
  const auto status = ParseJson(body, where);
  const bool is_status = status.ok() && status->StringOr("kind") == "Status";
  return ErrorSaying(where, method, http_status, is_status ? status->StringOr("message") : body);
}

absl::Status ErrorOfStatusObject(std::string_view where, const Node& status) {
  const Node* code = status.Find("code");
  if (code == nullptr || code->kind() != Node::Kind::kInteger) {
    return Error(absl::StatusCode::kInvalidArgument, where, "an ERROR event without a Status object");
  }
  return ErrorSaying(where, "GET", static_cast<int>(code->integer_value()), status.StringOr("message"));
}

absl::StatusOr<Node> ObjectOfAnswer(std::string_view where, std::string_view body, size_t max_bytes) {
  auto object = ParseJson(body, where, {.max_bytes = max_bytes});
  if (!object.ok()) return WithReason(WithoutQuote(object.status()), Reason::kKubeUnavailable);
  if (!object->is_map()) {
    return Error(absl::StatusCode::kInvalidArgument, where,
                 Cat("expected an object, found ", KindName(object->kind())));
  }
  return object;
}

absl::Status NoAnswer(const absl::Status& status) {
  // A certificate that cannot be verified is one more way to get no answer: it may be right again after the
  // rotation that is under way.
  const bool tls = ReasonOf(status) == Reason::kTlsFailed;
  const absl::Status mapped = tls ? absl::UnavailableError(status.message()) : status;
  return WithReason(mapped, Reason::kKubeUnavailable);
}

}  // namespace chartseal::kube
