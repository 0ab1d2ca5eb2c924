#include "verifier/policy/cluster_image_policy.h"

#include <optional>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/policy/fingerprint.h"

namespace chartseal::policy {
namespace {

constexpr std::string_view kGroup = "policy.sigstore.dev/";
constexpr std::string_view kKind = "ClusterImagePolicy";

// Reads on after a problem, so that all of them are named at once. The images come first: without them
// nothing could be refused.
class PolicyReader {
 public:
  explicit PolicyReader(const ImagePolicyContext& context) : context_(context) {}

  absl::StatusOr<ImportedPolicy> Read(ObjectReader& object) {
    RETURN_IF_ERROR(ReadHeader(object));
    ASSIGN_OR_RETURN(ObjectReader spec, object.Object("spec"));
    RETURN_IF_ERROR(ReadImages(spec));
    object.Has("status");  // policy-controller's own
    Note(object.Done());
    Note(ReadMode(spec));
    Note(ReadMatch(spec));
    ReadAuthorities(spec);
    if (spec.Has("policy")) {
      Note(spec.ErrorAt("policy", "CUE and Rego are not evaluated"));
    }
    Note(spec.Done());
    Seal(spec.node());
    return std::move(result_);
  }

 private:
  Policy& policy() { return result_.policy; }

  void Note(const absl::Status& status) {
    if (!status.ok()) result_.problems.push_back(Message(status));
  }

  absl::Status ReadHeader(ObjectReader& object) {
    ASSIGN_OR_RETURN(const std::string version, object.String("apiVersion"));
    if (version != Cat(kGroup, "v1alpha1") && version != Cat(kGroup, "v1beta1")) {
      return object.ErrorAt("apiVersion", Cat("expected ", kGroup, "v1alpha1 or v1beta1, found \"",
                                              Printable(version, 64), "\""));
    }
    ASSIGN_OR_RETURN(const std::string kind, object.String("kind"));
    if (kind != kKind) {
      return object.ErrorAt("kind", Cat("expected ", kKind, ", found \"", Printable(kind, 64), "\""));
    }
    ASSIGN_OR_RETURN(ObjectReader metadata, object.Object("metadata"));
    ASSIGN_OR_RETURN(policy().name, metadata.String("name"));
    if (policy().name.empty()) return metadata.ErrorAt("name", "is empty");
    return absl::OkStatus();
  }

  // -- images.

  absl::Status ReadImages(ObjectReader& spec) {
    ASSIGN_OR_RETURN(std::vector<ObjectReader> items, spec.Objects("images", limits::kMaxPolicyList));
    if (items.empty()) return spec.ErrorAt("images", "at least one image glob is needed");
    for (ObjectReader& item : items) {
      ASSIGN_OR_RETURN(const std::string pattern, item.String("glob"));
      RETURN_IF_ERROR(AddGlob(item, pattern));
      Note(item.Done());
    }
    return absl::OkStatus();
  }

  absl::Status AddGlob(ObjectReader& item, const std::string& pattern) {
    std::string_view covered = pattern;
    if (SelectsByDigest(pattern)) {
      Note(
          item.ErrorAt("glob",
                       "selects by digest, which is not supported; name the repository, and the digest where "
                       "the image is used"));
      covered = covered.substr(0, pattern.find('@'));
    }
    auto glob = Glob::ParseForImagePolicy(covered);
    if (!glob.ok()) {
      return item.ErrorAt("glob", Cat("\"", Printable(pattern, 64), "\": ", Message(glob.status())));
    }
    if (NamesATag(covered)) {
      Warn(item, "matches nothing: images are compared by digest, never by tag");
    } else if (covered.find('*') == std::string_view::npos && covered == pattern) {
      Warn(item,
           "has no * for the digest, so policy-controller matches nothing; here it covers the repository");
    }
    policy().images.push_back(*std::move(glob));
    return absl::OkStatus();
  }

  // A glob over digests in general ("…@*", "…@sha256:*") is as good as none.
  static bool SelectsByDigest(const std::string& pattern) {
    const size_t at = pattern.find('@');
    if (at == std::string::npos) return false;
    const auto general = Glob::ParseForImagePolicy(Cat("x", std::string_view(pattern).substr(at)));
    return !general.ok() || !general->Matches("x");
  }

  // A colon behind the last slash, with nothing before it that could stand for "@sha256".
  static bool NamesATag(std::string_view pattern) {
    const size_t slash = pattern.rfind('/');
    if (slash == std::string_view::npos) return false;
    const std::string_view last = pattern.substr(slash);
    const size_t colon = last.find(':');
    return colon != std::string_view::npos &&
           last.substr(0, colon).find_first_of("*@") == std::string_view::npos &&
           pattern.find("**") == std::string_view::npos;
  }

