#include "verifier/workload/chart_sources_internal.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_replace.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::workload::chart_sources_internal {
namespace {

std::string_view WithoutSlashes(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

// A repository as "host/repository", which is how policies name it.
oci::Reference WithoutTag(const oci::Reference& reference) {
  return *oci::Reference::Parse(Cat(kOciScheme, reference.host(), "/", reference.repository()));
}

Checked<oci::Reference> Parse(const Field& field, std::string_view url) {
  const absl::StatusOr<oci::Reference> reference = oci::Reference::Parse(url);
  if (reference.ok()) return *reference;
  return field.Malformed("oci://host/repository",
                         Cat("\"", Printable(url, 128), "\": ", Message(reference.status())));
}

ChartSource InRegistry(const Field& field, const oci::Reference& reference) {
  ChartSource source = SourceAt(field, reference.Name());
  source.origin = ChartSource::Origin::kRegistry;
  source.repository = WithoutTag(reference);
  return source;
}

std::string TagOf(std::string_view version) {
  std::string tag(version);
  std::replace(tag.begin(), tag.end(), '+', '_');
  return tag;
}

}  // namespace

Field Field::At(std::string_view name) const { return Member(name, value_.Find(name)); }

Field Field::Member(std::string_view name, JsonValue value) const {
  const std::string step = absl::StrReplaceAll(ToAbsl(name), {{"~", "~0"}, {"/", "~1"}});
  return Field(value, path_.empty() ? std::string(name) : Cat(path_, ".", name), Cat(pointer_, "/", step));
}

Field Field::Element(size_t index, JsonValue value) const {
  return Field(value, Cat(path_, "[", index, "]"), Cat(pointer_, "/", index));
}

std::string Field::Found() const {
  return value_.is_null() ? "nothing" : std::string(KindName(value_.kind()));
}

Rejection Field::Malformed(std::string_view expected, std::string found) const {
  return {.reason = Reason::kChartSourceMalformed,
          .detail = Cat(path_.empty() ? "the object" : Printable(path_), " cannot be read"),
          .expected = std::string(expected),
          .found = std::move(found)};
}

Checked<Field> Field::Object(std::string_view name) const {
  Field member = At(name);
  if (member.is_null() || member.value_.is_map()) return member;
  return member.Malformed("an object", member.Found());
}

Checked<std::string_view> Field::LongText(std::string_view name) const {
  const Field member = At(name);
  if (member.is_null()) return std::string_view();
  if (!member.value_.is_string()) return member.Malformed("a string", member.Found());
  return member.value_.string_value();
}

Checked<std::string> Field::Text(std::string_view name) const {
  ASSIGN_OR_REJECT(const std::string_view text, LongText(name));
  if (text.size() <= limits::kMaxReferenceBytes) return std::string(text);
  return At(name).Malformed(Cat("at most ", limits::kMaxReferenceBytes, " bytes"),
                            Cat("a text of ", text.size(), " bytes"));
}

Checked<std::vector<Field>> Field::Objects(std::string_view name) const {
  const Field list = At(name);
  std::vector<Field> elements;
  if (list.is_null()) return elements;
  if (!list.value_.is_list()) return list.Malformed("a list", list.Found());
  Checked<Passed> all = Passed{};
  list.value_.ForEachElement([&](size_t index, JsonValue value) {
    elements.push_back(list.Element(index, value));
    if (!value.is_map()) all = elements.back().Malformed("an object", elements.back().Found());
    return all.ok();
  });
  RETURN_IF_REJECTED(all);
  return elements;
}

Checked<std::vector<std::string>> Field::Texts(std::string_view name) const {
  const Field list = At(name);
  std::vector<std::string> texts;
  if (list.is_null()) return texts;
  if (!list.value_.is_list()) return list.Malformed("a list", list.Found());
  Checked<Passed> all = Passed{};
  list.value_.ForEachElement([&](size_t index, JsonValue value) {
    const Field element = list.Element(index, value);
    if (!value.is_string() || value.string_value().size() > limits::kMaxReferenceBytes) {
      all = element.Malformed(Cat("a string of at most ", limits::kMaxReferenceBytes, " bytes"),
                              element.Found());
    } else {
      texts.emplace_back(value.string_value());
    }
    return all.ok();
  });
  RETURN_IF_REJECTED(all);
  return texts;
}

std::vector<Field> Field::MemberObjects() const {
  std::vector<Field> members;
  value_.ForEachMember([&](std::string_view name, JsonValue value) {
    if (value.is_map()) members.push_back(Member(name, value));
    return true;
  });
  return members;
}

Checked<std::string> Layered::Text(std::string_view name) const {
  ASSIGN_OR_REJECT(std::string text, upper.Text(name));
  return text.empty() ? lower.Text(name) : std::move(text);
}

Checked<Passed> Found::Add(ChartSource source) {
  if (sources_.size() == limits::kMaxChartSources) {
    return Rejection{.reason = Reason::kLimitExceeded,
                     .detail = "the object names too many charts",
                     .expected = Cat("at most ", limits::kMaxChartSources),
                     .found = "more"};
  }
  sources_.push_back(std::move(source));
  return Passed{};
}

bool Found::Names(const ChartSource& source) const {
  return std::any_of(sources_.begin(), sources_.end(),
                     [&](const ChartSource& other) { return NamesTheSame(other, source); });
}

ChartSource SourceAt(const Field& field, std::string_view chart) {
  ChartSource source;
  source.path = field.path();
  source.pointer = field.pointer();
  source.chart = std::string(chart);
  return source;
}

ChartSource Elsewhere(const Field& field, std::string_view chart) {
  ChartSource source = SourceAt(field, chart);
  source.origin = ChartSource::Origin::kElsewhere;
  source.why = "it does not come from an OCI registry";
  return source;
}

ChartSource Untold(const Field& field, std::string_view chart, std::string_view why) {
  ChartSource source = SourceAt(field, chart);
  source.origin = ChartSource::Origin::kUntold;
  source.version.kind = ChartVersion::Kind::kUntold;
  source.why = std::string(why);
  return source;
}

Checked<ChartSource> InRepository(const Field& field, std::string_view url) {
  ASSIGN_OR_REJECT(const oci::Reference reference, Parse(field, url));
  if (reference.tag().has_value() || reference.digest().has_value()) {
    return field.Malformed("oci://host/repository without tag and digest",
                           Cat("\"", Printable(url, 128), "\""));
  }
  return InRegistry(field, reference);
}

// Helm up to 3.17 may take the tag and never look at the digest (§2.2), later ones refuse what does not
// agree: so both have to name the same content.
Checked<ChartSource> AtReference(const Field& field, std::string_view url, std::string_view version) {
  ASSIGN_OR_REJECT(const oci::Reference reference, Parse(field, url));
  const std::string tag = reference.tag().value_or("");
  const std::string wanted = TagOf(version);
  if (!tag.empty() && !wanted.empty() && tag != wanted) {
    return field.Malformed("one version", Cat("the tag \"", Printable(tag, 64), "\" and the version \"",
                                              Printable(version, 64), "\""));
  }
  ChartSource source = InRegistry(field, reference);
  ChartVersion& out = source.version;
  if (reference.digest().has_value()) {
    out.kind = ChartVersion::Kind::kDigest;
    out.digest = reference.digest();
    out.text = tag.empty() ? wanted : tag;
    if (out.text.empty() || oci::IsTag(out.text)) return source;
    return field.Malformed("one version, or none, beside a digest", Cat("\"", Printable(version, 64), "\""));
  }
  out.kind = tag.empty() ? ChartVersion::Kind::kVersion : ChartVersion::Kind::kTag;
  out.text = tag.empty() ? std::string(version) : tag;
  return source;
}

std::string Join(std::string_view parent, std::string_view chart) {
  return Cat(WithoutSlashes(parent), "/", chart);
}

}  // namespace chartseal::workload::chart_sources_internal
