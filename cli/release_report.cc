#include "cli/release_report.h"

#include <cstdio>
#include <iostream>

#include "cli/report.h"
#include "verifier/base/encoding.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::cli {
namespace {

using verification::Answer;
using verification::PlaceReport;
using verification::ReleaseReport;
using verification::Ruling;

std::string Subject(const ReleaseRecord& record) {
  return Cat("release ", record.namespace_name, record.namespace_name.empty() ? "" : "/",
             record.release.name);
}

// "ghcr.io/acme/charts/app:1.2.3@sha256:…".
std::string Named(const PlaceReport& place) {
  return Cat(place.repository, ":", place.tag,
             place.digest.has_value() ? Cat("@", place.digest->ToString()) : "");
}

// The ruling that the answer is that of, or nullptr for a yes.
const Ruling* Opposed(const ReleaseReport& report) {
  if (const Ruling* const denial = report.Denial()) return denial;
  for (const Ruling& ruling : report.rulings) {
    if (ruling.answer == report.answer()) return &ruling;
  }
  return nullptr;
}

// -- JSON.

Node Describe(const verification::Conclusion& conclusion) {
  Node node = Node::MakeMap();
  node.SetUnlessEmpty("authority", conclusion.authority);
  node.SetUnlessEmpty("identity", conclusion.signer);
  node.SetUnlessEmpty("issuer", conclusion.issuer);
  node.SetUnlessEmpty("layout", conclusion.layout);
  if (conclusion.log_index.has_value()) node.Set("logIndex", Node::Integer(*conclusion.log_index));
  if (conclusion.signed_at.has_value()) node.Set("signedAt", Rfc3339(*conclusion.signed_at));
  return node;
}

Node Describe(const Ruling& ruling) {
  Node node = Node::MakeMap();
  node.SetUnlessEmpty("policy", ruling.policy);
  node.Set("mode", Name(ruling.effect)).Set("verdict", Name(ruling.answer));
  if (ruling.answer != Answer::kYes) {
    node.Set("reason", chartseal::Name(ruling.reason)).Set("detail", ruling.detail);
    node.SetUnlessEmpty("expected", ruling.expected);
    node.SetUnlessEmpty("found", ruling.found);
    node.SetUnlessEmpty("next", ruling.next);
  }
  if (ruling.conclusion != nullptr && ruling.conclusion->accepted) {
    node.Set("signer", Describe(*ruling.conclusion));
  }
  return node;
}

Node Describe(const std::vector<Ruling>& rulings) {
  Node list = Node::MakeList();
  for (const Ruling& ruling : rulings) list.Append(Describe(ruling));
  return list;
}

Node Describe(const chart::DocumentBinding& document) {
  Node node = Node::MakeMap();
  node.Set("bound", Node::Bool(verification::IsBound(document))).Set("binding", Name(document.binding));
  node.SetUnlessEmpty("source", document.source);
  node.SetUnlessEmpty("object", document.object);
  node.Set("hook", Node::Bool(document.hook)).Set("subchart", Node::Bool(document.subchart));
  if (document.borrowed) node.Set("borrowed", Node::Bool(true));
  return node;
}

Node Describe(const PlaceReport& place, bool decisive) {
  Node node = Node::MakeMap();
  node.Set("repository", place.repository).Set("tag", place.tag);
  if (place.digest.has_value()) node.Set("digest", place.digest->ToString());
  node.Set("decisive", Node::Bool(decisive)).Set("signers", place.signers);
  if (!place.fingerprint.empty()) {
    node.Set("contentFingerprint", place.fingerprint).Set("stated", Node::Bool(place.stated));
  }
  node.Set("results", Describe(place.rulings));
  if (!place.warnings.empty()) node.Set("warnings", Describe(place.warnings));
  return node;
}

Node Describe(const ReleaseRecord& record, const ReleaseReport& report) {
  Node node = Node::MakeMap();
  node.Set("name", record.release.name);
  node.SetUnlessEmpty("namespace", record.namespace_name);
  node.Set("revision", Node::Integer(record.release.revision));
  node.SetUnlessEmpty("status", record.release.status);
  node.Set("chart", report.chart).Set("version", report.version);
  node.Set("contentFingerprint", report.fingerprint);
  return node;
}

void PrintJson(const ReleaseRecord& record, const ReleaseReport& report) {
  Node root = Node::MakeMap();
  root.Set("verdict", Name(report.answer())).Set("release", Describe(record, report));
  Node results = Describe(report.rulings);
  root.Set("results", std::move(results));
  if (!report.warnings.empty()) root.Set("warnings", Describe(report.warnings));
  Node places = Node::MakeList();
  for (const PlaceReport& place : report.places) places.Append(Describe(place, &place == report.place()));
  root.Set("places", std::move(places));
  if (report.place() != nullptr && !report.place()->documents.empty()) {
    Node documents = Node::MakeList();
    for (const auto& document : report.place()->documents) documents.Append(Describe(document));
    root.Set("documents", std::move(documents));
  }
  std::cout << WriteJson(root, JsonStyle::kPretty) << "\n";
}

// -- Text.

void PrintRuling(const Ruling& ruling) {
  PrintLine("reason", Cat(chartseal::Name(ruling.reason), ": ",
                          ruling.detail.empty() ? std::string(Explanation(ruling.reason)) : ruling.detail));
  PrintLine("expected", ruling.expected);
  PrintLine("found", ruling.found);
}

void PrintDocuments(const PlaceReport& place) {
  if (place.documents.empty()) return;
  size_t bound = 0;
  for (const auto& document : place.documents) bound += verification::IsBound(document) ? 1 : 0;
  PrintLine("documents", Cat(bound, " of ", place.documents.size(), " bound to the signed chart"));
  for (const auto& document : place.documents) {
    if (verification::IsBound(document)) continue;
    PrintLine("not bound",
              Cat(document.source.empty() ? std::string("no source") : Printable(document.source, 512),
                  document.object.empty() ? "" : Cat(" (", Printable(document.object), ")"), ": ",
                  document.borrowed ? "takes templates of subcharts" : Name(document.binding)));
  }
}

void PrintSigners(const std::vector<Ruling>& rulings) {
  for (const Ruling& ruling : rulings) {
    if (ruling.answer != Answer::kYes || ruling.conclusion == nullptr) continue;
    PrintLine("signed by", Printable(ruling.conclusion->signer, 1024));
    PrintLine("issuer", Printable(ruling.conclusion->issuer, 1024));
    if (ruling.conclusion->signed_at.has_value())
      PrintLine("signed at", Rfc3339(*ruling.conclusion->signed_at));
  }
}

void PrintPlaces(const ReleaseReport& report) {
  for (const PlaceReport& place : report.places) {
    std::string said;
    for (const Ruling& ruling : place.rulings) {
      said += Cat(said.empty() ? "" : ", ",
                  ruling.answer == Answer::kYes ? Name(ruling.answer) : chartseal::Name(ruling.reason));
    }
    PrintLine("looked at", Cat(Named(place), ": ", said));
    PrintLine("wanted", Cat("signed by ", place.signers));
  }
}

void PrintText(const ReleaseRecord& record, const ReleaseReport& report) {
  const Answer answer = report.answer();
  const std::string_view word = answer == Answer::kYes  ? "VERIFIED"
                                : answer == Answer::kNo ? "NOT VERIFIED"
                                                        : "COULD NOT TELL";
  std::printf("%s  %s\n", ForVerdict(answer == Answer::kYes, answer == Answer::kNo, word).c_str(),
              Printable(Subject(record), 1024).c_str());
  PrintLine("revision", Cat(record.release.revision, record.release.status.empty() ? "" : " ",
                            Printable(record.release.status)));
  PrintLine("chart", Cat(Printable(report.chart), " ", Printable(report.version)));
  PrintLine("fingerprint", report.fingerprint);
  const Ruling* const opposed = Opposed(report);
  if (answer == Answer::kYes) {
    PrintLine("found as", Named(*report.place()));
    PrintSigners(report.rulings);
  } else {
    PrintRuling(*opposed);
    PrintLine("policy", Cat(Printable(opposed->policy), opposed->effect == verification::Effect::kDeny
                                                            ? ""
                                                            : Cat(" (", Name(opposed->effect), ")")));
    PrintPlaces(report);
  }
  for (const Ruling& warning : report.warnings) {
    PrintLine("warning", Cat(chartseal::Name(warning.reason), ": ", warning.detail));
  }
  if (report.place() != nullptr) PrintDocuments(*report.place());
  if (opposed != nullptr && answer != Answer::kYes) PrintLine("next", opposed->next);
}

}  // namespace

ExitCode ExitCodeOf(const ReleaseReport& report) {
  switch (report.answer()) {
    case Answer::kYes:
      return ExitCode::kYes;
    case Answer::kNo:
      return ExitCode::kNo;
    case Answer::kCouldNotTell:
      return ExitCode::kCouldNotTell;
  }
  return ExitCode::kCouldNotTell;
}

void Print(const ReleaseRecord& record, const ReleaseReport& report, OutputFormat format) {
  if (format == OutputFormat::kJson) {
    PrintJson(record, report);
  } else {
    PrintText(record, report);
  }
}

}  // namespace chartseal::cli
