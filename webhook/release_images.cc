#include "webhook/release_images.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "webhook/release_workloads.h"
#include "webhook/remedy.h"

namespace chartseal::webhook {
namespace {

using Named = std::pair<std::string, std::string>;  // a namespace, and a name in it

Rejection TooMany(std::string_view document) {
  return {.reason = Reason::kLimitExceeded,
          .detail = Cat(document, ": more images in one release than can be verified at once"),
          .expected = Cat("at most ", limits::kMaxReleaseImages),
          .found = ""};
}

Rejection In(std::string_view document, Rejection rejection) {
  rejection.detail = Cat(document, ": ", rejection.detail);
  return rejection;
}

// Where what names no namespace may come to be: where the record says, and where it lies
// (docs/decisions/0018).
struct Homes {
  std::string said;
  std::string other;  // empty when it is the same
};

Homes HomesOf(const chart::Release& release, std::string_view namespace_name) {
  Homes homes{.said = release.namespace_name, .other = std::string(namespace_name)};
  if (homes.said.empty()) homes.said.swap(homes.other);
  if (homes.other == homes.said) homes.other.clear();
  return homes;
}

// Gathers the images of one object after the other, and what pull secrets the release brings itself.
class ImageCollector {
 public:
  ImageCollector(const ImagePathTable& paths, const Homes& homes) : paths_(paths), homes_(homes) {}

  Checked<Passed> Add(const RenderedObject& object) {
    NoteCredentials(object);
    if (paths_.Find(object.kind) == nullptr) return Passed();
    const auto json =
        JsonDocument::Parse(WriteJson(object.object), object.document, limits::kMaxKubeObjectBytes);
    if (!json.ok()) {
      return Rejection{ReasonOf(json.status()), Cat(object.document, ": ", Message(json.status())), "", ""};
    }
    const JsonValue root = (*json)->root();
    auto uses = workload::ExtractImages(object.kind, root, paths_);
    if (!uses.ok()) return In(object.document, uses.rejection());
    for (ImageUse use : std::move(uses).value()) {
      RETURN_IF_REJECTED(AddUse(object, std::move(use), root));
    }
    return Passed();
  }

  // `make` makes the question of an image and the namespace in which it is used.
  template <typename Make>
  std::vector<ReleaseImage> Take(Make make) && {
    std::vector<ReleaseImage> images;
    images.reserve(found_.size());
    for (Found& found : found_) {
      Question question = make(found.namespace_name, found.uses);
      std::optional<Question> elsewhere;
      if (found.is_at_home && !homes_.other.empty()) elsewhere = make(homes_.other, std::move(found.uses));
      const bool differs = elsewhere.has_value() && question.query.ok() &&
                           question.query->policies != elsewhere->query->policies;
      images.push_back(ImageOf(found, std::move(question), found.namespace_name));
      if (differs) images.push_back(ImageOf(found, *std::move(elsewhere), homes_.other));
    }
    return images;
  }

 private:
  struct Found {
    std::string namespace_name;
    std::vector<ImageUse> uses;
    PullContext pull;
    bool only_tests = false;
    bool is_at_home = false;  // some document that names no namespace uses it
  };

  ReleaseImage ImageOf(const Found& found, Question question, const std::string& namespace_name) const {
    PullContext pull = found.pull;
    pull.namespace_name = namespace_name;
    const bool secret_to_come = AddCredentials(pull);
    return {std::move(question), std::make_shared<const PullContext>(std::move(pull)), secret_to_come,
            found.only_tests};
  }

  void NoteCredentials(const RenderedObject& object) {
    if (!object.kind.group.empty()) return;
    const Node* metadata = object.object.Find("metadata");
    const std::string_view name = metadata == nullptr ? "" : metadata->StringOr("name");
    for (const std::string_view place : PlacesOf(object)) {
      Named named(place, name);
      if (object.kind.kind == "Secret")
        secrets_.insert(std::move(named));
      else if (object.kind.kind == "ServiceAccount")
        accounts_[std::move(named)] = SecretsOf(object.object);
    }
  }

  std::vector<std::string_view> PlacesOf(const RenderedObject& object) const {
    if (!object.namespace_name.empty()) return {object.namespace_name};
    return {homes_.said, homes_.other};
  }

  static std::vector<std::string> SecretsOf(const Node& account) {
    std::vector<std::string> names;
    const Node* list = account.Find("imagePullSecrets");
    if (list == nullptr || !list->is_list()) return names;
    for (const Node& reference : list->list()) {
      if (names.size() < limits::kMaxPullSecrets) names.emplace_back(reference.StringOr("name"));
    }
    return names;
  }

