#include "verifier/chart/binding.h"

#include <algorithm>
#include <map>
#include <optional>

#include "verifier/base/strings.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/chart/go_json.h"

namespace chartseal::chart {
namespace {

constexpr size_t kShownBytes = 200;  // of a value in a rejection

Rejection Mismatch(std::string detail, std::string expected = "", std::string found = "") {
  return {.reason = Reason::kChartContentMismatch,
          .detail = std::move(detail),
          .expected = std::move(expected),
          .found = std::move(found)};
}

std::string Shown(const Node* node) {
  if (node == nullptr || node->is_null()) return "none";
  return Printable(node->is_string() ? node->string_value() : WriteGoJson(*node), kShownBytes);
}

bool Same(const Node* a, const Node* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return WriteCanonicalJson(*a) == WriteCanonicalJson(*b);
}

// The first member, by name, that two maps do not share; "" when they are the same.
std::string FirstDifference(const Node& a, const Node& b) {
  std::map<std::string, std::pair<const Node*, const Node*>> members;
  for (const auto& [name, value] : a.map()) members[name].first = &value;
  for (const auto& [name, value] : b.map()) members[name].second = &value;
  for (const auto& [name, values] : members) {
    if (!Same(values.first, values.second)) return name;
  }
  return "";
}

std::optional<Rejection> MetadataDifference(const Node& wanted, const Node& found) {
  const std::string name = FirstDifference(wanted, found);
  if (name.empty()) return std::nullopt;
  const Node* a = wanted.Find(name);
  const Node* b = found.Find(name);
  if (a == nullptr || b == nullptr || !a->is_map() || !b->is_map()) {
    return Mismatch(Cat("metadata (", name, ") differs"), Shown(a), Shown(b));
  }
  const std::string key = FirstDifference(*a, *b);
  return Mismatch(Cat("metadata (", name, ": ", Printable(key, kShownBytes), ") differs"),
                  Shown(a->Find(key)), Shown(b->Find(key)));
}

std::string Hash(const std::string& sha256) { return sha256.empty() ? "none" : Cat("sha256:", sha256); }

// `what` is "template" or "file".
std::optional<Rejection> FileDifference(const std::vector<ContentFile>& wanted,
                                        const std::vector<ContentFile>& found, std::string_view what) {
  std::map<std::string_view, std::pair<std::string, std::string>> files;
  for (const ContentFile& file : wanted) files[file.name].first = file.sha256;
  for (const ContentFile& file : found) files[file.name].second = file.sha256;
  for (const auto& [name, hashes] : files) {
    const auto& [a, b] = hashes;
    if (a == b) continue;
    if (a.empty()) {
      return Mismatch(Cat("a ", what, " that the signed chart does not have: ", Printable(name)), "none",
                      Hash(b));
    }
    if (b.empty()) {
      return Mismatch(Cat("a ", what, " of the signed chart is missing: ", Printable(name)), Hash(a), "none");
    }
    return Mismatch(Cat(Printable(name), " differs"), Hash(a), Hash(b));
  }
  return std::nullopt;
}

// -- Dependencies.

// As helm brings them into one form: what a string exports goes to the top.
Node ImportValues(const Dependency& dependency) {
  Node out = Node::MakeList();
  for (const Node& item : dependency.import_values) {
    Node pair = Node::MakeMap();
    if (item.is_string()) {
      pair.Set("child", Cat("exports.", item.string_value())).Set("parent", ".");
    } else {  // "<nil>" is what Go prints of nothing
      pair.Set("child", item.StringOr("child", "<nil>")).Set("parent", item.StringOr("parent", "<nil>"));
    }
    out.Append(std::move(pair));
  }
  return out;
}

const std::string& NameInRelease(const Dependency& dependency) {
  return dependency.alias.empty() ? dependency.name : dependency.alias;
}

// What the record should have of a dependency that is in use.
Node InRelease(const Dependency& dependency, std::string_view name, bool enabled) {
  Dependency out = dependency;
  out.name = name;
  out.enabled = enabled;
  out.import_values.clear();
  Node node = ToNode(out);
  node.Set("import-values", ImportValues(dependency));
  return node;
}

Rejection OfDependency(std::string detail, std::string expected, std::string found) {
  Rejection out = Mismatch(std::move(detail), std::move(expected), std::move(found));
  out.reason = Reason::kChartDependencyMismatch;
  return out;
}

Checked<Passed> CompareDependency(const std::vector<Dependency>& signed_ones, const Dependency& found) {
  const auto wanted = std::find_if(signed_ones.begin(), signed_ones.end(),
                                   [&](const Dependency& one) { return NameInRelease(one) == found.name; });
  if (wanted == signed_ones.end()) {
    return OfDependency(
        Cat("the signed chart has no dependency \"", Printable(found.name, kShownBytes), "\""), "none",
        Printable(found.name, kShownBytes));
  }
  const Node a = InRelease(*wanted, NameInRelease(*wanted), /*enabled=*/true);
  const Node b = InRelease(found, found.name, found.enabled);
  const std::string member = FirstDifference(a, b);
  if (member.empty()) return Passed{};
  return OfDependency(Cat("dependency \"", Printable(found.name, kShownBytes), "\": ", member, " differs"),
                      Shown(a.Find(member)), Shown(b.Find(member)));
}

}  // namespace

bool IsVersionOf(std::string_view version, std::string_view signed_version,
                 std::string_view manifest_digest) {
  if (version == signed_version) return true;
  const size_t colon = manifest_digest.find(':');
  if (colon == manifest_digest.npos) return false;
  const std::string_view digits = manifest_digest.substr(colon + 1, kFluxDigits);
  if (digits.size() != kFluxDigits) return false;
  return version == Cat(signed_version.substr(0, signed_version.find('+')), "+", digits);
}

Content WithVersion(Content content, std::string_view version) {
  content.metadata.version = version;
  return content;
}

Checked<Passed> CompareContent(const Content& signed_content, const Content& release_content) {
  const Node wanted = FingerprintInput(signed_content);
  const Node found = FingerprintInput(release_content);
  if (auto no = MetadataDifference(*wanted.Find("metadata"), *found.Find("metadata"))) return *no;
  const Node* a = wanted.Find("lock");
  const Node* b = found.Find("lock");
  if (!Same(a, b)) {
    const std::string member = a->is_map() && b->is_map() ? FirstDifference(*a, *b) : "";
    if (member.empty()) return Mismatch("lock differs", Shown(a), Shown(b));
    return Mismatch(Cat("lock (", member, ") differs"), Shown(a->Find(member)), Shown(b->Find(member)));
  }
  if (signed_content.schema_sha256 != release_content.schema_sha256) {
    return Mismatch("schema differs", Hash(signed_content.schema_sha256),
                    Hash(release_content.schema_sha256));
  }
  if (auto no = FileDifference(signed_content.templates, release_content.templates, "template")) return *no;
  if (auto no = FileDifference(signed_content.files, release_content.files, "file")) return *no;
  return Passed{};
}

Checked<Passed> CompareDependencies(const Metadata& signed_metadata, const std::vector<Dependency>& release) {
  for (auto found = release.begin(); found != release.end(); ++found) {
    RETURN_IF_REJECTED(CompareDependency(signed_metadata.dependencies, *found));
    const bool again =
        std::any_of(release.begin(), found, [&](const Dependency& one) { return one.name == found->name; });
    if (again) {
      return OfDependency(Cat("dependency \"", Printable(found->name, kShownBytes), "\" stands there twice"),
                          "once", "twice");
    }
  }
  return Passed{};
}

}  // namespace chartseal::chart
