#include "webhook/admission_handler.h"

#include <algorithm>
#include <memory>

#include "verifier/base/limits.h"
#include "verifier/base/log.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {

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

std::variant<HttpReply, HttpWork> AdmissionHandler::Start(Endpoint endpoint,
                                                          const HttpRequest& request) const {
  auto begun = Begin(endpoint, request);
  if (begun.ok()) return *std::move(begun);
  metrics_.Malformed();
  const std::string message = Cat(Name(ReasonOf(begun.status())), ": ", Message(begun.status()));
  log::Warning("malformed review", {{"detail", message}});
  return HttpReply{.status = 400, .body = message + "\n"};
}

HttpReply AdmissionHandler::Answer(Endpoint endpoint, const HttpRequest& request) const {
  auto begun = Start(endpoint, request);
  if (auto* reply = std::get_if<HttpReply>(&begun)) return std::move(*reply);
  return std::get<HttpWork>(begun)();
}

absl::StatusOr<std::variant<HttpReply, HttpWork>> AdmissionHandler::Begin(Endpoint endpoint,
                                                                          const HttpRequest& request) const {
  ASSIGN_OR_RETURN(const absl::Time deadline, ReviewDeadline(request.query, request.received));
  PendingReview review{.endpoint = endpoint};
  ASSIGN_OR_RETURN(review.request, ParseAdmissionReview(request.body));
  const absl::Time received = request.received;
  if (const auto decision = gates_.Begin(review, clock_())) return Reply(review, *decision, received);
  auto left = std::make_shared<PendingReview>(std::move(review));
  return HttpWork(
      [this, left, received, deadline] { return Reply(*left, gates_.Finish(*left, deadline), received); });
}

HttpReply AdmissionHandler::Reply(const PendingReview& review, const Decision& decision,
                                  absl::Time received) const {
  const absl::Time now = clock_();
  const DecisionView view{review.request, decision, review.endpoint, review.snapshot, now, now - received};
  for (DecisionObserver* observer : observers_) observer->Decided(view);
  return {.content_type = "application/json",
          .body = WriteAdmissionReview(decision.response, review.endpoint == Endpoint::kMutate
                                                              ? AnswerFor::kMutation
                                                              : AnswerFor::kValidation)};
}

}  // namespace chartseal::webhook
