#include "audit/policy_reports.h"

#include <array>
#include <map>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::audit {
namespace {

using verification::Answer;
using verification::Effect;
using verification::Ruling;

constexpr std::string_view kVersion = "wgpolicyk8s.io/v1alpha2";
constexpr size_t kPartBytes = 1 << 20;  // of results; etcd takes no object of more than 1.5 MiB
constexpr std::array<std::string_view, 5> kOutcomes = {"pass", "fail", "warn", "error", "skip"};

std::string_view OutcomeOf(const Ruling& ruling) {
  if (ruling.answer == Answer::kYes) return "pass";
  if (ruling.effect == Effect::kAllow) return "skip";
  if (ruling.answer == Answer::kCouldNotTell) return "error";
  return ruling.effect == Effect::kWarn ? "warn" : "fail";
}

void SetUnlessEmpty(Node& node, std::string_view key, std::string_view value) {
  if (!value.empty()) node.Set(key, Printable(value, limits::kMaxReportMessageBytes));
}

std::string MessageOf(const Result& result, const Ruling& ruling) {
  const std::string about = Cat(Name(result.what), " ", result.subject);
  if (ruling.answer == Answer::kYes) {
    const std::string_view signer = ruling.conclusion ? std::string_view(ruling.conclusion->signer) : "";
    return Cat(about, signer.empty() ? "" : ": signed by ", signer);
  }
  return Cat(about, ": ", Name(ruling.reason), ": ", ruling.detail,
             ruling.expected.empty() ? "" : Cat("; expected ", ruling.expected),
             ruling.found.empty() ? "" : Cat("; found ", ruling.found));
}

Node ResourceOf(const ObjectName& object) {
  Node resource = Node::MakeMap();
  resource.Set("apiVersion", object.ApiVersion()).Set("kind", object.kind.kind);
  SetUnlessEmpty(resource, "namespace", object.namespace_name);
  resource.Set("name", object.name);
  SetUnlessEmpty(resource, "uid", object.uid);
  return resource;
}

// All values of properties are strings.
Node PropertiesOf(const Result& result, const Ruling& ruling) {
  Node properties = Node::MakeMap();
  SetUnlessEmpty(properties, Name(result.what), result.subject);
  SetUnlessEmpty(properties, result.what == Subject::kRelease ? "repository" : "path", result.path);
  if (result.digest) properties.Set("digest", result.digest->ToString());
  if (result.running) properties.Set("running", "true");
  if (ruling.answer != Answer::kYes) properties.Set("reason", Name(ruling.reason));
  if (ruling.conclusion) {
    SetUnlessEmpty(properties, "signer", ruling.conclusion->signer);
    SetUnlessEmpty(properties, "issuer", ruling.conclusion->issuer);
  }
  SetUnlessEmpty(properties, "next", ruling.next);
  return properties;
}

Node NewResult(std::string_view policy, std::string_view rule, std::string_view outcome, absl::Time now) {
  Node result = Node::MakeMap();
  result.Set("source", "chartseal")
      .Set("category", "Supply chain")
      .Set("policy", policy.empty() ? "(no policy)" : policy)
      .Set("rule", rule)
      .Set("result", outcome);
  Node timestamp = Node::MakeMap();
  timestamp.Set("seconds", Node::Integer(absl::ToUnixSeconds(now))).Set("nanos", Node::Integer(0));
  result.Set("timestamp", std::move(timestamp));
  return result;
}

Node ResultOf(const Result& result, const Ruling& ruling, absl::Time now) {
  const std::string_view outcome = OutcomeOf(ruling);
  Node node = NewResult(ruling.policy, Name(result.what), outcome, now);
  if (outcome == "fail") node.Set("severity", "high");
  node.Set("message", Printable(MessageOf(result, ruling), limits::kMaxReportMessageBytes));
  Node resources = Node::MakeList();
  resources.Append(ResourceOf(result.object));
  node.Set("resources", std::move(resources)).Set("properties", PropertiesOf(result, ruling));
  return node;
}

Node ResultOf(const Gap& gap, absl::Time now) {
  Node node = NewResult("", "read", "error", now);
  node.Set("message", Printable(Cat(gap.where, ": ", Message(gap.status)), limits::kMaxReportMessageBytes));
  Node properties = Node::MakeMap();
  properties.Set("reason", Name(ReasonOf(gap.status)));
  return node.Set("properties", std::move(properties));
}

Node SummaryOf(const Node::List& results) {
  std::map<std::string_view, int64_t> counts;
  for (const Node& result : results) ++counts[result.StringOr("result")];
  Node summary = Node::MakeMap();
  for (const std::string_view outcome : kOutcomes) summary.Set(outcome, Node::Integer(counts[outcome]));
  return summary;
}

PolicyReport ReportOf(const std::string& namespace_name, size_t number, Node results) {
  PolicyReport report{namespace_name, Cat(kReportNamePrefix, number), Node::MakeMap()};
  Node metadata = Node::MakeMap();
  metadata.Set("name", report.name);
  SetUnlessEmpty(metadata, "namespace", namespace_name);
  Node labels = Node::MakeMap();
  metadata.Set("labels", labels.Set(kManagedByLabel, kManagedBy));
  report.object.Set("apiVersion", kVersion)
      .Set("kind", namespace_name.empty() ? "ClusterPolicyReport" : "PolicyReport")
      .Set("metadata", std::move(metadata))
      .Set("summary", SummaryOf(results.list()))
      .Set("results", std::move(results));
  return report;
}

// Into parts that the API server can store.
void Split(const std::string& namespace_name, Node::List all, std::vector<PolicyReport>& reports) {
  size_t number = 1;
  size_t bytes = 0;
  Node part = Node::MakeList();
  for (Node& result : all) {
    const size_t more = WriteJson(result).size();
    const bool full = part.list().size() == limits::kMaxReportResults || bytes + more > kPartBytes;
    if (full && !part.list().empty()) {
      reports.push_back(ReportOf(namespace_name, number++, std::exchange(part, Node::MakeList())));
      bytes = 0;
    }
    bytes += more;
    part.Append(std::move(result));
  }
  if (!part.list().empty()) reports.push_back(ReportOf(namespace_name, number, std::move(part)));
}

}  // namespace

std::vector<PolicyReport> MakePolicyReports(const Findings& findings, std::string_view gap_namespace,
                                            absl::Time now) {
  std::map<std::string, Node::List> by_namespace;
  for (const Result& result : findings.results) {
    Node::List& list = by_namespace[result.object.namespace_name];
    for (const Ruling& ruling : result.rulings) list.push_back(ResultOf(result, ruling, now));
    for (const Ruling& remark : result.remarks) list.push_back(ResultOf(result, remark, now));
  }
  for (const Gap& gap : findings.gaps) {
    by_namespace[std::string(gap_namespace)].push_back(ResultOf(gap, now));
  }
  std::vector<PolicyReport> reports;
  for (auto& [name, results] : by_namespace) Split(name, std::move(results), reports);
  return reports;
}

Node ListOf(const std::vector<PolicyReport>& reports) {
  Node items = Node::MakeList();
  for (const PolicyReport& report : reports) items.Append(report.object);
  Node list = Node::MakeMap();
  return list.Set("apiVersion", "v1").Set("kind", "List").Set("items", std::move(items));
}

}  // namespace chartseal::audit
