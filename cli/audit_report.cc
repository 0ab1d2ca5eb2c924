#include "cli/audit_report.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "audit/shadow.h"
#include "cli/report.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::cli {
namespace {

using audit::Findings;
using audit::Result;
using audit::Verdict;
using verification::Answer;
using verification::Ruling;

Node Count(size_t count) { return Node::Integer(static_cast<int64_t>(count)); }

// -- JSON

Node DescribeObject(const Result& result) {
  Node node = Node::MakeMap();
  node.Set("apiVersion", result.object.ApiVersion()).Set("kind", result.object.kind.kind);
  node.SetUnlessEmpty("namespace", result.object.namespace_name);
  node.Set("name", result.object.name);
  node.Set("what", audit::Name(result.what)).Set("subject", result.subject);
  node.SetUnlessEmpty(result.what == audit::Subject::kRelease ? "repository" : "path", result.path);
  if (result.digest) node.Set("digest", result.digest->ToString());
  if (result.what == audit::Subject::kImage && result.digest) node.Set("running", Node::Bool(result.running));
  return node;
}

constexpr FlagNames kFlagNames = {.plain_http = "--plain-http-registry",
                                  .credential = "a file with credentials with --registry-config"};

void DescribeRefusal(const Ruling& ruling, Node& node) {
  node.Set("reason", Name(ruling.reason));
  node.SetUnlessEmpty("detail", ruling.detail);
  node.SetUnlessEmpty("expected", ruling.expected);
  node.SetUnlessEmpty("found", ruling.found);
  node.SetUnlessEmpty("next", ruling.next.empty() ? NextStep(ruling.reason, kFlagNames) : ruling.next);
}

Node DescribeRuling(const Ruling& ruling) {
  Node node = Node::MakeMap();
  node.SetUnlessEmpty("policy", ruling.policy);
  node.Set("mode", verification::Name(ruling.effect)).Set("verdict", verification::Name(ruling.answer));
  if (ruling.answer != Answer::kYes) DescribeRefusal(ruling, node);
  if (ruling.answer == Answer::kYes && ruling.conclusion) {
    node.SetUnlessEmpty("authority", ruling.conclusion->authority);
    node.SetUnlessEmpty("signer", ruling.conclusion->signer);
    node.SetUnlessEmpty("issuer", ruling.conclusion->issuer);
  }
  return node;
}

Node DescribeResult(const Result& result) {
  Node node = DescribeObject(result);
  node.Set("verdict", audit::Name(result.verdict()));
  Node rulings = Node::MakeList();
  for (const Ruling& ruling : result.rulings) rulings.Append(DescribeRuling(ruling));
  node.Set("rulings", std::move(rulings));
  if (result.remarks.empty()) return node;
  Node remarks = Node::MakeList();
  for (const Ruling& remark : result.remarks) remarks.Append(DescribeRuling(remark));
  return node.Set("remarks", std::move(remarks));
}

Node DescribeGaps(const Findings& findings) {
  Node gaps = Node::MakeList();
  for (const audit::Gap& gap : findings.gaps) {
    Node node = Node::MakeMap();
    node.Set("where", gap.where).Set("reason", Name(ReasonOf(gap.status)));
    gaps.Append(std::move(node.Set("detail", Message(gap.status))));
  }
  return gaps;
}

Node DescribeSummary(const Findings& findings) {
  Node summary = Node::MakeMap();
  summary.Set("objects", Count(findings.objects))
      .Set("yes", Count(findings.Count(Verdict::kYes)))
      .Set("no", Count(findings.Count(Verdict::kNo)))
      .Set("couldNotTell", Count(findings.Count(Verdict::kCouldNotTell)))
      .Set("skipped", Count(findings.Count(Verdict::kSkipped)));
  return summary;
}

void PrintJson(const Node& node) { std::cout << WriteJson(node, JsonStyle::kPretty) << "\n"; }

std::string_view VerdictName(ExitCode code) {
  return code == ExitCode::kYes ? "yes" : code == ExitCode::kNo ? "no" : "could-not-tell";
}

// -- Text

using Row = std::vector<std::string>;

// As wide as what the column holds; one that holds something very long is not followed by all.
void PrintTable(const std::vector<Row>& rows) {
  constexpr size_t kWidest = 60;
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], std::min(row[i].size(), kWidest));
    }
  }
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      line += row[i];
      if (row[i].size() < widths[i]) line.append(widths[i] - row[i].size(), ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    std::printf("%s\n", line.c_str());
  }
}

// One line of text whatever the cluster holds.
std::string Shown(std::string_view text) { return ForTerminal(Printable(text, 512)); }

std::string WhereOf(const Result& result) {
  const audit::ObjectName& object = result.object;
  return Shown(Cat(object.namespace_name, object.namespace_name.empty() ? "" : "/", object.name));
}

// With as much of the digest as tells it from others.
std::string WhatOf(const Result& result) {
  constexpr size_t kShown = sizeof("sha256:0123456789ab") - 1;
  std::string name = result.subject;
  std::string digest = result.digest ? result.digest->ToString() : "";
  if (const size_t at = name.find('@'); at != std::string::npos) {
    if (digest.empty()) digest = name.substr(at + 1);
    name.resize(at);
  }
  if (digest.size() > kShown) digest.replace(kShown, digest.npos, "...");
  return Shown(Cat(audit::Name(result.what), " ", name, digest.empty() ? "" : "@", digest));
}

