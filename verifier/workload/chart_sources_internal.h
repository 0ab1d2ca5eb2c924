#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "verifier/base/json_document.h"
#include "verifier/base/verdict.h"
#include "verifier/workload/chart_sources.h"

// What the readers of the single tools share.
namespace chartseal::workload::chart_sources_internal {

// A value in an object, and where it stands.
class Field {
 public:
  explicit Field(JsonValue object) : value_(object) {}

  bool is_null() const { return value_.is_null(); }
  const std::string& path() const { return path_; }
  const std::string& pointer() const { return pointer_; }

  // A member; null when there is none.
  Field At(std::string_view name) const;
  // The same, which must be an object when it is there.
  Checked<Field> Object(std::string_view name) const;
  // A member that must be a text when it is there; else "". Bounded by limits::kMaxReferenceBytes.
  Checked<std::string> Text(std::string_view name) const;
  // A member that must be a list of objects when it is there.
  Checked<std::vector<Field>> Objects(std::string_view name) const;
  // A member that must be a list of texts when it is there.
  Checked<std::vector<std::string>> Texts(std::string_view name) const;
  // All members that are objects.
  std::vector<Field> MemberObjects() const;
  // A member that must be a text when it is there, of any size. Borrowed from the document.
  Checked<std::string_view> LongText(std::string_view name) const;

  // kChartSourceMalformed about this value.
  Rejection Malformed(std::string_view expected, std::string found) const;

 private:
  Field(JsonValue value, std::string path, std::string pointer)
      : value_(value), path_(std::move(path)), pointer_(std::move(pointer)) {}
  Field Member(std::string_view name, JsonValue value) const;
  Field Element(size_t index, JsonValue value) const;
  std::string Found() const;

  JsonValue value_;
  std::string path_;
  std::string pointer_;
};

// An object, and another that speaks where the first is silent.
struct Layered {
  Field upper;
  Field lower = Field(JsonValue());

  Checked<std::string> Text(std::string_view name) const;
};

// What was found so far.
class Found {
 public:
  Checked<Passed> Add(ChartSource source);
  // Whether one of them is NamesTheSame() as this.
  bool Names(const ChartSource& source) const;
  std::vector<ChartSource> Take() { return std::move(sources_); }

 private:
  std::vector<ChartSource> sources_;
};

inline constexpr std::string_view kOciScheme = "oci://";
inline bool IsOci(std::string_view url) { return url.starts_with(kOciScheme); }

// A source at `field`, of this chart.
ChartSource SourceAt(const Field& field, std::string_view chart);
// A chart that does not come from a registry.
ChartSource Elsewhere(const Field& field, std::string_view chart);
// A chart that cannot be told.
ChartSource Untold(const Field& field, std::string_view chart, std::string_view why);

// A chart in a registry. `url` is "oci://host/repository" without tag and digest; `field` is blamed.
Checked<ChartSource> InRepository(const Field& field, std::string_view url);
// The same where a tag and a digest may be part of `url`, and beside them stands a version, as helm reads it.
Checked<ChartSource> AtReference(const Field& field, std::string_view url, std::string_view version);
// "oci://host/parent" and the name of a chart below it.
std::string Join(std::string_view parent, std::string_view chart);

// Each reads the objects of one tool; `kind` is one of its own.
Checked<Passed> ReadFlux(std::string_view kind, const Field& object, Found& found);
Checked<Passed> ReadFluxRelease(std::string_view kind, const Field& object, Found& found);
Checked<Passed> ReadArgo(std::string_view kind, const Field& object, Found& found);
Checked<Passed> ReadK3s(std::string_view kind, const Field& object, Found& found);
Checked<Passed> ReadClusterApi(std::string_view kind, const Field& object, Found& found);
Checked<Passed> ReadCrossplane(std::string_view kind, const Field& object, Found& found);
Checked<Passed> ReadFleet(std::string_view kind, const Field& object, Found& found);

}  // namespace chartseal::workload::chart_sources_internal
