#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "verifier/base/node.h"
#include "verifier/base/verdict.h"
#include "verifier/crypto/digest.h"

namespace chartseal::sigstore {

// predicateType of a cosign v3 signature (spec/sigstore.md §1.4).
inline constexpr std::string_view kCosignSignPredicate = "https://sigstore.dev/cosign/sign/v1";

// An in-toto statement v1 or v0.1 (spec/sigstore.md §4.11).
struct Statement {
  struct Subject {
    std::string name;
    std::vector<std::pair<std::string, std::string>> digests;      // algorithm -> lower-case hex
    std::vector<std::pair<std::string, std::string>> annotations;  // cosign -a; string values only
  };
  std::string type;
  std::string predicate_type;
  std::vector<Subject> subjects;
  Node predicate;  // null when there is none (cosign 2 writes none)

  // The first subject with this digest, nullptr when none has it. Every subject is looked at.
  const Subject* FindSubject(const crypto::Digest& digest) const;
};

// Rejections: kStatementMalformed, kStatementType, kSubjectMissing.
Checked<Statement> ParseStatement(std::string_view json);

}  // namespace chartseal::sigstore