  void Warn(const ObjectReader& item, std::string_view what) {
    result_.warnings.push_back(Cat(item.Location(), ".glob: ", what));
  }

  // -- mode, match.

  absl::Status ReadMode(ObjectReader& spec) {
    ASSIGN_OR_RETURN(const std::string mode, spec.StringOr("mode", ""));
    if (mode == "warn") policy().mode = Mode::kWarn;
    if (mode == "warn" || mode == "enforce" || mode.empty()) return absl::OkStatus();
    return spec.ErrorAt("mode", Cat("expected enforce or warn, found \"", Printable(mode, 64), "\""));
  }

  // A rule that cannot be read leaves the policy with none, and so with every kind of object.
  absl::Status ReadMatch(ObjectReader& spec) {
    ASSIGN_OR_RETURN(std::vector<ObjectReader> items, spec.Objects("match", limits::kMaxPolicyList));
    std::vector<ResourceRule> rules;
    for (ObjectReader& item : items) {
      ASSIGN_OR_RETURN(ResourceRule rule, ReadRule(item));
      rules.push_back(std::move(rule));
    }
    policy().resources = std::move(rules);
    return absl::OkStatus();
  }

  static absl::StatusOr<ResourceRule> ReadRule(ObjectReader& item) {
    ResourceRule rule;
    ASSIGN_OR_RETURN(rule.group, item.StringOr("group", ""));
    ASSIGN_OR_RETURN(rule.version, item.StringOr("version", ""));
    if (rule.version.empty()) rule.version = "*";
    ASSIGN_OR_RETURN(rule.resource, item.StringOr("resource", ""));
    if (rule.resource.empty())
      return item.ErrorAt("resource", "is needed: a rule without it covers no object");
    ASSIGN_OR_RETURN(std::optional<ObjectReader> selector, item.OptionalObject("selector"));
    if (selector) {
      ASSIGN_OR_RETURN(rule.selector, LabelSelector::Read(*selector));
    }
    RETURN_IF_ERROR(item.Done());
    return rule;
  }

  // -- authorities.

  void ReadAuthorities(ObjectReader& spec) {
    auto items = spec.Objects("authorities", limits::kMaxPolicyList);
    if (!items.ok()) return Note(items.status());
    if (items->empty()) return Note(spec.ErrorAt("authorities", "at least one authority is needed"));
    auto& authorities = policy().requirement.authorities;
    for (size_t i = 0; i < items->size(); ++i) {
      auto read = ReadImagePolicyAuthority((*items)[i], i, context_, notes_);
      Note(read.status());
      if (read.ok()) authorities.insert(authorities.end(), read->begin(), read->end());
    }
  }

  // -- The whole.

  // Whoever overlooks `not_honoured` is answered with a no by the requirement as well.
  void Refuse() {
    std::string detail = "the policy cannot be honoured: ";
    for (size_t i = 0; i < result_.problems.size(); ++i) {
      detail += Cat(i > 0 ? "; " : "", result_.problems[i]);
    }
    policy().not_honoured =
        Rejection{Reason::kPolicyNotHonoured, Printable(detail, limits::kMaxDenialLineBytes), "", ""};
    Authority refusal;
    refusal.name = "not-honoured";
    refusal.always = StaticAnswer{false, policy().not_honoured->detail};
    policy().requirement.authorities = {std::move(refusal)};
  }

  // Two policies of one fingerprint give one answer: it covers what is referred to, and what was wrong with
  // it.
  void Seal(const Node& spec) {
    result_.warnings.insert(result_.warnings.end(), notes_.warnings.begin(), notes_.warnings.end());
    if (!result_.problems.empty()) Refuse();
    Node inputs = Node::MakeMap();
    for (const auto& [name, value] : notes_.inputs) inputs.Set(name, value);
    Node problems = Node::MakeList();
    for (const std::string& problem : result_.problems) problems.Append(Node::String(problem));
    Node content = Node::MakeMap();
    content.Set("spec", spec);
    content.Set("inputs", std::move(inputs));
    content.Set("problems", std::move(problems));
    policy().fingerprint = Fingerprint(Cat(kGroup, kKind), content);
  }

  const ImagePolicyContext& context_;
  ImagePolicyNotes notes_;
  ImportedPolicy result_;
};

}  // namespace

absl::StatusOr<ImportedPolicy> ReadClusterImagePolicy(const Node& object, std::string_view where,
                                                      const ImagePolicyContext& context) {
  ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(object, where, Reason::kPolicyMalformed));
  return PolicyReader(context).Read(reader);
}

}  // namespace chartseal::policy
