#include "verifier/verification/decision_record.h"

#include <algorithm>
#include <array>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/verification/evidence_record.h"

namespace chartseal::verification {
namespace {

constexpr std::array<std::string_view, 3> kAnswers = {kAnswerYes, kAnswerNo, kAnswerCouldNotTell};
constexpr std::array<std::string_view, 3> kModes = {kModeEnforce, kModeWarn, kModeAllow};
constexpr std::array<std::string_view, 3> kVerdicts = {kVerdictAllowed, kVerdictWarned, kVerdictDenied};
constexpr std::array<std::string_view, 2> kEndpoints = {"validate", "mutate"};

// Images of one object, or of a whole release with the places of its chart.
constexpr size_t kArtifacts = limits::kMaxReleaseImages + limits::kMaxChartPlaces;

template <size_t N>
absl::StatusOr<std::string> OneOf(ObjectReader& reader, std::string_view field,
                                  const std::array<std::string_view, N>& names) {
  ASSIGN_OR_RETURN(std::string text, reader.String(field));
  if (std::find(names.begin(), names.end(), text) != names.end()) return text;
  std::string known;
  for (const std::string_view name : names) known += Cat(known.empty() ? "" : ", ", name);
  return reader.ErrorAt(field, Cat("expected one of ", known, "; found \"", Printable(text), "\""));
}

absl::StatusOr<Reason> ReadReason(ObjectReader& reader) {
  ASSIGN_OR_RETURN(const std::string text, reader.String("reason"));
  if (text == Name(Reason::kNone)) return Reason::kNone;
  const auto reason = ReasonFromName(text);
  if (!reason) return reader.ErrorAt("reason", Cat("\"", Printable(text), "\" is no reason code"));
  return *reason;
}

absl::StatusOr<absl::Duration> ReadMicroseconds(ObjectReader& reader, std::string_view field) {
  ASSIGN_OR_RETURN(const int64_t count, reader.Int64Or(field, 0));
  if (count < 0) return reader.ErrorAt(field, "is negative");
  return absl::Microseconds(count);
}

absl::StatusOr<RecordedRequest> ReadRequest(ObjectReader reader) {
  RecordedRequest request;
  ASSIGN_OR_RETURN(request.uid, reader.String("uid"));
  ASSIGN_OR_RETURN(request.endpoint, OneOf(reader, "endpoint", kEndpoints));
  ASSIGN_OR_RETURN(request.operation, reader.String("operation"));
  ASSIGN_OR_RETURN(request.group, reader.StringOr("group", ""));
  ASSIGN_OR_RETURN(request.version, reader.String("version"));
  ASSIGN_OR_RETURN(request.kind, reader.String("kind"));
  ASSIGN_OR_RETURN(request.subresource, reader.StringOr("subresource", ""));
  ASSIGN_OR_RETURN(request.namespace_name, reader.StringOr("namespace", ""));
  ASSIGN_OR_RETURN(request.name, reader.StringOr("name", ""));
  ASSIGN_OR_RETURN(request.dry_run, reader.BoolOr("dryRun", false));
  RETURN_IF_ERROR(reader.Done());
  return request;
}

absl::StatusOr<RecordedPolicy> ReadRecordedPolicy(ObjectReader& reader) {
  RecordedPolicy policy;
  ASSIGN_OR_RETURN(policy.name, reader.String("name"));
  ASSIGN_OR_RETURN(policy.fingerprint, reader.StringOr("fingerprint", ""));
  ASSIGN_OR_RETURN(policy.mode, OneOf(reader, "mode", kModes));
  if (reader.Has("document")) {
    policy.source = std::make_shared<const std::string>(WriteJson(*reader.Raw("document")));
  }
  RETURN_IF_ERROR(reader.Done());
  return policy;
}

absl::StatusOr<RecordedRuling> ReadRuling(ObjectReader& reader) {
  RecordedRuling ruling;
  ASSIGN_OR_RETURN(ruling.policy, reader.StringOr("policy", ""));
  ASSIGN_OR_RETURN(ruling.mode, OneOf(reader, "mode", kModes));
  ASSIGN_OR_RETURN(ruling.answer, OneOf(reader, "answer", kAnswers));
  ASSIGN_OR_RETURN(ruling.reason, ReadReason(reader));
  for (const auto& [field, text] :
       {std::pair{"detail", &ruling.detail}, std::pair{"expected", &ruling.expected},
        std::pair{"found", &ruling.found}, std::pair{"next", &ruling.next},
        std::pair{"authority", &ruling.authority}, std::pair{"signer", &ruling.signer},
        std::pair{"issuer", &ruling.issuer}, std::pair{"layout", &ruling.layout}}) {
    ASSIGN_OR_RETURN(*text, reader.StringOr(field, ""));
  }
  if (reader.Has("logIndex")) {
    ASSIGN_OR_RETURN(ruling.log_index, reader.Int64Or("logIndex", 0));
  }
  ASSIGN_OR_RETURN(ruling.signed_at, reader.OptionalTime("signedAt"));
  RETURN_IF_ERROR(reader.Done());
  const bool explained = (ruling.answer == kAnswerYes) == (ruling.reason == Reason::kNone);
  if (!explained) return reader.ErrorAt("reason", Cat("does not go with the answer ", ruling.answer));
  return ruling;
}

absl::StatusOr<std::vector<RecordedRuling>> ReadRulings(ObjectReader& reader, std::string_view field) {
  std::vector<RecordedRuling> rulings;
  if (!reader.Has(field)) return rulings;
  ASSIGN_OR_RETURN(std::vector<ObjectReader> items, reader.Objects(field, limits::kMaxJsonNodes));
  for (ObjectReader& item : items) {
    ASSIGN_OR_RETURN(RecordedRuling ruling, ReadRuling(item));
    rulings.push_back(std::move(ruling));
  }
  return rulings;
}

// The digests are what an auditor compares with a registry; they have to be those of the bytes.
absl::Status CheckDigests(ObjectReader& reader, const Evidence& evidence) {
  ASSIGN_OR_RETURN(const auto digests, reader.Strings("sha256", limits::kMaxJsonNodes));
  size_t next = 0;
  for (const Candidate& candidate : evidence.candidates) {
    if (candidate.raw == nullptr) continue;
    const std::string found = crypto::Digest::Sha256Of(candidate.raw->bytes).hex();
    if (next == digests.size()) return reader.ErrorAt("sha256", "has fewer entries than there is evidence");
    if (digests[next] != found) {
      return reader.ErrorAt("sha256", Cat("evidence ", next, " was changed: expected ",
                                          Printable(digests[next], 64), ", found ", found));
    }
    ++next;
  }
  if (next != digests.size()) return reader.ErrorAt("sha256", "has more entries than there is evidence");
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Evidence>> ReadOneEvidence(ObjectReader& reader) {
  const Node* attached = reader.Raw("attached");
  if (attached == nullptr) return reader.ErrorAt("attached", "missing");
  auto evidence = ReadEvidence(*attached, Cat(reader.Location(), ".attached"));
  if (!evidence.ok()) return WithReason(evidence.status(), Reason::kRecordMalformed);
  RETURN_IF_ERROR(CheckDigests(reader, *evidence));
  RETURN_IF_ERROR(reader.Done());
  return std::make_shared<const Evidence>(*std::move(evidence));
}

using EvidenceList = std::vector<std::shared_ptr<const Evidence>>;

absl::StatusOr<std::shared_ptr<const Evidence>> ReadEvidenceOf(ObjectReader& reader,
                                                               const EvidenceList& all) {
  if (!reader.Has("evidence")) return nullptr;
  ASSIGN_OR_RETURN(const int64_t index, reader.Int64Or("evidence", 0));
  if (index < 0 || index >= static_cast<int64_t>(all.size())) {
    return reader.ErrorAt("evidence", Cat("there is no evidence ", index));
  }
  return all[static_cast<size_t>(index)];
}

absl::StatusOr<RecordedImage> ReadImage(ObjectReader& reader, const EvidenceList& evidence) {
  RecordedImage image;
  ASSIGN_OR_RETURN(image.image, reader.String("image"));
  ASSIGN_OR_RETURN(image.paths, reader.Strings("paths", limits::kMaxJsonNodes));
  ASSIGN_OR_RETURN(const std::string digest, reader.StringOr("digest", ""));
  if (!digest.empty()) {
    auto parsed = crypto::Digest::Parse(digest);
    if (!parsed.ok()) return reader.ErrorAt("digest", Message(parsed.status()));
    image.digest = *std::move(parsed);
  }
  ASSIGN_OR_RETURN(image.remembered, reader.BoolOr("remembered", false));
  ASSIGN_OR_RETURN(image.registry_time, ReadMicroseconds(reader, "registryMicroseconds"));
  ASSIGN_OR_RETURN(image.crypto_time, ReadMicroseconds(reader, "cryptoMicroseconds"));
  ASSIGN_OR_RETURN(image.rulings, ReadRulings(reader, "rulings"));
  if (image.rulings.empty()) return reader.ErrorAt("rulings", "at least one is needed");
  ASSIGN_OR_RETURN(image.evidence, ReadEvidenceOf(reader, evidence));
  RETURN_IF_ERROR(reader.Done());
  return image;
}

absl::StatusOr<RecordedDocument> ReadDocument(ObjectReader& reader) {
  RecordedDocument document;
  ASSIGN_OR_RETURN(document.source, reader.StringOr("source", ""));
  ASSIGN_OR_RETURN(document.object, reader.StringOr("object", ""));
  ASSIGN_OR_RETURN(document.hook, reader.BoolOr("hook", false));
  ASSIGN_OR_RETURN(document.subchart, reader.BoolOr("subchart", false));
  ASSIGN_OR_RETURN(document.binding, reader.String("binding"));
  ASSIGN_OR_RETURN(document.bound, reader.BoolOr("bound", false));
  RETURN_IF_ERROR(reader.Done());
  return document;
}

absl::StatusOr<RecordedPlace> ReadPlace(ObjectReader& reader, const EvidenceList& evidence) {
  RecordedPlace place;
  ASSIGN_OR_RETURN(ObjectReader artifact, reader.Object("artifact"));
  ASSIGN_OR_RETURN(place.chart, ReadImage(artifact, evidence));
  ASSIGN_OR_RETURN(place.warnings, ReadRulings(reader, "warnings"));
  ASSIGN_OR_RETURN(place.signers, reader.StringOr("signers", ""));
  ASSIGN_OR_RETURN(place.fingerprint, reader.StringOr("fingerprint", ""));
  ASSIGN_OR_RETURN(place.stated, reader.BoolOr("stated", false));
  ASSIGN_OR_RETURN(std::vector<ObjectReader> documents,
                   reader.Objects("documents", limits::kMaxRenderedDocuments));
  for (ObjectReader& item : documents) {
    ASSIGN_OR_RETURN(RecordedDocument document, ReadDocument(item));
    place.documents.push_back(std::move(document));
  }
  RETURN_IF_ERROR(reader.Done());
  return place;
}

absl::Status ReadDecisive(ObjectReader& reader, RecordedRelease& release) {
  if (reader.Has("decisive")) {
    ASSIGN_OR_RETURN(const int64_t index, reader.Int64Or("decisive", 0));
    if (index < 0 || index >= static_cast<int64_t>(release.places.size())) {
      return reader.ErrorAt("decisive", Cat("there is no place ", index));
    }
    release.decisive = static_cast<size_t>(index);
  }
  ASSIGN_OR_RETURN(release.rulings, ReadRulings(reader, "rulings"));
  if (release.decisive.has_value() == release.rulings.empty()) return absl::OkStatus();
  return reader.ErrorAt("rulings", "either these decided or a place");
}

absl::StatusOr<RecordedRelease> ReadRecordedRelease(ObjectReader reader, const EvidenceList& evidence) {
  RecordedRelease release;
  ASSIGN_OR_RETURN(release.chart, reader.String("chart"));
  ASSIGN_OR_RETURN(release.version, reader.String("version"));
  ASSIGN_OR_RETURN(release.fingerprint, reader.StringOr("fingerprint", ""));
  ASSIGN_OR_RETURN(std::vector<ObjectReader> places, reader.Objects("places", limits::kMaxChartPlaces));
  for (ObjectReader& item : places) {
    ASSIGN_OR_RETURN(RecordedPlace place, ReadPlace(item, evidence));
    release.places.push_back(std::move(place));
  }
  RETURN_IF_ERROR(ReadDecisive(reader, release));
  RETURN_IF_ERROR(reader.Done());
  return release;
}

absl::Status ReadHeader(ObjectReader& reader) {
  for (const auto& [field, wanted] :
       {std::pair{"apiVersion", "chartseal.dev/v1alpha1"}, std::pair{"kind", "DecisionRecord"}}) {
    ASSIGN_OR_RETURN(const std::string found, reader.String(field));
    if (found != wanted) {
      return reader.ErrorAt(field, Cat("expected ", wanted, ", found \"", Printable(found, 64), "\""));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadDecision(ObjectReader& reader, DecisionRecord& record) {
  ASSIGN_OR_RETURN(record.chartseal_version, reader.StringOr("chartsealVersion", ""));
  ASSIGN_OR_RETURN(const auto at, reader.OptionalTime("at"));
  if (!at) return reader.ErrorAt("at", "missing");
  record.at = *at;
  ASSIGN_OR_RETURN(record.took, ReadMicroseconds(reader, "microseconds"));
  ASSIGN_OR_RETURN(ObjectReader request, reader.Object("request"));
  ASSIGN_OR_RETURN(record.request, ReadRequest(std::move(request)));
  ASSIGN_OR_RETURN(record.verdict, OneOf(reader, "verdict", kVerdicts));
  ASSIGN_OR_RETURN(record.reason, ReadReason(reader));
  ASSIGN_OR_RETURN(record.message, reader.StringOr("message", ""));
  ASSIGN_OR_RETURN(record.trusted_root_version, reader.StringOr("trustedRoot", ""));
  return absl::OkStatus();
}

absl::Status ReadPolicies(ObjectReader& reader, DecisionRecord& record) {
  ASSIGN_OR_RETURN(std::vector<ObjectReader> policies, reader.Objects("policies", limits::kMaxJsonNodes));
  for (ObjectReader& item : policies) {
    ASSIGN_OR_RETURN(RecordedPolicy policy, ReadRecordedPolicy(item));
    record.policies.push_back(std::move(policy));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<RecordedImage>> ReadArtifacts(ObjectReader& reader, std::string_view field,
                                                         const EvidenceList& evidence) {
  std::vector<RecordedImage> artifacts;
  ASSIGN_OR_RETURN(std::vector<ObjectReader> items, reader.Objects(field, kArtifacts));
  for (ObjectReader& item : items) {
    ASSIGN_OR_RETURN(RecordedImage artifact, ReadImage(item, evidence));
    artifacts.push_back(std::move(artifact));
  }
  return artifacts;
}

absl::Status ReadArtifacts(ObjectReader& reader, DecisionRecord& record) {
  ASSIGN_OR_RETURN(std::vector<ObjectReader> pieces, reader.Objects("evidence", kArtifacts));
  EvidenceList evidence;
  for (ObjectReader& piece : pieces) {
    ASSIGN_OR_RETURN(auto one, ReadOneEvidence(piece));
    evidence.push_back(std::move(one));
  }
  ASSIGN_OR_RETURN(record.images, ReadArtifacts(reader, "images", evidence));
  if (reader.Has("charts")) {
    ASSIGN_OR_RETURN(record.charts, ReadArtifacts(reader, "charts", evidence));
  }
  if (!reader.Has("release")) return absl::OkStatus();
  ASSIGN_OR_RETURN(ObjectReader release, reader.Object("release"));
  ASSIGN_OR_RETURN(record.release, ReadRecordedRelease(std::move(release), evidence));
  return absl::OkStatus();
}

// A ruling by a policy that the record does not name could not be explained.
absl::Status CheckPolicies(const ObjectReader& reader, const DecisionRecord& record,
                           const std::vector<RecordedRuling>& rulings, std::string_view judged) {
  for (const RecordedRuling& ruling : rulings) {
    const bool known = ruling.policy.empty() ||
                       std::any_of(record.policies.begin(), record.policies.end(),
                                   [&](const RecordedPolicy& p) { return p.name == ruling.policy; });
    if (!known) {
      return reader.ErrorAt(
          "policies", Cat("has no \"", Printable(ruling.policy), "\", which judged ", Printable(judged)));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPolicies(const ObjectReader& reader, const DecisionRecord& record) {
  for (const auto* artifacts : {&record.images, &record.charts}) {
    for (const RecordedImage& artifact : *artifacts) {
      RETURN_IF_ERROR(CheckPolicies(reader, record, artifact.rulings, artifact.image));
    }
  }
  if (!record.release) return absl::OkStatus();
  RETURN_IF_ERROR(CheckPolicies(reader, record, record.release->rulings, record.release->chart));
  for (const RecordedPlace& place : record.release->places) {
    RETURN_IF_ERROR(CheckPolicies(reader, record, place.chart.rulings, place.chart.image));
    RETURN_IF_ERROR(CheckPolicies(reader, record, place.warnings, place.chart.image));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DecisionRecord> ReadDecisionRecord(std::string_view json, std::string_view where) {
  ASSIGN_OR_RETURN(const Node document, ParseJson(json, where, {.max_bytes = limits::kMaxRecordBytes}));
  ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(document, where, Reason::kRecordMalformed));
  RETURN_IF_ERROR(ReadHeader(reader));
  DecisionRecord record;
  RETURN_IF_ERROR(ReadDecision(reader, record));
  RETURN_IF_ERROR(ReadPolicies(reader, record));
  RETURN_IF_ERROR(ReadArtifacts(reader, record));
  RETURN_IF_ERROR(reader.Done());
  RETURN_IF_ERROR(CheckPolicies(reader, record));
  return record;
}

}  // namespace chartseal::verification
