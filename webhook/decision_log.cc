#include "webhook/decision_log.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "verifier/base/limits.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

constexpr size_t kAnswers = 8;  // that one line shows; the denial's text is there in any case

void SetUnlessEmpty(Node& node, std::string_view key, std::string_view value) {
  if (!value.empty()) node.Set(key, Printable(value, limits::kMaxReviewNameBytes));
}

// Gathers what was not a yes, and for whom: "image" or "chart" and its name.
class Answers {
 public:
  void Add(std::string_view kind, std::string_view name, const std::optional<crypto::Digest>& digest,
           const std::vector<Ruling>& rulings) {
    for (const Ruling& ruling : rulings) {
      if (ruling.answer == Answer::kYes || list_.list().size() == kAnswers) continue;
      Node node = Node::MakeMap();
      node.Set(kind, Printable(name, limits::kMaxReviewImageBytes));
      if (digest.has_value()) node.Set("digest", digest->ToString());
      SetUnlessEmpty(node, "policy", ruling.policy);
      node.Set("mode", Name(ruling.effect)).Set("answer", Name(ruling.answer));
      list_.Append(node.Set("reason", Name(ruling.reason)));
    }
  }
  Node Take() && { return std::move(list_); }

 private:
  Node list_ = Node::MakeList();
};

std::string ChartName(const verification::ReleaseReport& release) {
  const verification::PlaceReport* const place = release.place();
  return place == nullptr ? Cat(release.chart, ":", release.version)
                          : Cat(place->repository, ":", place->tag);
}

Node DescribeAnswers(const Decision& decision) {
  Answers answers;
  if (decision.release.has_value()) {
    const verification::ReleaseReport& release = *decision.release;
    const auto digest = release.place() == nullptr ? std::nullopt : release.place()->digest;
    answers.Add("chart", ChartName(release), digest, release.rulings);
    answers.Add("chart", ChartName(release), digest, release.warnings);
  }
  for (const ChartReport& report : decision.charts) {
    const std::string name = report.version.empty() ? report.chart : Cat(report.chart, ":", report.version);
    answers.Add("chart", name, report.digest, report.rulings);
  }
  for (const ImageReport& report : decision.reports) {
    answers.Add("image", report.image, report.digest, report.rulings);
  }
  return std::move(answers).Take();
}

// Which chart a release is of, and how much of it is bound to that.
Node Describe(const verification::ReleaseReport& release) {
  Node node = Node::MakeMap();
  node.Set("chart", Printable(ChartName(release), limits::kMaxReviewImageBytes));
  SetUnlessEmpty(node, "fingerprint", release.fingerprint);
  const verification::PlaceReport* const place = release.place();
  if (place == nullptr) return node;
  if (place->digest.has_value()) node.Set("digest", place->digest->ToString());
  node.Set("stated", Node::Bool(place->stated)).Set("remembered", Node::Bool(place->remembered));
  if (place->documents.empty()) return node;
  const auto bound = std::count_if(place->documents.begin(), place->documents.end(), verification::IsBound);
  node.Set("documents", Node::Integer(static_cast<int64_t>(place->documents.size())));
  return node.Set("bound", Node::Integer(bound));
}

int64_t CountRemembered(const Decision& decision) {
  int64_t count = 0;
  for (const ImageReport& report : decision.reports) count += report.remembered ? 1 : 0;
  return count;
}

}  // namespace

log::Level LevelOf(const Decision& decision) {
  if (decision.verdict != "allowed") return log::Level::kWarning;
  return AnyCouldNotTell(decision) ? log::Level::kInfo : log::Level::kDebug;
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
  if (!view.decision.charts.empty()) {
    line.Set("charts", Node::Integer(static_cast<int64_t>(view.decision.charts.size())));
  }
  if (view.decision.release.has_value()) line.Set("release", Describe(*view.decision.release));
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
