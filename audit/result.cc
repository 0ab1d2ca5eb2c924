#include "audit/result.h"

#include <algorithm>
#include <tuple>

#include "verifier/base/strings.h"

namespace chartseal::audit {
namespace {

using verification::Answer;
using verification::Effect;
using verification::Ruling;

Verdict VerdictOf(const Ruling& ruling) {
  if (ruling.answer == Answer::kYes) return Verdict::kYes;
  if (ruling.effect == Effect::kAllow) return Verdict::kSkipped;
  return ruling.answer == Answer::kNo ? Verdict::kNo : Verdict::kCouldNotTell;
}

// The smaller one decides: a no before what could not be told, and what denies before what warns.
int Rank(const Ruling& ruling) {
  const int warns = ruling.effect == Effect::kDeny ? 0 : 1;
  switch (VerdictOf(ruling)) {
    case Verdict::kNo:
      return warns;
    case Verdict::kCouldNotTell:
      return 2 + warns;
    case Verdict::kSkipped:
      return 4;
    case Verdict::kYes:
      return 5;
  }
  return 5;
}

auto SortKey(const Result& result) {
  return std::tie(result.object.namespace_name, result.object.kind.kind, result.object.kind.group,
                  result.object.name, result.what, result.subject, result.digest, result.path);
}

}  // namespace

std::string ObjectName::ApiVersion() const {
  return kind.group.empty() ? kind.version : Cat(kind.group, "/", kind.version);
}

std::string ObjectName::ToString() const {
  return Cat(kind.kind, " ", namespace_name, namespace_name.empty() ? "" : "/", name);
}

std::string_view Name(Subject subject) {
  switch (subject) {
    case Subject::kImage:
      return "image";
    case Subject::kRelease:
      return "release";
    case Subject::kChart:
      return "chart";
  }
  return "unknown";
}

std::string_view Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kYes:
      return "yes";
    case Verdict::kNo:
      return "no";
    case Verdict::kCouldNotTell:
      return "could-not-tell";
    case Verdict::kSkipped:
      return "skipped";
  }
  return "unknown";
}

const Ruling& Result::Decisive() const {
  return *std::min_element(rulings.begin(), rulings.end(),
                           [](const Ruling& a, const Ruling& b) { return Rank(a) < Rank(b); });
}

Verdict Result::verdict() const { return VerdictOf(Decisive()); }

size_t Findings::Count(Verdict wanted) const {
  return static_cast<size_t>(std::count_if(results.begin(), results.end(),
                                           [&](const Result& result) { return result.verdict() == wanted; }));
}

Verdict Findings::verdict() const {
  if (Count(Verdict::kNo) > 0) return Verdict::kNo;
  return Count(Verdict::kCouldNotTell) > 0 || !gaps.empty() ? Verdict::kCouldNotTell : Verdict::kYes;
}

void Findings::Sort() {
  std::stable_sort(results.begin(), results.end(),
                   [](const Result& a, const Result& b) { return SortKey(a) < SortKey(b); });
}

}  // namespace chartseal::audit
