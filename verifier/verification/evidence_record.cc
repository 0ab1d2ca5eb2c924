#include "verifier/verification/evidence_record.h"

#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::verification {
namespace {

using Format = RawContent::Format;

constexpr std::array kLayouts = {Layout::kBundleReferrer, Layout::kLegacyTag, Layout::kLegacyReferrer,
                                 Layout::kFile};
constexpr std::array kFormats = {Format::kBundle, Format::kSimpleSigning, Format::kEnvelope};
constexpr int kHighestStatusCode = 16;  // Unauthenticated

// The one of `all` that has the name that stands at `field`.
template <typename List>
auto OneOf(ObjectReader& reader, std::string_view field, const List& all)
    -> absl::StatusOr<typename List::value_type> {
  ASSIGN_OR_RETURN(const std::string text, reader.String(field));
  std::string known;
  for (const auto value : all) {
    if (Name(value) == text) return value;
    known += Cat(known.empty() ? "" : ", ", Name(value));
  }
  return reader.ErrorAt(field, Cat("expected one of ", known, "; found \"", Printable(text), "\""));
}

Node WriteStatus(const absl::Status& status) {
  Node node = Node::MakeMap();
  node.Set("code", absl::StatusCodeToString(status.code()));
  node.Set("reason", Name(ReasonOf(status))).Set("message", Message(status));
  return node;
}

std::optional<absl::StatusCode> StatusCodeFromName(std::string_view name) {
  for (int code = 1; code <= kHighestStatusCode; ++code) {
    if (absl::StatusCodeToString(static_cast<absl::StatusCode>(code)) == name) {
      return static_cast<absl::StatusCode>(code);
    }
  }
  return std::nullopt;
}

// Sets `status` to what the object says; the result is about the object itself.
absl::Status ReadStatus(ObjectReader reader, absl::Status& status) {
  ASSIGN_OR_RETURN(const std::string code_name, reader.String("code"));
  ASSIGN_OR_RETURN(const std::string reason_name, reader.String("reason"));
  ASSIGN_OR_RETURN(const std::string message, reader.String("message"));
  RETURN_IF_ERROR(reader.Done());
  const auto code = StatusCodeFromName(code_name);
  if (!code) return reader.ErrorAt("code", Cat("\"", Printable(code_name), "\" is no status code"));
  const auto reason =
      reason_name == Name(Reason::kNone) ? std::optional(Reason::kNone) : ReasonFromName(reason_name);
  if (!reason) return reader.ErrorAt("reason", Cat("\"", Printable(reason_name), "\" is no reason code"));
  status = absl::Status(*code, message);
  if (*reason != Reason::kNone) status = WithReason(status, *reason);
  return absl::OkStatus();
}

absl::StatusOr<Node> WriteCandidate(const Candidate& candidate) {
  Node node = Node::MakeMap();
  node.Set("layout", Name(candidate.layout)).Set("source", candidate.source);
  if (!candidate.repository.empty()) node.Set("repository", candidate.repository);
  if (candidate.raw == nullptr) {
    if (candidate.content.ok()) {
      return absl::FailedPreconditionError(Cat(candidate.source, ": its bytes were not kept"));
    }
    return node.Set("error", WriteStatus(candidate.content.status()));
  }
  node.Set("format", Name(candidate.raw->format)).Set("content", Base64Encode(candidate.raw->bytes));
  if (candidate.raw->annotations.empty()) return node;
  Node annotations = Node::MakeMap();
  for (const auto& [key, value] : candidate.raw->annotations) annotations.Set(key, value);
  return node.Set("annotations", std::move(annotations));
}

absl::StatusOr<std::shared_ptr<const RawContent>> ReadRaw(ObjectReader& reader) {
  auto raw = std::make_shared<RawContent>();
  ASSIGN_OR_RETURN(raw->format, OneOf(reader, "format", kFormats));
  ASSIGN_OR_RETURN(raw->bytes, reader.Bytes("content"));
  ASSIGN_OR_RETURN(std::optional<ObjectReader> annotations, reader.OptionalObject("annotations"));
  if (!annotations) return raw;
  for (const auto& [key, value] : annotations->node().map()) {
    if (!value.is_string()) return annotations->ErrorAt(key, "expected a string");
    raw->annotations.emplace(key, value.string_value());
  }
  return raw;
}

absl::StatusOr<Candidate> ReadCandidate(ObjectReader reader) {
  ASSIGN_OR_RETURN(const Layout layout, OneOf(reader, "layout", kLayouts));
  ASSIGN_OR_RETURN(std::string source, reader.String("source"));
  ASSIGN_OR_RETURN(std::string repository, reader.StringOr("repository", ""));
  ASSIGN_OR_RETURN(std::optional<ObjectReader> error, reader.OptionalObject("error"));
  std::optional<Candidate> candidate;
  if (error) {
    absl::Status status;
    RETURN_IF_ERROR(ReadStatus(*std::move(error), status));
    candidate = Candidate{layout, std::move(source), std::move(status)};
  } else {
    ASSIGN_OR_RETURN(auto raw, ReadRaw(reader));
    candidate = MakeCandidate(layout, std::move(source), std::move(raw));
  }
  RETURN_IF_ERROR(reader.Done());
  candidate->repository = std::move(repository);
  return *std::move(candidate);
}

absl::StatusOr<OtherReferrer> ReadOther(ObjectReader reader) {
  ASSIGN_OR_RETURN(const std::string text, reader.String("digest"));
  ASSIGN_OR_RETURN(std::string type, reader.StringOr("artifactType", ""));
  RETURN_IF_ERROR(reader.Done());
  auto digest = crypto::Digest::Parse(text);
  if (!digest.ok()) return reader.ErrorAt("digest", Message(digest.status()));
  return OtherReferrer{*std::move(digest), std::move(type)};
}

}  // namespace