std::string ReasonShown(const Result& result) {
  constexpr std::string_view kWarns = ", which only warns";
  const Ruling& ruling = result.Decisive();
  if (ruling.answer == Answer::kYes) {
    return result.remarks.empty() ? "" : Cat(Name(result.remarks.front().reason), kWarns);
  }
  return Cat(Name(ruling.reason), ruling.policy.empty() ? "" : Cat(" (policy ", Shown(ruling.policy), ")"),
             ruling.effect == verification::Effect::kWarn ? kWarns : "");
}

Row RowOf(const Result& result) {
  return {result.object.kind.kind, WhereOf(result), WhatOf(result),
          std::string(audit::Name(result.verdict())), ReasonShown(result)};
}

void PrintGaps(const Findings& findings) {
  for (const audit::Gap& gap : findings.gaps) {
    std::printf("could not read %s: %s [%s]\n", Shown(gap.where).c_str(),
                ForTerminal(Message(gap.status)).c_str(), std::string(Name(ReasonOf(gap.status))).c_str());
  }
}

void PrintText(const Findings& findings) {
  std::vector<Row> rows = {{"KIND", "OBJECT", "WHAT", "VERDICT", "REASON"}};
  for (const Result& result : findings.results) rows.push_back(RowOf(result));
  if (rows.size() > 1) PrintTable(rows);
  PrintGaps(findings);
  std::printf("%zu objects read; %zu yes, %zu no, %zu could not tell, %zu that no policy covers\n",
              findings.objects, findings.Count(Verdict::kYes), findings.Count(Verdict::kNo),
              findings.Count(Verdict::kCouldNotTell), findings.Count(Verdict::kSkipped));
}

// -- Shadow

Node DescribeDenials(const audit::Denials& group) {
  Node node = Node::MakeMap();
  node.SetUnlessEmpty("policy", group.policy);
  node.Set("reason", Name(group.reason)).Set("couldNotTell", Node::Bool(group.could_not_tell));
  Node denied = Node::MakeList();
  for (const Result* result : group.denied) {
    Node one = DescribeObject(*result);
    for (const Ruling& ruling : result->rulings) {
      if (ruling.policy == group.policy && ruling.reason == group.reason) DescribeRefusal(ruling, one);
    }
    denied.Append(std::move(one));
  }
  return node.Set("denied", std::move(denied));
}

// What cannot be read is denied whatever the policies are.
std::string WhoDenies(const audit::Denials& group) {
  if (!group.policy.empty()) return Cat("policy ", Shown(group.policy));
  return group.reason == Reason::kNoPolicyMatches ? "noMatch" : "any policy";
}

void PrintDenials(const audit::Denials& group) {
  std::printf("%s would deny %zu: %s%s: %s\n", WhoDenies(group).c_str(), group.denied.size(),
              group.could_not_tell ? "could not tell, " : "", std::string(Name(group.reason)).c_str(),
              std::string(Explanation(group.reason)).c_str());
  std::vector<Row> rows;
  for (const Result* result : group.denied) {
    rows.push_back({"  " + result->object.kind.kind, WhereOf(*result), WhatOf(*result)});
  }
  PrintTable(rows);
}

}  // namespace

ExitCode ExitCodeOf(audit::Verdict verdict) {
  if (verdict == Verdict::kNo) return ExitCode::kNo;
  return verdict == Verdict::kCouldNotTell ? ExitCode::kCouldNotTell : ExitCode::kYes;
}

void PrintAudit(const Findings& findings, OutputFormat format) {
  if (format == OutputFormat::kText) return PrintText(findings);
  Node root = Node::MakeMap();
  root.Set("verdict", audit::Name(findings.verdict())).Set("summary", DescribeSummary(findings));
  Node results = Node::MakeList();
  for (const Result& result : findings.results) results.Append(DescribeResult(result));
  root.Set("results", std::move(results)).Set("gaps", DescribeGaps(findings));
  PrintJson(root);
}

ExitCode ExitCodeOfShadow(const Findings& findings) {
  const std::vector<audit::Denials> groups = audit::GroupDenials(findings);
  const bool definite =
      std::any_of(groups.begin(), groups.end(), [](const auto& group) { return !group.could_not_tell; });
  if (definite) return ExitCode::kNo;
  return groups.empty() && findings.gaps.empty() ? ExitCode::kYes : ExitCode::kCouldNotTell;
}

void PrintShadow(const Findings& findings, OutputFormat format) {
  const std::vector<audit::Denials> groups = audit::GroupDenials(findings);
  if (format == OutputFormat::kJson) {
    Node root = Node::MakeMap();
    root.Set("verdict", VerdictName(ExitCodeOfShadow(findings))).Set("summary", DescribeSummary(findings));
    Node denials = Node::MakeList();
    for (const audit::Denials& group : groups) denials.Append(DescribeDenials(group));
    root.Set("wouldDeny", std::move(denials)).Set("gaps", DescribeGaps(findings));
    return PrintJson(root);
  }
  for (const audit::Denials& group : groups) PrintDenials(group);
  PrintGaps(findings);
  if (!groups.empty()) return;
  std::printf("nothing%s would be denied\n", findings.gaps.empty() ? "" : " of what could be read");
}

}  // namespace chartseal::cli
