#include "webhook/events.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/log.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/digest.h"

namespace chartseal::webhook {
namespace {

constexpr absl::Duration kComplaintInterval = absl::Minutes(1);
constexpr size_t kLongestNamePrefix = 200;  // of the 253 that a name may have

// What decided: the first denial or, when nothing was denied, the first warning, and of what.
struct Decisive {
  std::string name;
  std::optional<crypto::Digest> digest;
  const Ruling* ruling = nullptr;
};

const Ruling* FirstOf(Effect effect, const std::vector<Ruling>& rulings) {
  const auto found = std::find_if(rulings.begin(), rulings.end(), [effect](const Ruling& ruling) {
    return ruling.answer != Answer::kYes && ruling.effect == effect;
  });
  return found == rulings.end() ? nullptr : &*found;
}

Decisive DecisiveOf(const verification::ReleaseReport& release, Effect effect) {
  const Ruling* ruling = effect == Effect::kDeny ? release.Denial() : FirstOf(effect, release.rulings);
  if (ruling == nullptr) ruling = FirstOf(effect, release.warnings);
  const verification::PlaceReport* const place = release.place();
  if (place == nullptr) return {Cat("chart ", release.chart, " ", release.version), std::nullopt, ruling};
  return {Cat("chart ", place->repository, ":", place->tag), place->digest, ruling};
}

Decisive DecisiveOf(const Decision& decision) {
  const Effect effect = decision.verdict == "denied" ? Effect::kDeny : Effect::kWarn;
  if (decision.release.has_value()) {
    Decisive found = DecisiveOf(*decision.release, effect);
    if (found.ruling != nullptr) return found;
  }
  for (const ChartReport& report : decision.charts) {
    if (const Ruling* ruling = FirstOf(effect, report.rulings)) {
      return {Cat("chart ", report.chart, report.version.empty() ? "" : ":", report.version), report.digest,
              ruling};
    }
  }
  for (const ImageReport& report : decision.reports) {
    if (const Ruling* ruling = FirstOf(effect, report.rulings)) {
      return {report.image, report.digest, ruling};
    }
  }
  return {};
}

// "Pod shop/web", "Pod shop/web-*" when the name is still to be made.
std::string Subject(const AdmissionRequest& request) {
  std::string name = request.name;
  if (name.empty()) {
    const std::string_view prefix = request.object.Find("metadata").StringOr("generateName");
    name = Cat(prefix.substr(0, limits::kMaxReviewNameBytes), "*");
  }
  return Printable(Cat(request.kind.kind, " ", name, " (", Name(request.operation), ")"));
}

std::string Field(std::string_view label, std::string_view text) {
  return text.empty() ? std::string() : Cat("; ", label, " ", Printable(text));
}

std::string Explain(const Decisive& decisive) {
  const Ruling& ruling = *decisive.ruling;
  std::string text =
      Cat(Printable(decisive.name), ": ", ruling.answer == Answer::kCouldNotTell ? "could not tell: " : "",
          Name(ruling.reason));
  if (decisive.digest.has_value()) text += Field("digest", decisive.digest->ToString());
  text += Field("policy", ruling.policy);
  text += Field("why", ruling.detail);
  text += Field("expected", ruling.expected);
  text += Field("found", ruling.found);
  return text;
}

// Letters, digits, '-' and '.' in lower case: what the name of an object may have.
std::string NamePrefix(std::string_view name) {
  std::string prefix;
  for (const char c : name.substr(0, kLongestNamePrefix)) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool fits = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!fits && prefix.empty()) continue;  // it must begin with a letter or a digit
    prefix.push_back(upper ? static_cast<char>(c - 'A' + 'a') : fits ? c : '-');
  }
  return prefix.empty() ? "chartseal" : prefix + "-chartseal";
}

std::string EventName(const InvolvedObject& involved, std::string_view text, absl::Time at) {
  const std::string seed = Cat(involved.kind, "\n", involved.name, "\n", text, "\n", absl::ToUnixNanos(at));
  return Cat(NamePrefix(involved.name), ".", HexEncode(crypto::Sha256(seed)).substr(0, 16));
}

// Where Events about cluster-scoped objects go.
std::string NamespaceOf(const InvolvedObject& involved) {
  return involved.namespace_name.empty() ? "default" : involved.namespace_name;
}

}  // namespace

std::string EventText(const DecisionView& view) {
  const bool denied = view.decision.verdict == "denied";
  std::string text = Cat(denied ? "not admitted: " : "admitted with a warning: ", Subject(view.request));
  const Decisive decisive = DecisiveOf(view.decision);
  if (decisive.ruling != nullptr) {
    text += Cat(": ", Explain(decisive));
  } else {
    text += Cat(": ", Name(view.decision.reason), ": ",
                Printable(view.decision.response.message, limits::kMaxEventBytes));
  }
  if (text.size() <= limits::kMaxEventBytes) return text;
  return Cat(std::string_view(text).substr(0, limits::kMaxEventBytes - 3), "...");
}

