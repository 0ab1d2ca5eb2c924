#include "tests/sandbox/fault.h"

namespace chartseal::sandbox {

bool GlobMatches(std::string_view glob, std::string_view text) {
  std::size_t g = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g, ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

void FaultPlan::Add(Fault fault) {
  std::lock_guard lock(mutex_);
  rules_.push_back({std::move(fault)});
}

void FaultPlan::Clear() {
  std::lock_guard lock(mutex_);
  rules_.clear();
}

std::optional<Fault> FaultPlan::Match(const HttpRequest& request) {
  std::lock_guard lock(mutex_);
  Rule* first = nullptr;
  for (Rule& rule : rules_) {
    const Fault& fault = rule.fault;
    if (!fault.method.empty() && fault.method != request.method) continue;
    if (!GlobMatches(fault.path_glob, request.path)) continue;
    int occurrence = rule.seen++;
    bool hit = occurrence >= fault.skip && (fault.times < 0 || occurrence < fault.skip + fault.times);
    if (hit && first == nullptr) first = &rule;
  }
  if (first == nullptr) return std::nullopt;
  ++first->hits;
  return first->fault;
}

std::vector<int> FaultPlan::Hits() const {
  std::lock_guard lock(mutex_);
  std::vector<int> hits;
  for (const Rule& rule : rules_) hits.push_back(rule.hits);
  return hits;
}

}  // namespace chartseal::sandbox
