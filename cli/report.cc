#include "cli/report.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "verifier/base/encoding.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::cli {
namespace {

using verification::Finding;
using verification::Verdict;

constexpr std::string_view kYes = "yes";
constexpr std::string_view kNo = "no";
constexpr std::string_view kCouldNotTell = "could-not-tell";

std::string_view VerdictName(const Outcome& outcome) {
  if (!outcome.verdict.ok()) return kCouldNotTell;
  return outcome.verdict->accepted ? kYes : kNo;
}

// The groups "No: …" of verifier/base/reason_codes.inc.
bool SaysNo(Reason reason) {
  return (reason >= Reason::kBundleNoMaterial && reason <= Reason::kPolicyRefuses) ||
         (reason >= Reason::kChartRefused && reason < Reason::kReleaseMalformed) ||
         reason >= Reason::kChartContentMismatch;
}

void DescribeVerdict(const Verdict& verdict, bool with_predicate, Node& node) {
  node.Set("digest", verdict.digest.ToString());
  node.SetUnlessEmpty("trustedRoot", verdict.trusted_root_version);
  if (!verdict.accepted) {
    node.Set("reason", Name(verdict.reason));
    node.Set("detail", verdict.detail);
    node.SetUnlessEmpty("expected", verdict.expected);
    node.SetUnlessEmpty("found", verdict.found);
    node.SetUnlessEmpty("next", verdict.next);
  }
  Node findings = Node::MakeList();
  for (const Finding& finding : verdict.findings) findings.Append(DescribeFinding(finding, with_predicate));
  node.Set("findings", std::move(findings));
}

Node DescribeOutcome(const Outcome& outcome, bool with_predicate) {
  Node node = Node::MakeMap();
  node.Set("subject", outcome.subject);
  node.SetUnlessEmpty("policy", outcome.policy);
  node.Set("verdict", VerdictName(outcome));
  if (outcome.verdict.ok()) {
    DescribeVerdict(*outcome.verdict, with_predicate, node);
  } else {
    node.Set("reason", Name(ReasonOf(outcome.verdict.status())));
    node.Set("detail", Message(outcome.verdict.status()));
    node.SetUnlessEmpty("next", NextStep(ReasonOf(outcome.verdict.status())));
  }
  return node;
}

std::string_view VerdictName(ExitCode code) {
  return code == ExitCode::kYes ? kYes : code == ExitCode::kNo ? kNo : kCouldNotTell;
}

void PrintText(const Outcome& outcome) {
  const std::string subject = Cat(Printable(outcome.subject, 1024),
                                  outcome.policy.empty() ? "" : Cat("  [policy ", outcome.policy, "]"));
  if (!outcome.verdict.ok()) {
    std::printf("%s  %s\n", ForVerdict(false, false, "COULD NOT TELL").c_str(), subject.c_str());
    PrintLine("reason", Cat(Name(ReasonOf(outcome.verdict.status())), ": ",
                            Explanation(ReasonOf(outcome.verdict.status()))));
    PrintLine("detail", Message(outcome.verdict.status()));
    PrintLine("next", NextStep(ReasonOf(outcome.verdict.status())));
    return;
  }
  const Verdict& verdict = *outcome.verdict;
  const std::string_view word = verdict.accepted ? "VERIFIED" : "NOT VERIFIED";
  std::printf("%s  %s\n", ForVerdict(verdict.accepted, !verdict.accepted, word).c_str(), subject.c_str());
  PrintLine("digest", verdict.digest.ToString());
  if (verdict.accepted) {
    for (const Finding& finding : verdict.findings) {
      if (!finding.accepted) continue;
      PrintSigner(*finding.signature);
      PrintLine("found as", Cat(verification::Name(finding.layout), " ", finding.source));
      PrintLine("predicate", Printable(finding.predicate_type));
    }
    return;
  }
  PrintLine("reason", Cat(Name(verdict.reason), ": ", verdict.detail));
  PrintLine("expected", verdict.expected);
  PrintLine("found", verdict.found);
  for (const Finding& finding : verdict.findings) {
    PrintLine("looked at", Cat(verification::Name(finding.layout), " ", finding.source, ": ",
                               Name(finding.rejection.reason)));
  }
  PrintLine("next", verdict.next);
}

}  // namespace

std::string NextStep(Reason reason, const FlagNames& flags) {
  switch (reason) {
    case Reason::kUnreachable:
      return "check the registry's name and the network, then try again";
    case Reason::kDeadlineExceeded:
      return Cat("try again, or allow more time with ", flags.timeout);
    case Reason::kRateLimited:
      return "wait and try again; registries allow more to those who log in";
    case Reason::kUnauthorized:
      return Cat("log in with helm or docker, or give ", flags.credential);
    case Reason::kNotFound:
      return "check the repository's name and its tag or digest";
    case Reason::kTlsFailed:
      return Cat("name the registry's certificate authority with --ca-file; one without TLS needs ",
                 flags.plain_http);
    default:
      return "";
  }
}

std::string ForVerdict(bool yes, bool no, std::string_view word) {
  if (isatty(STDOUT_FILENO) != 1 || std::getenv("NO_COLOR") != nullptr) return std::string(word);
  return Cat("\x1b[", yes ? "32;1" : no ? "31;1" : "33;1", "m", word, "\x1b[0m");
}

void PrintLine(std::string_view label, std::string_view text) {
  if (text.empty()) return;
  std::printf("  %-12.*s %s\n", static_cast<int>(label.size()), label.data(), ForTerminal(text).c_str());
}