  Checked<Passed> AddUse(const RenderedObject& object, ImageUse use, JsonValue root) {
    const bool at_home = object.namespace_name.empty();
    const std::string place(at_home ? std::string_view(homes_.said) : object.namespace_name);
    const auto [entry, is_new] = index_.try_emplace(Named(place, use.reference), found_.size());
    if (is_new) {
      if (found_.size() == limits::kMaxReleaseImages) {
        index_.erase(entry);  // what follows may be read on
        return TooMany(object.document);
      }
      found_.push_back(
          {place, {}, PullContextOf(object.kind, root, place, paths_), object.only_test, at_home});
    }
    Found& found = found_[entry->second];
    found.only_tests = found.only_tests && object.only_test;
    found.is_at_home = found.is_at_home || at_home;
    use.path = Cat(object.document, ": ", use.path);
    if (found.uses.size() < limits::kMaxReviewImages) found.uses.push_back(std::move(use));
    return Passed();
  }

  // What the service account will have when the release has created it. Whether a secret of the pod is among
  // what the release creates.
  bool AddCredentials(PullContext& pull) const {
    const auto account = accounts_.find(Named(pull.namespace_name, pull.service_account));
    if (account != accounts_.end()) {
      pull.secrets.insert(pull.secrets.end(), account->second.begin(), account->second.end());
    }
    return std::any_of(pull.secrets.begin(), pull.secrets.end(), [&](const std::string& name) {
      return secrets_.contains(Named(pull.namespace_name, name));
    });
  }

  const ImagePathTable& paths_;
  const Homes& homes_;
  std::map<Named, size_t> index_;  // by namespace and reference as written
  std::vector<Found> found_;
  std::set<Named> secrets_;
  std::map<Named, std::vector<std::string>> accounts_;
};

bool AnyImagePolicy(const PolicySnapshot& snapshot) {
  const auto& policies = snapshot.policies.policies;
  return std::any_of(policies.begin(), policies.end(),
                     [](const policy::Policy& policy) { return !policy.images.empty(); });
}

bool CoversAllImages(const policy::Policy& policy) {
  return std::any_of(policy.images.begin(), policy.images.end(),
                     [](const policy::Glob& glob) { return glob.pattern() == "**"; });
}

// Which object of which kind names the image is left open: policies that are limited to some kinds hold for
// the pods that come of any.
Question QuestionIn(const std::string& namespace_name, std::vector<ImageUse> uses,
                    const ReleaseImageSetting& setting) {
  AdmissionRequest request;
  request.namespace_name = namespace_name;
  const auto labels = setting.labels == nullptr ? nullptr : setting.labels->Of(namespace_name);
  return std::move(MakeQuestions(std::move(uses), {request, labels.get(), setting.snapshot}).front());
}

// Whether an image of which nothing is known could be a reason to deny the release, when it is used in this
// namespace; in any when that is empty.
bool MayBeDenied(const std::string& namespace_name, const ReleaseImageSetting& setting) {
  const auto labels =
      setting.labels == nullptr || namespace_name.empty() ? nullptr : setting.labels->Of(namespace_name);
  const policy::PolicySet& policies = setting.snapshot->policies;
  bool covered = false;
  for (const policy::Policy* policy : policies.Match({.kind = policy::ArtifactKind::kImage,
                                      .name = "",
                                      .namespace_name = namespace_name,
                                      .namespace_labels = labels.get()})) {
    if (policy->mode == policy::Mode::kEnforce) return true;
    const bool limited = !policy->namespaces.empty() || policy->namespace_selector.has_value();
    covered = covered || (CoversAllImages(*policy) && !(namespace_name.empty() && limited));
  }
  return !covered && policies.no_match == policy::NoMatch::kDeny;
}

// Whether a reader who takes more than we do could find a namespace in this; escapes and tags could spell it.
bool MayNameNamespace(std::string_view text) {
  return text.find("amespace") != text.npos || text.find_first_of("\\!") != text.npos;
}

// Collects images. What cannot be read ends that where an image in it could be a reason to deny.
class ReleaseVisitor : public ObjectVisitor {
 public:
  ReleaseVisitor(const ReleaseImageSetting& setting, const Homes& homes)
      : setting_(setting), homes_(homes), collector_(setting.paths, homes) {}

  Checked<Passed> Visit(const RenderedObject& object) override {
    Checked<Passed> added = collector_.Add(object);
    return added.ok() ? added : Miss(added.rejection(), MayBeDeniedIn(object.namespace_name));
  }
  Checked<Passed> VisitUnreadable(std::string_view text, Rejection why) override {
    return Miss(std::move(why), MayNameNamespace(text) ? MayBeDenied("", setting_) : MayBeDeniedIn(""));
  }

  // Gives `why` back, or keeps it.
  Checked<Passed> Miss(Rejection why, bool may_be_denied) {
    if (may_be_denied) return why;
    if (!missed_.has_value()) missed_ = std::move(why);
    return Passed();
  }

  ReleaseImages Take() && {
    auto images = std::move(collector_).Take([&](const std::string& place, std::vector<ImageUse> uses) {
      return QuestionIn(place, std::move(uses), setting_);
    });
    return {std::move(images), std::move(missed_)};
  }

