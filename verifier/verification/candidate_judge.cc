#include "verifier/verification/candidate_judge.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/statement.h"

namespace chartseal::verification {
namespace {

using policy::Authority;
using sigstore::TrustedRoot;
using sigstore::VerifiedSignature;

bool LooksAt(const Authority& authority, const Candidate& candidate) {
  const auto& sources = authority.sources;
  if (sources.empty()) return candidate.repository.empty();
  return std::find(sources.begin(), sources.end(), candidate.repository) != sources.end();
}

bool Allows(const policy::Formats& formats, Layout layout) {
  switch (layout) {
    case Layout::kBundleReferrer:
      return formats.bundle;
    case Layout::kLegacyTag:
    case Layout::kLegacyReferrer:
      return formats.legacy;
    case Layout::kFile:
      return true;
    case Layout::kPolicy:
      return false;
  }
  return false;
}

Rejection FormatNotAllowed(const policy::Formats& formats, Layout layout) {
  const std::string_view wanted = formats.bundle ? "bundle" : "legacy";
  return {Reason::kFormatNotAllowed, Cat("the policy accepts the layout \"", wanted, "\" only"),
          std::string(wanted), std::string(Name(layout))};
}

bool IsMessageSignature(const Candidate& candidate) {
  const auto* bundle = std::get_if<sigstore::Bundle>(&*candidate.content);
  return bundle != nullptr && std::holds_alternative<sigstore::MessageSignature>(bundle->content());
}

class CandidateJudge {
 public:
  CandidateJudge(const Candidate& candidate, const Role& role, const JudgeInput& input)
      : candidate_(candidate), role_(role), input_(input) {}

  Finding Judge() const {
    Finding finding;
    finding.layout = candidate_.layout;
    finding.source = candidate_.source;
    if (!candidate_.content.ok()) {
      finding.undecodable = true;
      finding.rejection = {ReasonOf(candidate_.content.status()), Message(candidate_.content.status()), "",
                           ""};
      return finding;
    }
    const auto predicate = ClaimedPredicate(*candidate_.content);
    finding.predicate_type = predicate.value_or("");
    if (auto fits = FitsRole(predicate); !fits.ok()) {
      finding.rejection = fits.rejection();
      return finding;
    }
    JudgeByAuthorities(finding);
    return finding;
  }

 private:
  Checked<Passed> FitsRole(const std::optional<std::string>& predicate) const {
    const std::string_view wanted = role_.is_signature() ? sigstore::kCosignSignPredicate : role_.predicate;
    if (predicate.has_value()) {
      if (*predicate == wanted) return Passed{};
      return Rejection{
          Reason::kPredicateTypeMismatch,
          role_.is_signature() ? "an attestation is not a signature" : "an attestation of another type",
          std::string(wanted), Printable(*predicate)};
    }
    if (role_.is_signature() && (input_.form == SignatureForm::kBlob || !IsMessageSignature(candidate_)))
      return Passed{};
    return Rejection{Reason::kPredicateTypeMismatch, "not an in-toto statement", std::string(wanted),
                     IsMessageSignature(candidate_) ? "a message signature" : "no statement"};
  }

  // Keyless authorities with the same root and thresholds ask the same question of the cryptography: it is
  // answered once.
  void JudgeByAuthorities(Finding& finding) const {
    std::vector<Answer> keyless;
    for (const Authority* authority : role_.authorities) {
      if (!LooksAt(*authority, candidate_)) continue;
      if (!Allows(authority->formats, candidate_.layout)) {
        Keep(finding, FormatNotAllowed(authority->formats, candidate_.layout), std::nullopt);
        continue;
      }
      if (Consider(*authority, Verify(*authority, keyless), finding)) return;
    }
  }

  struct Answer {
    const TrustedRoot* root;
    sigstore::Thresholds thresholds;
    Checked<VerifiedSignature> verified;
  };