Node MakeEvent(const InvolvedObject& involved, std::string_view text, bool denied, absl::Time at) {
  Node metadata = Node::MakeMap();
  metadata.Set("name", EventName(involved, text, at)).Set("namespace", NamespaceOf(involved));
  Node object = Node::MakeMap();
  object.Set("apiVersion", involved.api_version).Set("kind", involved.kind).Set("name", involved.name);
  if (!involved.namespace_name.empty()) object.Set("namespace", involved.namespace_name);
  if (!involved.uid.empty()) object.Set("uid", involved.uid);
  Node event = Node::MakeMap();
  event.Set("apiVersion", "v1").Set("kind", "Event").Set("metadata", std::move(metadata));
  event.Set("involvedObject", std::move(object));
  event.Set("type", "Warning").Set("reason", denied ? "ChartsealDenied" : "ChartsealWarned");
  event.Set("message", text).Set("count", Node::Integer(1));
  event.Set("firstTimestamp", Rfc3339(at)).Set("lastTimestamp", Rfc3339(at));
  event.Set("source", Node::MakeMap().Set("component", "chartseal"));
  return event;
}

Events::Events(std::shared_ptr<kube::Client> client, net::Clock clock)
    : client_(std::move(client)),
      clock_(std::move(clock)),
      tokens_(limits::kMaxEventsPerMinute),
      queue_(limits::kMaxQueuedEvents, AtEnd::kDiscard, [this](const Event& event) { Post(event); }) {}

void Events::Decided(const DecisionView& view) {
  if (view.decision.verdict == "allowed" || view.request.dry_run) return;
  InvolvedObject involved = InvolvedIn(view.request);
  const std::string text = EventText(view);
  if (!MaySay({involved, text}, view.at)) return;
  const bool denied = view.decision.verdict == "denied";
  queue_.Push({Cat("/api/v1/namespaces/", NamespaceOf(involved), "/events"),
               MakeEvent(involved, text, denied, view.at)});
}

bool Events::MaySay(Key key, absl::Time now) {
  const std::lock_guard lock(mutex_);
  if (SaidAlready(key, now)) {
    ++counts_.repeated;
    return false;
  }
  if (!TakeToken(now)) {
    ++counts_.limited;
    return false;
  }
  const auto entry = said_.insert_or_assign(std::move(key), now).first;
  by_age_.push_back(entry);
  return true;
}

bool Events::SaidAlready(const Key& key, absl::Time now) {
  while (!by_age_.empty() && (now - by_age_.front()->second >= limits::kEventRepeatTime ||
                              by_age_.size() >= limits::kMaxRememberedEvents)) {
    said_.erase(by_age_.front());
    by_age_.pop_front();
  }
  return said_.contains(key);
}

// A bucket that fills at the allowed rate: a burst of one minute's worth, then a steady trickle.
bool Events::TakeToken(absl::Time now) {
  constexpr double kFull = limits::kMaxEventsPerMinute;
  if (now > refilled_) {
    const double minutes = absl::FDivDuration(now - refilled_, absl::Minutes(1));
    tokens_ = std::min(kFull, tokens_ + minutes * kFull);
    refilled_ = now;
  }
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

void Events::Post(const Event& event) {
  const absl::Time now = clock_();
  const auto answer =
      client_->Send("POST", event.path, "application/json", event.body, now + limits::kKubeRequestTime);
  const std::lock_guard lock(mutex_);
  if (answer.ok()) {
    ++counts_.sent;
    return;
  }
  ++counts_.failed;
  if (now - complained_ < kComplaintInterval) return;
  complained_ = now;
  log::Warning("an Event could not be written",
               {{"path", event.path},
                {"reason", Name(ReasonOf(answer.status()))},
                {"detail", Printable(Message(answer.status()), limits::kMaxDenialLineBytes)}});
}

Events::Counts Events::counts() const {
  const uint64_t dropped = queue_.dropped();
  const std::lock_guard lock(mutex_);
  Counts counts = counts_;
  counts.queued = dropped;
  return counts;
}

void Events::AddTo(Metrics& metrics) const {
  metrics.AddCounters("chartseal_events_total", "Kubernetes Events about denials and warnings.", "outcome",
                      [this]() -> Metrics::Samples {
                        const Counts now = counts();
                        return {{"sent", static_cast<double>(now.sent)},
                                {"repeated", static_cast<double>(now.repeated)},
                                {"rate-limited", static_cast<double>(now.limited)},
                                {"dropped", static_cast<double>(now.queued)},
                                {"failed", static_cast<double>(now.failed)}};
                      });
}

}  // namespace chartseal::webhook