 private:
  bool MayBeDeniedIn(std::string_view named) const {
    if (!named.empty()) return MayBeDenied(std::string(named), setting_);
    return MayBeDenied(homes_.said, setting_) ||
           (!homes_.other.empty() && MayBeDenied(homes_.other, setting_));
  }

  const ReleaseImageSetting& setting_;
  const Homes& homes_;
  ImageCollector collector_;
  std::optional<Rejection> missed_;
};

// What was missed, as a warning that names it.
ImageReport ReportOf(const Rejection& missed) {
  Ruling ruling{.effect = Effect::kWarn,
                .answer = Answer::kCouldNotTell,
                .reason = missed.reason,
                .detail = missed.detail,
                .expected = missed.expected,
                .found = missed.found,
                .next = Remedy(missed.reason, "", "")};
  return {.image = missed.detail, .paths = {}, .digest = std::nullopt, .rulings = {std::move(ruling)}};
}

bool IsForWantOfCredentials(const Ruling& ruling) {
  if (ruling.answer != Answer::kCouldNotTell) return false;
  return ruling.reason == Reason::kUnauthorized || ruling.reason == Reason::kNotFound ||
         ruling.reason == Reason::kCredentialsUnusable;
}

// Where nobody could say what a tag stands for, what is said of the digest that it had; not where a registry
// says that it does not have it. By a verifier that knows of a digest what it knows when all time is over.
void AskAboutLastSeen(const std::vector<ImageQuery>& queries, const ReleaseImageJudges& judges,
                      absl::Time deadline, std::vector<absl::StatusOr<ImageOutcome>>& outcomes) {
  std::vector<ImageQuery> by_digest;
  std::vector<size_t> asked;
  for (size_t i = 0; i < queries.size(); ++i) {
    const oci::Reference& reference = queries[i].reference;
    if (outcomes[i].ok() || absl::IsNotFound(outcomes[i].status()) || reference.digest().has_value())
      continue;
    const auto digest = judges.tags.Find(judges.core, reference);
    if (!digest.has_value()) continue;
    by_digest.push_back(queries[i]);
    by_digest.back().reference = reference.WithDigestOnly(*digest);
    asked.push_back(i);
  }
  auto known = judges.verifier.VerifyAll(by_digest, deadline);
  for (size_t i = 0; i < asked.size(); ++i) {
    if (known[i].ok()) outcomes[asked[i]] = std::move(known[i]);
  }
}

void Soften(const ReleaseImage& image, ImageReport& report) {
  for (Ruling& ruling : report.rulings) {
    const bool later = image.only_tests || (image.secret_to_come && IsForWantOfCredentials(ruling));
    if (later && Denies(ruling)) ruling.effect = Effect::kWarn;
  }
}

}  // namespace

Checked<ReleaseImages> FindReleaseImages(const chart::Release& release, const ReleaseImageSetting& setting,
                                         absl::Time deadline) {
  if (!AnyImagePolicy(*setting.snapshot)) return ReleaseImages();
  const Homes homes = HomesOf(release, setting.namespace_name);
  ReleaseVisitor visitor(setting, homes);
  const Checked<Passed> all = VisitObjects(release, setting.clock, deadline, visitor);
  if (!all.ok()) RETURN_IF_REJECTED(visitor.Miss(all.rejection(), MayBeDenied("", setting)));
  return std::move(visitor).Take();
}

std::vector<ImageReport> JudgeReleaseImages(const ReleaseImages& found, const ReleaseImageJudges& judges,
                                            absl::Time deadline) {
  const std::vector<ReleaseImage>& images = found.images;
  std::vector<ImageReport> reports(images.size());
  std::vector<ImageQuery> queries;
  std::vector<size_t> asked;
  for (size_t i = 0; i < images.size(); ++i) {
    const Question& question = images[i].question;
    if (auto report = ReportWithoutAsking(question, judges.no_match)) {
      reports[i] = *std::move(report);
    } else if (auto recalled = judges.verifier.Recall(*question.query, judges.clock())) {
      reports[i] = Report(question, *std::move(recalled));
    } else {
      queries.push_back(*question.query);
      queries.back().pull = images[i].pull;
      asked.push_back(i);
    }
  }
  auto outcomes = judges.verifier.VerifyAll(queries, deadline);
  AskAboutLastSeen(queries, judges, deadline, outcomes);
  for (size_t i = 0; i < asked.size(); ++i) {
    reports[asked[i]] = Report(images[asked[i]].question, outcomes[i]);
  }
  for (size_t i = 0; i < images.size(); ++i) Soften(images[i], reports[i]);
  if (found.missed.has_value()) reports.push_back(ReportOf(*found.missed));
  return reports;
}

void KeepTags(std::string_view core, const std::vector<ImageReport>& reports, LastSeenTags& tags) {
  for (const ImageReport& report : reports) {
    const auto reference = oci::Reference::Parse(report.image);
    if (!reference.ok() || reference->digest().has_value() || !report.digest.has_value()) continue;
    tags.Put(core, *reference, *report.digest);
  }
}

}  // namespace chartseal::webhook