  Checked<VerifiedSignature> Verify(const Authority& authority, std::vector<Answer>& keyless) const {
    const TrustedRoot& root = authority.root != nullptr ? *authority.root : input_.root;
    for (const Answer& answer : keyless) {
      if (!authority.key && answer.root == &root && answer.thresholds == authority.thresholds) {
        return answer.verified;
      }
    }
    auto verified = VerifyCandidate(*candidate_.content, input_.artifact, root, authority.Options());
    if (!authority.key) keyless.push_back({&root, authority.thresholds, verified});
    return verified;
  }

  bool Consider(const Authority& authority, const Checked<VerifiedSignature>& verified,
                Finding& finding) const {
    if (!verified.ok()) {
      Keep(finding, verified.rejection(), std::nullopt);
      return false;
    }
    auto accepted = authority.Accepts(*verified);
    if (accepted.ok() && role_.is_signature()) accepted = CheckAnnotations(*verified);
    if (!accepted.ok()) {
      Keep(finding, accepted.rejection(), *verified);
      return false;
    }
    finding.accepted = true;
    finding.authority = authority.name;
    finding.rejection = {};
    finding.signature = *verified;
    return true;
  }

  static void Keep(Finding& finding, const Rejection& rejection,
                   const std::optional<VerifiedSignature>& signature) {
    Finding other = finding;
    other.rejection = rejection;
    if (finding.rejection.reason != Reason::kNone && Closeness(other) <= Closeness(finding)) return;
    finding.rejection = rejection;
    finding.signature = signature;
  }

  Checked<Passed> CheckAnnotations(const VerifiedSignature& signature) const {
    for (const auto& [key, wanted] : input_.requirement.annotations) {
      const auto* pairs = AnnotationsOf(signature);
      const auto found = pairs == nullptr
                             ? decltype(pairs->end()){}
                             : std::find_if(pairs->begin(), pairs->end(),
                                            [&key = key](const auto& pair) { return pair.first == key; });
      if (pairs != nullptr && found != pairs->end() && found->second == wanted) continue;
      return Rejection{
          Reason::kAnnotationMismatch, Cat("the signed annotation ", key, " differs"), wanted,
          pairs != nullptr && found != pairs->end() ? Printable(found->second) : "no such annotation"};
    }
    return Passed{};
  }

  const std::vector<std::pair<std::string, std::string>>* AnnotationsOf(
      const VerifiedSignature& signature) const {
    if (signature.payload) return &signature.payload->optional;
    if (!signature.statement) return nullptr;
    const auto* subject = signature.statement->FindSubject(input_.artifact.digest);
    return subject == nullptr ? nullptr : &subject->annotations;
  }

  const Candidate& candidate_;
  const Role& role_;
  const JudgeInput& input_;
};

}  // namespace

bool LooksAt(const Role& role, const Candidate& candidate) {
  return std::any_of(role.authorities.begin(), role.authorities.end(),
                     [&](const Authority* authority) { return LooksAt(*authority, candidate); });
}

bool MayHaveBeen(const Role& role, const Candidate& candidate) {
  // Before its blob was read, a referrer is called a bundle whatever it would have turned out to be.
  const bool either = candidate.layout == Layout::kBundleReferrer && candidate.raw == nullptr;
  return std::any_of(role.authorities.begin(), role.authorities.end(), [&](const Authority* authority) {
    return LooksAt(*authority, candidate) && (either || Allows(authority->formats, candidate.layout));
  });
}

Finding JudgeCandidate(const Candidate& candidate, const Role& role, const JudgeInput& input) {
  return CandidateJudge(candidate, role, input).Judge();
}

int Closeness(const Finding& finding) {
  if (finding.undecodable) return 0;
  switch (finding.rejection.reason) {
    case Reason::kPredicateTypeMismatch:
      return 1;
    case Reason::kSubjectDigestMismatch:
    case Reason::kMessageDigestMismatch:
      return 2;
    case Reason::kIssuerMismatch:
      return 4;
    case Reason::kIdentityMismatch:
      return 5;
    case Reason::kClaimMismatch:
      return 6;
    case Reason::kAnnotationMismatch:
      return 7;
    default:
      return 3;
  }
}

}  // namespace chartseal::verification
