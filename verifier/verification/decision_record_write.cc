#include <map>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/verification/decision_record.h"
#include "verifier/verification/evidence_record.h"

namespace chartseal::verification {
namespace {

std::string TimeText(absl::Time time) {
  // Four digits of the year, whatever it is: RFC 3339 has no fewer.
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

Node Describe(const RecordedRequest& request) {
  Node node = Node::MakeMap();
  node.Set("uid", request.uid).Set("endpoint", request.endpoint).Set("operation", request.operation);
  node.SetUnlessEmpty("group", request.group);
  node.Set("version", request.version).Set("kind", request.kind);
  node.SetUnlessEmpty("subresource", request.subresource);
  node.SetUnlessEmpty("namespace", request.namespace_name);
  node.SetUnlessEmpty("name", request.name);
  if (request.dry_run) node.Set("dryRun", Node::Bool(true));
  return node;
}

Node Describe(const RecordedPolicy& policy) {
  Node node = Node::MakeMap();
  node.Set("name", policy.name);
  node.SetUnlessEmpty("fingerprint", policy.fingerprint);
  node.Set("mode", policy.mode);
  if (policy.source == nullptr) return node;
  auto document = ParseJson(*policy.source, "policy");
  if (document.ok()) node.Set("document", *std::move(document));
  return node;
}

Node Describe(const RecordedRuling& ruling) {
  Node node = Node::MakeMap();
  node.SetUnlessEmpty("policy", ruling.policy);
  node.Set("mode", ruling.mode).Set("answer", ruling.answer).Set("reason", Name(ruling.reason));
  node.SetUnlessEmpty("detail", ruling.detail);
  node.SetUnlessEmpty("expected", ruling.expected);
  node.SetUnlessEmpty("found", ruling.found);
  node.SetUnlessEmpty("next", ruling.next);
  node.SetUnlessEmpty("authority", ruling.authority);
  node.SetUnlessEmpty("signer", ruling.signer);
  node.SetUnlessEmpty("issuer", ruling.issuer);
  node.SetUnlessEmpty("layout", ruling.layout);
  if (ruling.log_index) node.Set("logIndex", Node::Integer(*ruling.log_index));
  if (ruling.signed_at) node.Set("signedAt", TimeText(*ruling.signed_at));
  return node;
}

Node Describe(const std::vector<RecordedRuling>& rulings) {
  Node list = Node::MakeList();
  for (const RecordedRuling& ruling : rulings) list.Append(Describe(ruling));
  return list;
}

// Each distinct evidence once, and where it is.
class EvidenceList {
 public:
  // Adds it; its index, or nullopt when it cannot be written.
  std::optional<int64_t> Add(const Evidence* evidence) {
    if (evidence == nullptr) return std::nullopt;
    const auto known = index_.find(evidence);
    if (known != index_.end()) return known->second;
    auto written = WriteEvidence(*evidence);
    if (!written.ok()) return std::nullopt;
    Node node = Node::MakeMap();
    node.Set("sha256", Digests(*evidence)).Set("attached", *std::move(written));
    nodes_.Append(std::move(node));
    const auto index = static_cast<int64_t>(nodes_.list().size() - 1);
    index_[evidence] = index;
    return index;
  }
  Node Take() && { return std::move(nodes_); }

 private:
  // Of each candidate that has bytes, in order.
  static Node Digests(const Evidence& evidence) {
    Node list = Node::MakeList();
    for (const Candidate& candidate : evidence.candidates) {
      if (candidate.raw == nullptr) continue;
      list.Append(Node::String(crypto::Digest::Sha256Of(candidate.raw->bytes).hex()));
    }
    return list;
  }

  Node nodes_ = Node::MakeList();
  std::map<const Evidence*, int64_t> index_;
};

Node Describe(const RecordedImage& image, std::optional<int64_t> evidence) {
  Node node = Node::MakeMap();
  node.Set("image", image.image);
  Node paths = Node::MakeList();
  for (const std::string& path : image.paths) paths.Append(Node::String(path));
  node.Set("paths", std::move(paths));
  if (image.digest) node.Set("digest", image.digest->ToString());
  node.Set("remembered", Node::Bool(image.remembered));
  node.Set("registryMicroseconds", Node::Integer(absl::ToInt64Microseconds(image.registry_time)));
  node.Set("cryptoMicroseconds", Node::Integer(absl::ToInt64Microseconds(image.crypto_time)));
  node.Set("rulings", Describe(image.rulings));
  node.Set("evidence", evidence ? Node::Integer(*evidence) : Node());
  return node;
}

Node Describe(const RecordedDocument& document) {
  Node node = Node::MakeMap();
  node.SetUnlessEmpty("source", document.source);
  node.SetUnlessEmpty("object", document.object);
  if (document.hook) node.Set("hook", Node::Bool(true));
  if (document.subchart) node.Set("subchart", Node::Bool(true));
  return node.Set("binding", document.binding).Set("bound", Node::Bool(document.bound));
}

Node Describe(const RecordedPlace& place, std::optional<int64_t> evidence) {
  Node node = Node::MakeMap();
  node.Set("artifact", Describe(place.chart, evidence));
  if (!place.warnings.empty()) node.Set("warnings", Describe(place.warnings));
  node.SetUnlessEmpty("signers", place.signers);
  node.SetUnlessEmpty("fingerprint", place.fingerprint);
  if (place.stated) node.Set("stated", Node::Bool(true));
  Node documents = Node::MakeList();
  for (const RecordedDocument& document : place.documents) documents.Append(Describe(document));
  return node.Set("documents", std::move(documents));
}

// `index_of` gives the index of the evidence about an artifact.
template <typename IndexOf>
Node Describe(const RecordedRelease& release, IndexOf index_of) {
  Node node = Node::MakeMap();
  node.Set("chart", release.chart).Set("version", release.version);
  node.SetUnlessEmpty("fingerprint", release.fingerprint);
  if (release.decisive) node.Set("decisive", Node::Integer(static_cast<int64_t>(*release.decisive)));
  if (!release.rulings.empty()) node.Set("rulings", Describe(release.rulings));
  Node places = Node::MakeList();
  for (const RecordedPlace& place : release.places) places.Append(Describe(place, index_of(place.chart)));
  return node.Set("places", std::move(places));
}

std::string Write(const DecisionRecord& record, bool with_evidence) {
  Node node = Node::MakeMap();
  node.Set("apiVersion", "chartseal.dev/v1alpha1").Set("kind", "DecisionRecord");
  node.Set("chartsealVersion", record.chartseal_version).Set("at", TimeText(record.at));
  node.Set("microseconds", Node::Integer(absl::ToInt64Microseconds(record.took)));
  node.Set("request", Describe(record.request));
  node.Set("verdict", record.verdict).Set("reason", Name(record.reason));
  node.SetUnlessEmpty("message", record.message);
  node.SetUnlessEmpty("trustedRoot", record.trusted_root_version);
  Node policies = Node::MakeList();
  for (const RecordedPolicy& policy : record.policies) policies.Append(Describe(policy));
  node.Set("policies", std::move(policies));
  EvidenceList evidence;
  const auto index_of = [&](const RecordedImage& artifact) {
    return with_evidence ? evidence.Add(artifact.evidence.get()) : std::nullopt;
  };
  if (record.release) node.Set("release", Describe(*record.release, index_of));
  const auto describe = [&](const std::vector<RecordedImage>& artifacts) {
    Node list = Node::MakeList();
    for (const RecordedImage& artifact : artifacts) list.Append(Describe(artifact, index_of(artifact)));
    return list;
  };
  if (!record.charts.empty()) node.Set("charts", describe(record.charts));
  node.Set("images", describe(record.images)).Set("evidence", std::move(evidence).Take());
  return WriteJson(node, JsonStyle::kPretty) + "\n";
}

}  // namespace

std::string WriteDecisionRecord(const DecisionRecord& record) {
  std::string text = Write(record, /*with_evidence=*/true);
  return text.size() <= limits::kMaxRecordBytes ? text : Write(record, /*with_evidence=*/false);
}

}  // namespace chartseal::verification