void PrintSigner(const sigstore::VerifiedSignature& signature) {
  if (signature.claims) {
    PrintLine("signed by", Printable(signature.claims->identity, 1024));
    PrintLine("issuer", Printable(signature.claims->issuer, 1024));
  } else if (signature.key) {
    PrintLine("signed by", Cat("key with SPKI SHA-256 ", HexEncode(signature.key->spki_sha256())));
  }
  for (const absl::Time& time : signature.signed_times) PrintLine("signed at", Rfc3339(time));
  for (const sigstore::LogEntryFact& entry : signature.log_entries) {
    PrintLine("log entry", Cat(entry.log_index, " in ", entry.log_url));
  }
}

std::string ForTerminal(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // C1 controls are two bytes in UTF-8, the first always 0xC2.
    const bool c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (byte >= 0x20 && byte != 0x7F && !c1) {
      out.push_back(text[i]);
    } else {
      out += Printable(text.substr(i, c1 ? 2 : 1));
      if (c1) ++i;
    }
  }
  return out;
}

Node DescribeFinding(const Finding& finding, bool with_predicate) {
  Node node = Node::MakeMap();
  node.Set("layout", verification::Name(finding.layout));
  node.Set("source", finding.source);
  node.Set("accepted", Node::Bool(finding.accepted));
  node.SetUnlessEmpty("predicateType", finding.predicate_type);
  node.SetUnlessEmpty("authority", finding.authority);
  if (!finding.accepted) {
    node.Set("reason", Name(finding.rejection.reason));
    node.SetUnlessEmpty("detail", finding.rejection.detail);
    node.SetUnlessEmpty("expected", finding.rejection.expected);
    node.SetUnlessEmpty("found", finding.rejection.found);
  }
  if (finding.signature) node.Set("signer", Describe(*finding.signature, with_predicate && finding.accepted));
  return node;
}

Node Describe(const sigstore::VerifiedSignature& signature, bool with_predicate) {
  Node node = Node::MakeMap();
  if (signature.claims) {
    node.Set("identity", signature.claims->identity);
    node.Set("issuer", signature.claims->issuer);
    Node claims = Node::MakeMap();
    for (size_t i = 1; i < signature.claims->extensions.size(); ++i) {
      const std::string_view name = sigstore::ClaimName(static_cast<int>(i));
      if (!name.empty()) claims.SetUnlessEmpty(name, signature.claims->extensions[i]);
    }
    node.Set("claims", std::move(claims));
  }
  if (signature.key) node.Set("keySha256", HexEncode(signature.key->spki_sha256()));
  Node times = Node::MakeList();
  for (const absl::Time& time : signature.signed_times) times.Append(Node::String(Rfc3339(time)));
  node.Set("signedTimes", std::move(times));
  Node entries = Node::MakeList();
  for (const sigstore::LogEntryFact& entry : signature.log_entries) {
    Node fact = Node::MakeMap();
    fact.Set("log", entry.log_url).Set("logId", entry.log_id).Set("logIndex", Node::Integer(entry.log_index));
    entries.Append(std::move(fact));
  }
  node.Set("logEntries", std::move(entries));
  if (with_predicate && signature.statement) node.Set("predicate", signature.statement->predicate);
  return node;
}

ExitCode ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return ExitCode::kYes;
  if (IsUsageError(status)) return ExitCode::kUsage;
  return absl::IsFailedPrecondition(status) && SaysNo(ReasonOf(status)) ? ExitCode::kNo
                                                                        : ExitCode::kCouldNotTell;
}

ExitCode ExitCodeOf(const std::vector<Outcome>& outcomes) {
  const auto any = [&](std::string_view name) {
    return std::any_of(outcomes.begin(), outcomes.end(),
                       [&](const Outcome& o) { return VerdictName(o) == name; });
  };
  if (any(kNo)) return ExitCode::kNo;
  return any(kCouldNotTell) ? ExitCode::kCouldNotTell : ExitCode::kYes;
}

void Print(const std::vector<Outcome>& outcomes, OutputFormat format, bool with_predicate) {
  if (format == OutputFormat::kText) {
    for (const Outcome& outcome : outcomes) PrintText(outcome);
    return;
  }
  Node root = Node::MakeMap();
  root.Set("verdict", VerdictName(ExitCodeOf(outcomes)));
  Node results = Node::MakeList();
  for (const Outcome& outcome : outcomes) results.Append(DescribeOutcome(outcome, with_predicate));
  root.Set("results", std::move(results));
  std::cout << WriteJson(root, JsonStyle::kPretty) << "\n";
}

ExitCode Fail(const absl::Status& status, OutputFormat format) {
  const Reason reason = ReasonOf(status);
  std::cerr << "chartseal: " << ForTerminal(Message(status))
            << (reason == Reason::kNone ? "" : Cat(" [", Name(reason), "]")) << "\n";
  if (format == OutputFormat::kJson) {
    Node root = Node::MakeMap();
    root.Set("verdict", IsUsageError(status) ? "usage-error" : VerdictName(ExitCodeOf(status)));
    root.Set("reason", Name(reason)).Set("detail", Message(status)).Set("results", Node::MakeList());
    std::cout << WriteJson(root, JsonStyle::kPretty) << "\n";
  }
  return ExitCodeOf(status);
}

}  // namespace chartseal::cli
