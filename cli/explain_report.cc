#include "cli/explain_report.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "cli/report.h"
#include "verifier/base/encoding.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::cli {
namespace {

using verification::DecisionRecord;
using verification::RecordedDocument;
using verification::RecordedImage;
using verification::RecordedPlace;
using verification::RecordedRelease;
using verification::RecordedRuling;
using verification::Replay;
using verification::ReplayedImage;
using verification::ReplayedRelease;
using verification::ReplayedRuling;
using verification::ReplayResult;

std::string Milliseconds(absl::Duration duration) {
  const double count = absl::ToDoubleMilliseconds(duration);
  char text[32];
  std::snprintf(text, sizeof(text), count < 10 ? "%.1f ms" : "%.0f ms", count);
  return text;
}

void Line(int indent, std::string_view label, std::string_view text) {
  if (text.empty()) return;
  std::printf("%*s%-*.*s %s\n", indent, "", 13 - indent / 2, static_cast<int>(label.size()), label.data(),
              ForTerminal(text).c_str());
}

std::string_view Headline(const DecisionRecord& record) {
  if (record.verdict == verification::kVerdictDenied) return "DENIED";
  return record.verdict == verification::kVerdictWarned ? "ADMITTED WITH A WARNING" : "ADMITTED";
}

std::string Subject(const DecisionRecord& record) {
  const auto& request = record.request;
  const std::string name = request.name.empty() ? "(name not yet made)" : Printable(request.name);
  return Cat(Printable(request.operation), " ", Printable(request.kind), " ",
             request.namespace_name.empty() ? "" : Cat(Printable(request.namespace_name), "/"), name,
             request.subresource.empty() ? "" : Cat(" (", Printable(request.subresource), ")"),
             request.dry_run ? " [dry run]" : "");
}

std::string Because(Reason reason, std::string_view detail) {
  if (reason == Reason::kNone) return "";
  return Cat(Name(reason), ": ", detail.empty() ? chartseal::Explanation(reason) : detail);
}

std::string Answered(std::string_view answer, Reason reason) {
  const std::string_view word = answer == verification::kAnswerCouldNotTell ? "could not tell" : answer;
  return reason == Reason::kNone ? std::string(word) : Cat(word, ", ", Name(reason));
}

void PrintHead(const DecisionRecord& record) {
  std::printf("%s  %s\n", std::string(Headline(record)).c_str(), ForTerminal(Subject(record)).c_str());
  Line(2, "when", Cat(Rfc3339(record.at), ", in ", Milliseconds(record.took)));
  Line(2, "request", Cat(Printable(record.request.uid), " to /", record.request.endpoint));
  Line(2, "reason", Because(record.reason, ""));
  Line(2, "trusted root", record.trusted_root_version);
  Line(2, "written by", Cat("chartseal ", Printable(record.chartseal_version)));
  if (record.images.empty() && record.charts.empty() && !record.release)
    Line(2, "message", Printable(record.message, record.message.size()));
}

void PrintSigner(const RecordedRuling& ruling) {
  Line(4, "signed by", Printable(ruling.signer, 1024));
  Line(4, "issuer", Printable(ruling.issuer, 1024));
  if (ruling.signed_at) Line(4, "signed at", Rfc3339(*ruling.signed_at));
  if (ruling.log_index) Line(4, "log entry", Cat(*ruling.log_index));
  if (!ruling.layout.empty()) {
    Line(4, "found as", Cat(Printable(ruling.layout), ", accepted by ", Printable(ruling.authority)));
  }
}

std::string Again(const ReplayedRuling& ruling) {
  if (!ruling.not_replayed.empty()) return Cat("not judged: ", ruling.not_replayed);
  return Cat(Answered(ruling.answer, ruling.reason), ruling.Agrees() ? "" : "  <-- NOT WHAT THE RECORD SAYS");
}

std::string Title(const ReplayedRuling& ruling) {
  return Cat(ruling.policy.empty() ? std::string("no policy") : Cat("policy ", Printable(ruling.policy)),
             " (", ruling.mode, ")");
}

void PrintRecorded(const ReplayedRuling& ruling) {
  const RecordedRuling& recorded = *ruling.recorded;
  std::printf("  %s: %s\n", ForTerminal(Title(ruling)).c_str(),
              ForTerminal(Answered(recorded.answer, recorded.reason)).c_str());
  if (recorded.answer != verification::kAnswerYes) Line(4, "why", Because(recorded.reason, recorded.detail));
  Line(4, "expected", recorded.expected);
  Line(4, "found", recorded.found);
  PrintSigner(recorded);
  Line(4, "next", recorded.next);
  if (!ruling.policy.empty()) Line(4, "judged again", Again(ruling));
}

void PrintJudged(const ReplayedRuling& ruling) {
  std::printf("  %s: %s\n", ForTerminal(Title(ruling)).c_str(), ForTerminal(Again(ruling)).c_str());
  Line(4, "why", ruling.detail);
  if (!ruling.verdict) return;
  const verification::Verdict& verdict = *ruling.verdict;
  if (!verdict.accepted) Line(4, "why", Because(verdict.reason, verdict.detail));
  Line(4, "expected", verdict.expected);
  Line(4, "found", verdict.found);
  if (const auto* finding = verdict.Decisive(); finding != nullptr && finding->signature) {
    if (finding->signature->claims) Line(4, "signed by", finding->signature->claims->identity);
    Line(4, "found as", Cat(verification::Name(finding->layout), " ", finding->source));
  }
  Line(4, "next", verdict.next);
}

void PrintImage(const ReplayedImage& replayed) {
  const RecordedImage& image = *replayed.recorded;
  std::printf("\n%s\n", ForTerminal(Printable(image.image, 1024)).c_str());
  for (const std::string& path : image.paths) Line(2, "named at", path);
  if (image.digest) Line(2, "digest", image.digest->ToString());
  if (image.remembered) {
    Line(2, "looked up", "remembered from an earlier request");
  } else if (image.digest) {
    Line(2, "looked up",
         Cat("registry ", Milliseconds(image.registry_time), ", verification ",
             Milliseconds(image.crypto_time)));
  }
  if (image.evidence != nullptr) {
    for (const auto& candidate : image.evidence->candidates) {
      Line(2, "attached", Cat(verification::Name(candidate.layout), " ", candidate.source));
    }
    if (image.evidence->candidates.empty()) Line(2, "attached", "nothing that may be a signature");
    for (const absl::Status& gap : image.evidence->gaps) Line(2, "not fetched", Message(gap));
  }
  for (const ReplayedRuling& ruling : replayed.rulings) {
    ruling.recorded != nullptr ? PrintRecorded(ruling) : PrintJudged(ruling);
  }
}

size_t CountBound(const RecordedPlace& place) {
  return static_cast<size_t>(std::count_if(place.documents.begin(), place.documents.end(),
                                           [](const RecordedDocument& document) { return document.bound; }));
}

std::string Name(const RecordedDocument& document) {
  const std::string source = document.source.empty() ? "no source" : Printable(document.source, 1024);
  return Cat(Printable(document.object, 256), " from ", source, document.hook ? ", a hook" : "", ": ",
             document.binding);
}

// A place, and how far the signed chart there proves what the release renders to.
void PrintPlace(const ReplayedImage& replayed, const RecordedRelease& release, const RecordedPlace& place) {
  PrintImage(replayed);
  Line(2, "signers", Printable(place.signers, 1024));
  if (!place.fingerprint.empty()) {
    Line(2, "content",
         Cat(place.fingerprint, place.stated ? ", stated by the signer" : ", of the archive",
             place.fingerprint == release.fingerprint ? "" : "; ANOTHER than the release's"));
  }
  for (const RecordedRuling& warning : place.warnings)
    Line(2, "warned", Because(warning.reason, warning.detail));
  if (place.documents.empty()) return;
  const size_t bound = CountBound(place);
  Line(2, "documents", Cat(bound, " bound to it, ", place.documents.size() - bound, " not"));
  for (const RecordedDocument& document : place.documents) {
    Line(4, document.bound ? "bound" : "not bound", Name(document));
  }
}

void PrintRelease(const RecordedRelease& release, const ReplayedRelease& replayed) {
  std::printf("\nrelease of chart %s %s\n", ForTerminal(Printable(release.chart)).c_str(),
              ForTerminal(Printable(release.version)).c_str());
  Line(2, "content", release.fingerprint);
  if (release.decisive) Line(2, "decided by", release.places[*release.decisive].chart.image);
  for (const ReplayedRuling& ruling : replayed.rulings) {
    ruling.recorded != nullptr ? PrintRecorded(ruling) : PrintJudged(ruling);
  }
  for (size_t i = 0; i < replayed.places.size(); ++i) {
    PrintPlace(replayed.places[i], release, release.places[i]);
  }
}

bool AnyJudged(const std::vector<ReplayedImage>& artifacts) {
  return std::any_of(artifacts.begin(), artifacts.end(), [](const ReplayedImage& artifact) {
    return std::any_of(artifact.rulings.begin(), artifact.rulings.end(),
                       [](const ReplayedRuling& ruling) { return ruling.not_replayed.empty(); });
  });
}

// Whether anything was judged again, or the request alone decided.
bool NothingJudged(const Replay& replay) {
  return !AnyJudged(replay.images) && !AnyJudged(replay.charts) &&
         !(replay.release.has_value() && AnyJudged(replay.release->places));
}

std::string Summary(const Explained& explained) {
  const Replay& replay = explained.replay;
  if (!explained.policy_file.empty()) {
    const std::string_view would = replay.result == ReplayResult::kAdmitted ? "would have admitted this"
                                   : replay.result == ReplayResult::kDenied ? "would have denied this"
                                                                            : "could not have told";
    return Cat("UNDER ", explained.policy_file, ": these policies ", would);
  }
  switch (replay.result) {
    case ReplayResult::kAdmitted:
      if (NothingJudged(replay)) return "STANDS: admitted because no policy had to hold";
      return "AGREES: judged again from the evidence in this record, it is admitted";
    case ReplayResult::kDenied:
      return NothingJudged(replay)
                 ? "STANDS: denied because of what was asked; there was no evidence to judge"
                 : "AGREES: judged again from the evidence in this record, it is denied";
    case ReplayResult::kDisagrees:
      return replay.same_root
                 ? "DISAGREES: judged again, the answer is another one; the record was changed, or "
                   "this is another version of chartseal"
                 : "DISAGREES: under the trusted root given here, the answer is another one";
    case ReplayResult::kUnknown:
      return "COULD NOT TELL: see above for what could not be told, or not be judged again";
  }
  return "";
}

std::string_view ResultName(ReplayResult result) {
  switch (result) {
    case ReplayResult::kAdmitted:
      return "admitted";
    case ReplayResult::kDenied:
      return "denied";
    case ReplayResult::kDisagrees:
      return "disagrees";
    case ReplayResult::kUnknown:
      return "could-not-tell";
  }
  return "could-not-tell";
}

Node Describe(const ReplayedRuling& ruling) {
  Node node = Node::MakeMap();
  if (!ruling.policy.empty()) node.Set("policy", ruling.policy);
  node.Set("mode", ruling.mode);
  if (ruling.recorded != nullptr) {
    node.Set("recordedAnswer", ruling.recorded->answer).Set("recordedReason", Name(ruling.recorded->reason));
  }
  if (!ruling.not_replayed.empty()) return node.Set("notReplayed", ruling.not_replayed);
  node.Set("answer", ruling.answer).Set("reason", Name(ruling.reason));
  if (!ruling.detail.empty()) node.Set("detail", ruling.detail);
  if (ruling.recorded != nullptr) node.Set("agrees", Node::Bool(ruling.Agrees()));
  if (!ruling.verdict) return node;
  Node findings = Node::MakeList();
  for (const auto& finding : ruling.verdict->findings) findings.Append(DescribeFinding(finding, false));
  return node.Set("findings", std::move(findings));
}

Node Describe(const std::vector<ReplayedRuling>& rulings) {
  Node list = Node::MakeList();
  for (const ReplayedRuling& ruling : rulings) list.Append(Describe(ruling));
  return list;
}

Node Describe(std::string_view kind, const ReplayedImage& replayed) {
  Node node = Node::MakeMap();
  node.Set(kind, replayed.recorded->image);
  if (replayed.recorded->digest) node.Set("digest", replayed.recorded->digest->ToString());
  return node.Set("rulings", Describe(replayed.rulings));
}

Node Describe(std::string_view kind, const std::vector<ReplayedImage>& artifacts) {
  Node list = Node::MakeList();
  for (const ReplayedImage& artifact : artifacts) list.Append(Describe(kind, artifact));
  return list;
}

Node Describe(const RecordedRelease& release, const ReplayedRelease& replayed) {
  Node node = Node::MakeMap();
  node.Set("chart", release.chart).Set("version", release.version).Set("fingerprint", release.fingerprint);
  if (release.decisive) node.Set("decidedBy", release.places[*release.decisive].chart.image);
  if (!replayed.rulings.empty()) node.Set("rulings", Describe(replayed.rulings));
  Node places = Node::MakeList();
  for (size_t i = 0; i < replayed.places.size(); ++i) {
    const RecordedPlace& place = release.places[i];
    Node described = Describe("chart", replayed.places[i]);
    described.Set("fingerprint", place.fingerprint).Set("stated", Node::Bool(place.stated));
    Node documents = Node::MakeList();
    for (const RecordedDocument& document : place.documents) {
      Node one = Node::MakeMap();
      one.Set("object", document.object).Set("source", document.source).Set("binding", document.binding);
      documents.Append(std::move(one.Set("bound", Node::Bool(document.bound))));
    }
    places.Append(std::move(described.Set("documents", std::move(documents))));
  }
  return node.Set("places", std::move(places));
}

Node Describe(const Explained& explained) {
  const DecisionRecord& record = explained.record;
  Node node = Node::MakeMap();
  node.Set("result", ResultName(explained.replay.result)).Set("summary", Summary(explained));
  node.Set("verdict", record.verdict).Set("reason", Name(record.reason)).Set("requestId", record.request.uid);
  if (!record.trusted_root_version.empty()) node.Set("recordedTrustedRoot", record.trusted_root_version);
  node.Set("trustedRoot", explained.replay.trusted_root_version);
  if (record.release) node.Set("release", Describe(*record.release, *explained.replay.release));
  if (!record.charts.empty()) node.Set("charts", Describe("chart", explained.replay.charts));
  return node.Set("images", Describe("image", explained.replay.images));
}

}  // namespace

ExitCode ExitCodeOf(ReplayResult result) {
  if (result == ReplayResult::kAdmitted) return ExitCode::kYes;
  return result == ReplayResult::kDenied ? ExitCode::kNo : ExitCode::kCouldNotTell;
}

void PrintExplanation(const Explained& explained, OutputFormat format) {
  if (format == OutputFormat::kJson) {
    std::cout << WriteJson(Describe(explained), JsonStyle::kPretty) << "\n";
    return;
  }
  PrintHead(explained.record);
  if (explained.record.release) PrintRelease(*explained.record.release, *explained.replay.release);
  for (const ReplayedImage& chart : explained.replay.charts) PrintImage(chart);
  for (const ReplayedImage& image : explained.replay.images) PrintImage(image);
  if (!explained.replay.same_root && !NothingJudged(explained.replay)) {
    Line(0, "\nnote",
         Cat("judged under the trusted root ", explained.replay.trusted_root_version,
             ", not the recorded one"));
  }
  std::printf("\n%s\n", ForTerminal(Summary(explained)).c_str());
}

}  // namespace chartseal::cli
