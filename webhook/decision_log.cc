#include "webhook/decision_log.h"

#include <string>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

constexpr size_t kAnswers = 8;  // that one line shows; the denial's text is there in any case

bool AnyUnknown(const Decision& decision) {
  for (const ImageReport& report : decision.reports) {
    for (const Ruling& ruling : report.rulings) {
      if (ruling.answer == Answer::kCouldNotTell) return true;
    }
  }
  return false;
}

void SetUnlessEmpty(Node& node, std::string_view key, std::string_view value) {
  if (!value.empty()) node.Set(key, Printable(value, limits::kMaxReviewNameBytes));
}

// One thing that was not a yes.
Node DescribeRuling(const ImageReport& report, const Ruling& ruling) {
  Node node = Node::MakeMap();
  node.Set("image", Printable(report.image, limits::kMaxReviewImageBytes));
  if (report.digest.has_value()) node.Set("digest", report.digest->ToString());
  SetUnlessEmpty(node, "policy", ruling.policy);
  node.Set("mode", Name(ruling.effect)).Set("answer", Name(ruling.answer));
  return node.Set("reason", Name(ruling.reason));
}

Node DescribeAnswers(const Decision& decision) {
  Node answers = Node::MakeList();
  for (const ImageReport& report : decision.reports) {
    for (const Ruling& ruling : report.rulings) {
      if (ruling.answer == Answer::kYes) continue;
      if (answers.list().size() == kAnswers) return answers;
      answers.Append(DescribeRuling(report, ruling));
    }
  }
  return answers;
}

int64_t CountRemembered(const Decision& decision) {
  int64_t count = 0;
  for (const ImageReport& report : decision.reports) count += report.remembered ? 1 : 0;
  return count;
}

}  // namespace

log::Level LevelOf(const Decision& decision) {
  if (decision.verdict != "allowed") return log::Level::kWarning;
  return AnyUnknown(decision) ? log::Level::kInfo : log::Level::kDebug;
}

Node DescribeDecision(const DecisionView& view) {
  const AdmissionRequest& request = view.request;
  Node line = Node::MakeMap();
  SetUnlessEmpty(line, "request_id", request.uid);
  line.Set("endpoint", view.endpoint == Endpoint::kValidate ? "validate" : "mutate");
  line.Set("operation", Name(request.operation));
  SetUnlessEmpty(line, "kind", request.kind.ToString());
  SetUnlessEmpty(line, "subresource", request.subresource);
  SetUnlessEmpty(line, "namespace", request.namespace_name);
  SetUnlessEmpty(line, "name", request.name);
  if (request.dry_run) line.Set("dry_run", Node::Bool(true));
  line.Set("verdict", view.decision.verdict).Set("reason", Name(view.decision.reason));
  line.Set("images", Node::Integer(static_cast<int64_t>(view.decision.reports.size())));
  line.Set("remembered", Node::Integer(CountRemembered(view.decision)));
  line.Set("milliseconds", Node::Number(absl::ToDoubleMilliseconds(view.took)));
  Node answers = DescribeAnswers(view.decision);
  if (!answers.list().empty()) line.Set("answers", std::move(answers));
  if (!view.decision.response.message.empty()) {
    // Its lines are printable already; JSON escapes what is between them.
    line.Set("detail", std::string_view(view.decision.response.message).substr(0, limits::kMaxDenialBytes));
  }
  return line;
}

DecisionLog::DecisionLog()
    : lines_(limits::kMaxQueuedLogLines, AtEnd::kFinish,
             [](const Line& line) { log::Write(line.level, "admission", line.fields); }) {}

void DecisionLog::Decided(const DecisionView& view) {
  const log::Level level = LevelOf(view.decision);
  if (!log::Enabled(level)) return;
  lines_.Push({level, DescribeDecision(view)});
}

}  // namespace chartseal::webhook
