#include "verifier/chart/fingerprint.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "verifier/base/encoding.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/go_json.h"
#include "verifier/crypto/digest.h"

namespace chartseal::chart {
namespace {

constexpr int64_t kVersion = 1;
// Of annotations that Fleet adds when it installs a chart.
constexpr std::string_view kFleetPrefix = "fleet.cattle.io/";

// The metadata without dependencies, which helm rewrites when it installs.
Node SignedMetadata(Metadata metadata) {
  metadata.dependencies.clear();
  std::erase_if(metadata.annotations, [](const auto& annotation) {
    return absl::StartsWith(annotation.first, ToAbsl(kFleetPrefix));
  });
  return ToNode(metadata);
}

// [[name, hash], …] by name.
Node Pairs(std::vector<ContentFile> files) {
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  Node list = Node::MakeList();
  for (const ContentFile& file : files) {
    list.Append(Node::MakeList().Append(Node::String(file.name)).Append(Node::String(file.sha256)));
  }
  return list;
}

std::string HexSha256(std::string_view bytes) { return HexEncode(crypto::Sha256(bytes)); }

std::vector<ContentFile> Hashed(const std::vector<File>& files) {
  std::vector<ContentFile> out;
  for (const File& file : files) out.push_back({file.name, HexSha256(file.bytes)});
  return out;
}

bool IsLowerHexSha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

absl::StatusOr<std::string> ReadPredicate(const Node& predicate) {
  ASSIGN_OR_RETURN(ObjectReader root,
                   ObjectReader::Root(predicate, "predicate", Reason::kStatementMalformed));
  ASSIGN_OR_RETURN(ObjectReader fingerprint, root.Object("fingerprint"));
  const Node* version = fingerprint.Raw("version");
  if (version == nullptr || version->kind() != Node::Kind::kInteger || version->integer_value() != kVersion) {
    return fingerprint.ErrorAt("version", Cat("expected ", kVersion, ", the only one that is known"));
  }
  ASSIGN_OR_RETURN(std::string sha256, fingerprint.String("sha256"));
  if (!IsLowerHexSha256(sha256)) {
    return fingerprint.ErrorAt(
        "sha256", Cat("expected 64 lower-case hexadecimal digits, found \"", Printable(sha256, 80), "\""));
  }
  RETURN_IF_ERROR(fingerprint.Done());
  ASSIGN_OR_RETURN(ObjectReader chart, root.Object("chart"));
  RETURN_IF_ERROR(chart.String("name").status());
  RETURN_IF_ERROR(chart.String("version").status());
  RETURN_IF_ERROR(chart.Done());
  RETURN_IF_ERROR(root.Done());
  return sha256;
}

}  // namespace

Node FingerprintInput(const Content& content) {
  Node input = Node::MakeMap();
  input.Set("v", Node::Integer(kVersion));
  input.Set("metadata", SignedMetadata(content.metadata));
  input.Set("lock", content.lock ? ToNode(*content.lock) : Node());
  input.Set("schema", content.schema_sha256);
  input.Set("templates", Pairs(content.templates));
  input.Set("files", Pairs(content.files));
  return input;
}

std::string ContentFingerprint(const Content& content) {
  return HexSha256(WriteCanonicalJson(FingerprintInput(content)));
}

Content ContentOf(const Chart& chart) {
  return Content{.metadata = chart.metadata(),
                 .lock = chart.lock(),
                 .schema_sha256 = chart.schema() ? HexSha256(chart.schema()->bytes) : "",
                 .templates = Hashed(chart.templates()),
                 .files = Hashed(chart.files())};
}

Node FingerprintInput(const Chart& chart) { return FingerprintInput(ContentOf(chart)); }
std::string ContentFingerprint(const Chart& chart) { return ContentFingerprint(ContentOf(chart)); }

Node ContentPredicate(const Chart& chart) { return ContentPredicate(ContentOf(chart)); }

Node ContentPredicate(const Content& content) {
  Node fingerprint = Node::MakeMap();
  fingerprint.Set("version", Node::Integer(kVersion)).Set("sha256", ContentFingerprint(content));
  Node about = Node::MakeMap();
  about.Set("name", content.metadata.name).Set("version", content.metadata.version);
  Node predicate = Node::MakeMap();
  predicate.Set("fingerprint", std::move(fingerprint)).Set("chart", std::move(about));
  return predicate;
}

Checked<std::string> FingerprintOf(const Node& predicate) {
  absl::StatusOr<std::string> sha256 = ReadPredicate(predicate);
  if (sha256.ok()) return *std::move(sha256);
  return Rejection{.reason = Reason::kStatementMalformed, .detail = Message(sha256.status())};
}

}  // namespace chartseal::chart
