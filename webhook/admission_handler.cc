#include "webhook/admission_handler.h"

#include <algorithm>

#include "verifier/base/limits.h"
#include "verifier/base/log.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

// One line for each decision. Names and reasons only: objects may hold secrets.
void Log(const AdmissionRequest& request, const Decision& decision, absl::Duration took) {
  const log::Level level = decision.verdict == "allowed" ? log::Level::kInfo : log::Level::kWarning;
  log::Write(level, "admission",
             {{"request_id", request.uid},
              {"operation", Name(request.operation)},
              {"kind", request.kind.ToString()},
              {"subresource", request.subresource},
              {"namespace", request.namespace_name},
              {"name", request.name},
              {"dry_run", request.dry_run ? "true" : "false"},
              {"verdict", decision.verdict},
              {"reason", Name(decision.reason)},
              {"images", std::to_string(decision.reports.size())},
              {"detail", decision.response.message},
              {"milliseconds", std::to_string(absl::ToInt64Milliseconds(took))}});
}

}  // namespace

absl::StatusOr<absl::Time> ReviewDeadline(std::string_view query, absl::Time received) {
  absl::Duration timeout = limits::kDefaultReviewTimeout;
  const std::string_view text = QueryValue(query, "timeout");
  if (!text.empty() && (!absl::ParseDuration(ToAbsl(text), &timeout) || timeout <= absl::ZeroDuration())) {
    return Malformed(Reason::kReviewMalformed,
                     "?timeout=", Cat("expected a duration such as 10s, found \"", Printable(text), "\""));
  }
  timeout = std::min(timeout, limits::kMaxReviewTimeout);
  return received + timeout - std::min(limits::kReviewMargin, timeout / 2);
}

HttpReply AdmissionHandler::Validate(const HttpRequest& request) {
  const absl::StatusOr<Decision> decision = Review(request);
  if (decision.ok()) {
    return {.content_type = "application/json", .body = WriteAdmissionReview(decision->response)};
  }
  metrics_.Malformed();
  const std::string message = Cat(Name(ReasonOf(decision.status())), ": ", Message(decision.status()));
  log::Warning("malformed review", {{"detail", message}});
  return {.status = 400, .body = message + "\n"};
}

absl::StatusOr<Decision> AdmissionHandler::Review(const HttpRequest& request) {
  ASSIGN_OR_RETURN(const absl::Time deadline, ReviewDeadline(request.query, request.received));
  ASSIGN_OR_RETURN(const AdmissionRequest review, ParseAdmissionReview(request.body));
  Decision decision = gate_.Review(review, deadline);
  metrics_.Decided(decision);
  Log(review, decision, clock_() - request.received);
  return decision;
}

}  // namespace chartseal::webhook