absl::StatusOr<Node> WriteEvidence(const Evidence& evidence) {
  Node candidates = Node::MakeList();
  for (const Candidate& candidate : evidence.candidates) {
    ASSIGN_OR_RETURN(Node node, WriteCandidate(candidate));
    candidates.Append(std::move(node));
  }
  Node others = Node::MakeList();
  for (const OtherReferrer& other : evidence.others) {
    Node node = Node::MakeMap();
    node.Set("digest", other.digest.ToString()).Set("artifactType", other.artifact_type);
    others.Append(std::move(node));
  }
  Node gaps = Node::MakeList();
  for (const absl::Status& gap : evidence.gaps) gaps.Append(WriteStatus(gap));
  Node node = Node::MakeMap();
  node.Set("candidates", std::move(candidates)).Set("others", std::move(others));
  return node.Set("gaps", std::move(gaps));
}

absl::StatusOr<Evidence> ReadEvidence(const Node& node, std::string_view where) {
  ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(node, where, Reason::kJsonMalformed));
  Evidence evidence;
  ASSIGN_OR_RETURN(auto candidates, reader.Objects("candidates", limits::kMaxJsonNodes));
  for (ObjectReader& candidate : candidates) {
    ASSIGN_OR_RETURN(Candidate read, ReadCandidate(std::move(candidate)));
    evidence.candidates.push_back(std::move(read));
  }
  ASSIGN_OR_RETURN(auto others, reader.Objects("others", limits::kMaxJsonNodes));
  for (ObjectReader& other : others) {
    ASSIGN_OR_RETURN(OtherReferrer read, ReadOther(std::move(other)));
    evidence.others.push_back(std::move(read));
  }
  ASSIGN_OR_RETURN(auto gaps, reader.Objects("gaps", limits::kMaxJsonNodes));
  for (ObjectReader& gap : gaps) {
    absl::Status status;
    RETURN_IF_ERROR(ReadStatus(std::move(gap), status));
    evidence.gaps.push_back(std::move(status));
  }
  RETURN_IF_ERROR(reader.Done());
  return evidence;
}

}  // namespace chartseal::verification
