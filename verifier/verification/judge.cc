#include "verifier/verification/judge.h"

#include <algorithm>
#include <optional>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/statement.h"
#include "verifier/verification/candidate.h"

namespace chartseal::verification {
namespace {

using policy::Authority;
using policy::Requirement;
using sigstore::VerifiedSignature;

bool IsMessageSignature(const Candidate& candidate) {
  const auto* bundle = std::get_if<sigstore::Bundle>(&*candidate.content);
  return bundle != nullptr && std::holds_alternative<sigstore::MessageSignature>(bundle->content());
}

// What one candidate is wanted for.
struct Role {
  std::string_view predicate;  // of the attestation; empty for the signature
  bool is_signature() const { return predicate.empty(); }
};

// How near a rejected candidate came to being what was wanted; the nearest is the one worth explaining.
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

class CandidateJudge {
 public:
  CandidateJudge(const Candidate& candidate, const sigstore::Artifact& artifact, SignatureForm form,
                 const Requirement& requirement, const sigstore::TrustedRoot& root)
      : candidate_(candidate), artifact_(artifact), form_(form), requirement_(requirement), root_(root) {}

  Finding Judge(const Role& role) const {
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
    if (auto fits = FitsRole(role, predicate); !fits.ok()) {
      finding.rejection = fits.rejection();
      return finding;
    }
    JudgeByAuthorities(role, finding);
    return finding;
  }

 private:
  Checked<Passed> FitsRole(const Role& role, const std::optional<std::string>& predicate) const {
    const std::string_view wanted = role.is_signature() ? sigstore::kCosignSignPredicate : role.predicate;
    if (predicate.has_value()) {
      if (*predicate == wanted) return Passed{};
      return Rejection{
          Reason::kPredicateTypeMismatch,
          role.is_signature() ? "an attestation is not a signature" : "an attestation of another type",
          std::string(wanted), Printable(*predicate)};
    }
    if (role.is_signature() && (form_ == SignatureForm::kBlob || !IsMessageSignature(candidate_)))
      return Passed{};
    return Rejection{Reason::kPredicateTypeMismatch, "not an in-toto statement", std::string(wanted),
                     IsMessageSignature(candidate_) ? "a message signature" : "no statement"};
  }

  Checked<VerifiedSignature> Verify(const Authority& authority) const {
    return VerifyCandidate(*candidate_.content, artifact_, root_, authority.Options());
  }

  // Keyless authorities with the same thresholds ask the same question of the cryptography: it is answered
  // once.
  void JudgeByAuthorities(const Role& role, Finding& finding) const {
    std::vector<std::pair<sigstore::Thresholds, Checked<VerifiedSignature>>> keyless;
    for (const Authority& authority : requirement_.authorities) {
      std::optional<Checked<VerifiedSignature>> verified;
      for (const auto& [thresholds, result] : keyless) {
        if (!authority.key && thresholds == authority.thresholds) verified = result;
      }
      if (!verified) {
        verified = Verify(authority);
        if (!authority.key) keyless.emplace_back(authority.thresholds, *verified);
      }
      if (Consider(role, authority, *verified, finding)) return;
    }
  }

