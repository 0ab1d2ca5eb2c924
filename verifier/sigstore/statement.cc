#include "verifier/sigstore/statement.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::sigstore {
namespace {

constexpr std::string_view kWhere = "in-toto statement";
constexpr std::string_view kStatementTypes[] = {"https://in-toto.io/Statement/v1",
                                                "https://in-toto.io/Statement/v0.1"};
using TextPairs = std::vector<std::pair<std::string, std::string>>;

Rejection MalformedStatement(const absl::Status& status) {
  return Rejection{Reason::kStatementMalformed, Message(status), "", ""};
}

// The length in hex of the digests that artifacts are known by; 0 for algorithms that are only passed on.
size_t HexLength(std::string_view algorithm) {
  if (algorithm == "sha256") return 64;
  if (algorithm == "sha384") return 96;
  if (algorithm == "sha512") return 128;
  return 0;
}

absl::StatusOr<TextPairs> ReadDigests(ObjectReader& subject) {
  TextPairs digests;
  const Node* node = subject.Raw("digest");
  if (node == nullptr) return digests;
  if (!node->is_map()) return subject.ErrorAt("digest", "expected an object");
  if (node->map().size() > limits::kMaxDigestsPerSubject) {
    return subject.ErrorAt(
        "digest", Cat("at most ", limits::kMaxDigestsPerSubject, " are allowed, found ", node->map().size()));
  }
  for (const auto& [algorithm, value] : node->map()) {
    const size_t length = HexLength(algorithm);
    const bool well_formed =
        value.is_string() &&
        (length == 0 || (value.string_value().size() == length && HexDecode(value.string_value()).ok()));
    if (!well_formed) return subject.ErrorAt("digest", Cat("not a digest: ", Printable(algorithm, 32)));
    digests.emplace_back(algorithm,
                         length == 0 ? value.string_value() : absl::AsciiStrToLower(value.string_value()));
  }
  return digests;
}

// cosign -a compares strings; values of other types cannot be asked for.
absl::StatusOr<TextPairs> ReadAnnotations(ObjectReader& subject) {
  TextPairs annotations;
  const Node* node = subject.Raw("annotations");
  if (node == nullptr) return annotations;
  if (!node->is_map()) return subject.ErrorAt("annotations", "expected an object");
  for (const auto& [key, value] : node->map()) {
    if (value.is_string()) annotations.emplace_back(key, value.string_value());
  }
  return annotations;
}

absl::StatusOr<Statement::Subject> ReadSubject(ObjectReader& reader) {
  Statement::Subject subject;
  ASSIGN_OR_RETURN(subject.name, reader.StringOr("name", ""));
  ASSIGN_OR_RETURN(subject.digests, ReadDigests(reader));
  ASSIGN_OR_RETURN(subject.annotations, ReadAnnotations(reader));
  return subject;
}

// Members that are not read here are the attestation framework's to add, and are ignored as it says.
absl::StatusOr<Statement> ReadStatement(Node& node) {
  ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(node, kWhere, Reason::kStatementMalformed));
  Statement statement;
  ASSIGN_OR_RETURN(statement.type, reader.String("_type"));
  ASSIGN_OR_RETURN(statement.predicate_type, reader.String("predicateType"));
  ASSIGN_OR_RETURN(std::vector<ObjectReader> subjects, reader.Objects("subject", limits::kMaxSubjects));
  for (ObjectReader& subject_reader : subjects) {
    ASSIGN_OR_RETURN(Statement::Subject subject, ReadSubject(subject_reader));
    statement.subjects.push_back(std::move(subject));
  }
  for (auto& [key, value] : node.map()) {
    if (key == "predicate") statement.predicate = std::move(value);
  }
  return statement;
}

}  // namespace

const Statement::Subject* Statement::FindSubject(const crypto::Digest& digest) const {
  const std::string_view algorithm = crypto::Name(digest.algorithm());
  const std::string hex = digest.hex();
  for (const Subject& subject : subjects) {
    for (const auto& [name, value] : subject.digests) {
      if (name == algorithm && value == hex) return &subject;
    }
  }
  return nullptr;
}

Checked<Statement> ParseStatement(std::string_view json) {
  auto node = ParseJson(json, kWhere, {.max_bytes = limits::kMaxBundleBytes});
  if (!node.ok()) return MalformedStatement(node.status());
  auto statement = ReadStatement(*node);
  if (!statement.ok()) return MalformedStatement(statement.status());
  if (std::find(std::begin(kStatementTypes), std::end(kStatementTypes), statement->type) ==
      std::end(kStatementTypes)) {
    return Rejection{Reason::kStatementType, "the statement's _type is not known",
                     std::string(kStatementTypes[0]), Printable(statement->type)};
  }
  if (statement->subjects.empty()) {
    return Rejection{Reason::kSubjectMissing, "the statement has no subject", "", ""};
  }
  return *std::move(statement);
}

}  // namespace chartseal::sigstore
