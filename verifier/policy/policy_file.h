#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"
#include "verifier/policy/policy.h"

namespace chartseal::policy {

// Who wrote a document.
enum class Author {
  kPerson,   // a file: metadata holds name, labels, annotations and nothing else; no status
  kCluster,  // an object as an API server hands it out, with all that it added to metadata and status; no
             // noMatch, which speaks for all policies together and not for one object
};

// Reads a VerificationPolicy (docs/policy-reference.md). Strict: unknown fields, wrong types, empty lists,
// patterns that do not compile are refused, naming file, line and field. Errors carry
// Reason::kPolicyMalformed (or kYamlMalformed).
absl::StatusOr<Policy> ReadPolicy(const Node& document, std::string_view where,
                                  Author author = Author::kPerson);

// A policy file: one or more YAML (or JSON) documents of kind VerificationPolicy. `noMatch` may stand in the
// spec of any of them, and must not differ between them. Names must be distinct. An empty file is an error.
absl::StatusOr<PolicySet> ParsePolicyFile(std::string_view text, std::string_view where);

struct PolicyText {
  std::string where;  // names the file in errors
  std::string text;
};

// Several files as one set: what holds for the documents of one file holds across all of them. Each file must
// hold a policy.
absl::StatusOr<PolicySet> ParsePolicyFiles(const std::vector<PolicyText>& files);

// A key in PEM with an optional hash/padding ("rsa-pss-sha256", …); shared with --key on the command line.
absl::StatusOr<sigstore::ManagedKey> ReadKey(std::string_view pem, std::string_view scheme,
                                             std::string_view where);

}  // namespace chartseal::policy