  bool Consider(const Role& role, const Authority& authority, const Checked<VerifiedSignature>& verified,
                Finding& finding) const {
    if (!verified.ok()) {
      Keep(finding, verified.rejection(), std::nullopt);
      return false;
    }
    auto accepted = authority.Accepts(*verified);
    if (accepted.ok() && role.is_signature()) accepted = CheckAnnotations(*verified);
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
    for (const auto& [key, wanted] : requirement_.annotations) {
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
    const auto* subject = signature.statement->FindSubject(artifact_.digest);
    return subject == nullptr ? nullptr : &subject->annotations;
  }

  const Candidate& candidate_;
  const sigstore::Artifact& artifact_;
  SignatureForm form_;
  const Requirement& requirement_;
  const sigstore::TrustedRoot& root_;
};

std::string Wanted(const Requirement& requirement) {
  std::string out;
  for (const Authority& authority : requirement.authorities) {
    if (!out.empty()) out += " or ";
    if (authority.key) {
      out += Cat("the key with SPKI SHA-256 ", crypto::Digest::Sha256Of(authority.key->key.spki_der()).hex());
    } else {
      for (size_t i = 0; i < authority.identities.size(); ++i) {
        out += Cat(i > 0 ? " or " : "", authority.identities[i].ToString());
      }
    }
  }
  return out;
}

std::string NextStep(Reason reason) {
  switch (reason) {
    case Reason::kNoSignature:
      return "have the release workflow sign this digest, or check that the right repository and digest were "
             "named";
    case Reason::kNoAttestation:
      return "have the release workflow attest this digest with the wanted predicate type";
    case Reason::kPredicateTypeMismatch:
      return "if it is the attestation that you want verified, ask for the predicate type that was found "
             "(--type)";
    case Reason::kIdentityMismatch:
    case Reason::kIssuerMismatch:
    case Reason::kClaimMismatch:
      return "do not use this artifact unless its signer is one you mean to trust; if so, name that identity";
    case Reason::kKeyRequired:
      return "verify with the signer's public key, or have the release workflow sign without a key";
    case Reason::kCertificateUnexpected:
      return "verify with the signer's identity and issuer instead of a key";
    case Reason::kKeyMismatch:
      return "do not use this artifact unless you mean to trust the other key; if so, name that key";
    case Reason::kAnnotationMismatch:
      return "check the wanted annotations, or have the release workflow sign with them";
    case Reason::kSubjectDigestMismatch:
    case Reason::kMessageDigestMismatch:
      return "do not use this artifact: its signature was made for other content";
    default:
      return "do not use this artifact; ask its publisher to sign it again";
  }
}

// A "no" for one role, from findings none of which was accepted.
void Explain(const Role& role, const std::vector<Finding>& findings, SignatureForm form,
             const Requirement& requirement, Verdict& verdict) {
  const auto closest =
      std::max_element(findings.begin(), findings.end(),
                       [](const Finding& a, const Finding& b) { return Closeness(a) < Closeness(b); });
  // In a registry a statement of another kind is simply not what was looked for; a file was named by the
  // caller.
  const bool nothing_of_the_kind =
      closest == findings.end() ||
      (closest->rejection.reason == Reason::kPredicateTypeMismatch && form == SignatureForm::kContainer);
  if (nothing_of_the_kind) {
    verdict.reason = role.is_signature() ? Reason::kNoSignature : Reason::kNoAttestation;
    verdict.detail = std::string(Explanation(verdict.reason));
    verdict.expected = role.is_signature()
                           ? Cat("a signature by ", Wanted(requirement))
                           : Cat("an attestation ", role.predicate, " by ", Wanted(requirement));
    verdict.found = closest == findings.end()
                        ? "nothing attached"
                        : Cat(findings.size(), " attached, none of that kind: ", closest->rejection.found);
  } else {
    verdict.reason = closest->rejection.reason;
    verdict.detail = closest->rejection.detail;
    verdict.expected = closest->rejection.expected;
    verdict.found = closest->rejection.found;
  }
  verdict.next = NextStep(verdict.reason);
}

// Why a role that nothing satisfied cannot be called a "no".
std::optional<absl::Status> CouldNotTell(const Evidence& evidence) {
  if (!evidence.gaps.empty()) return evidence.gaps.front();
  for (const Candidate& candidate : evidence.candidates) {
    if (!candidate.content.ok()) return candidate.content.status();
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<Verdict> Judge(const Evidence& evidence, const sigstore::Artifact& artifact,
                              SignatureForm form, const Requirement& requirement,
                              const sigstore::TrustedRoot& root) {
  Verdict verdict{.accepted = true, .digest = artifact.digest};
  verdict.trusted_root_version = root.version();
  std::vector<Role> roles;
  if (requirement.signature) roles.push_back({});
  for (const std::string& type : requirement.attestation_types) roles.push_back({type});
  for (const Role& role : roles) {
    std::vector<Finding> findings;
    for (const Candidate& candidate : evidence.candidates) {
      findings.push_back(CandidateJudge(candidate, artifact, form, requirement, root).Judge(role));
    }
    const bool satisfied =
        std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.accepted; });
    if (!satisfied && verdict.accepted) {
      if (auto status = CouldNotTell(evidence)) return Annotate(*status, "could not tell");
      verdict.accepted = false;
      Explain(role, findings, form, requirement, verdict);
    }
    std::move(findings.begin(), findings.end(), std::back_inserter(verdict.findings));
  }
  return verdict;
}

}  // namespace chartseal::verification
