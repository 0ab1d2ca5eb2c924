#include "verifier/verification/judge.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/verification/candidate_judge.h"

namespace chartseal::verification {
namespace {

using policy::Authority;
using policy::Requirement;

// One way to satisfy a need: every role must be satisfied.
using Alternative = std::vector<Role>;
// One thing that the requirement wants: any alternative suffices.
using Need = std::vector<Alternative>;

// A signature by one of the authorities that want no attestations of their own, or all the attestations that
// one authority wants, made by that authority.
Need SignatureNeed(const std::vector<const Authority*>& authorities) {
  Role signature;
  Need need;
  for (const Authority* authority : authorities) {
    if (authority->attestation_types.empty()) {
      signature.authorities.push_back(authority);
      continue;
    }
    Alternative attested;
    for (const std::string& type : authority->attestation_types) attested.push_back({type, {authority}});
    need.push_back(std::move(attested));
  }
  if (!signature.authorities.empty()) need.insert(need.begin(), Alternative{std::move(signature)});
  return need;
}

std::vector<Need> NeedsOf(const Requirement& requirement) {
  std::vector<const Authority*> authorities;
  for (const Authority& authority : requirement.authorities) {
    if (!authority.always) authorities.push_back(&authority);
  }
  std::vector<Need> needs;
  if (requirement.signature) needs.push_back(SignatureNeed(authorities));
  for (const std::string& type : requirement.attestation_types) {
    needs.push_back({{Role{type, authorities}}});
  }
  return needs;
}

// -- Judging.

struct JudgedRole {
  const Role* role;
  std::vector<Finding> findings;
  bool satisfied = false;
};

struct JudgedNeed {
  std::vector<JudgedRole> roles;  // of all alternatives, those of a satisfied one first
  bool satisfied = false;
};

JudgedRole JudgeRole(const Role& role, const Evidence& evidence, const JudgeInput& input) {
  JudgedRole judged{&role, {}, false};
  for (const Candidate& candidate : evidence.candidates) {
    if (!LooksAt(role, candidate)) continue;
    judged.findings.push_back(JudgeCandidate(candidate, role, input));
    judged.satisfied = judged.satisfied || judged.findings.back().accepted;
  }
  return judged;
}

JudgedNeed JudgeNeed(const Need& need, const Evidence& evidence, const JudgeInput& input) {
  JudgedNeed judged;
  for (const Alternative& alternative : need) {
    std::vector<JudgedRole> roles;
    for (const Role& role : alternative) roles.push_back(JudgeRole(role, evidence, input));
    const bool satisfied =
        std::all_of(roles.begin(), roles.end(), [](const JudgedRole& role) { return role.satisfied; });
    const bool first = satisfied && !judged.satisfied;
    judged.satisfied = judged.satisfied || satisfied;
    judged.roles.insert(first ? judged.roles.begin() : judged.roles.end(),
                        std::make_move_iterator(roles.begin()), std::make_move_iterator(roles.end()));
  }
  return judged;
}

// Why a need that nothing satisfied cannot be called a "no": something that was not seen may have satisfied
// it. What is of no use to any of its authorities changes nothing.
std::optional<absl::Status> CouldNotTell(const JudgedNeed& need, const Evidence& evidence) {
  if (need.roles.empty()) return std::nullopt;
  if (!evidence.gaps.empty()) return evidence.gaps.front();
  for (const Candidate& candidate : evidence.candidates) {
    if (candidate.content.ok()) continue;
    for (const JudgedRole& judged : need.roles) {
      if (!judged.satisfied && MayHaveBeen(*judged.role, candidate)) return candidate.content.status();
    }
  }
  return std::nullopt;
}

// -- Explaining.

std::string Wanted(const Authority& authority) {
  if (authority.key) {
    return Cat("the key with SPKI SHA-256 ", crypto::Digest::Sha256Of(authority.key->key.spki_der()).hex());
  }
  std::string out;
  for (const policy::Identity& identity : authority.identities) {
    out += Cat(out.empty() ? "" : " or ", identity.ToString());
  }
  return out;
}

std::string Wanted(const Role& role) {
  std::string by;
  for (const Authority* authority : role.authorities) by += Cat(by.empty() ? "" : " or ", Wanted(*authority));
  return role.is_signature() ? Cat("a signature by ", by)
                             : Cat("an attestation ", role.predicate, " by ", by);
}

std::string Wanted(const Need& need) {
  std::string out;
  for (const Alternative& alternative : need) {
    if (!out.empty()) out += ", or ";
    for (size_t i = 0; i < alternative.size(); ++i) out += Cat(i > 0 ? " and " : "", Wanted(alternative[i]));
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
    case Reason::kFormatNotAllowed:
      return "have the release workflow sign in that layout, or let the policy accept the one that was found";
    case Reason::kPolicyRefuses:
      return "ask whoever looks after the policy";
    case Reason::kPolicyNotHonoured:
      return "have the policy changed to what can be evaluated, or written as a VerificationPolicy";
    case Reason::kAnnotationMismatch:
      return "check the wanted annotations, or have the release workflow sign with them";
    case Reason::kSubjectDigestMismatch:
    case Reason::kMessageDigestMismatch:
      return "do not use this artifact: its signature was made for other content";
    default:
      return "do not use this artifact; ask its publisher to sign it again";
  }
}

struct Closest {
  const Finding* finding = nullptr;  // null: nothing was looked at
  size_t looked_at = 0;
};

Closest ClosestOf(const JudgedNeed& need) {
  Closest closest;
  for (const JudgedRole& judged : need.roles) {
    if (judged.satisfied) continue;
    closest.looked_at = std::max(closest.looked_at, judged.findings.size());
    for (const Finding& finding : judged.findings) {
      if (finding.undecodable) continue;  // of no use to anybody, or this would not be a no
      if (closest.finding == nullptr || Closeness(finding) > Closeness(*closest.finding)) {
        closest.finding = &finding;
      }
    }
  }
  return closest;
}

std::string Found(const Closest& closest) {
  if (closest.looked_at == 0) return "nothing attached";
  const std::string attached = Cat(closest.looked_at, " attached, none of that kind");
  return closest.finding == nullptr ? attached : Cat(attached, ": ", closest.finding->rejection.found);
}

void SetReason(Verdict& verdict, const Rejection& rejection) {
  verdict.accepted = false;
  verdict.reason = rejection.reason;
  verdict.detail = rejection.detail;
  verdict.expected = rejection.expected;
  verdict.found = rejection.found;
  verdict.next = NextStep(rejection.reason);
}

// What a static "fail" has to say; empty when there is none.
std::string RefusalOf(const Requirement& requirement) {
  for (const Authority& authority : requirement.authorities) {
    if (!authority.always || authority.always->pass) continue;
    const std::string& message = authority.always->message;
    return message.empty() ? Cat("authority ", Printable(authority.name, 64), " refuses everything")
                           : Printable(message);
  }
  return "";
}

// A "no" for a need that nothing satisfied.
void Explain(const Need& need, const JudgedNeed& judged, SignatureForm form, const Requirement& requirement,
             Verdict& verdict) {
  const std::string refusal = RefusalOf(requirement);
  if (need.empty()) return SetReason(verdict, {Reason::kPolicyRefuses, refusal, "", ""});
  const Closest closest = ClosestOf(judged);
  // In a registry a statement of another kind is simply not what was looked for; a file was named by the
  // caller.
  const bool nothing_of_the_kind =
      closest.finding == nullptr || (closest.finding->rejection.reason == Reason::kPredicateTypeMismatch &&
                                     form == SignatureForm::kContainer);
  Rejection rejection;
  if (nothing_of_the_kind) {
    rejection.reason = need.front().front().is_signature() ? Reason::kNoSignature : Reason::kNoAttestation;
    rejection.detail = std::string(Explanation(rejection.reason));
    rejection.expected = Wanted(need);
    rejection.found = Found(closest);
  } else {
    rejection = closest.finding->rejection;
  }
  if (!refusal.empty()) rejection.detail += Cat("; the policy adds: ", refusal);
  SetReason(verdict, rejection);
}

const Authority* StaticPass(const Requirement& requirement) {
  for (const Authority& authority : requirement.authorities) {
    if (authority.always && authority.always->pass) return &authority;
  }
  return nullptr;
}

Finding Passes(const Authority& authority) {
  Finding finding;
  finding.layout = Layout::kPolicy;
  finding.source = "the policy";
  finding.accepted = true;
  finding.authority = authority.name;
  return finding;
}

}  // namespace

bool NeedsEvidence(const Requirement& requirement) {
  return StaticPass(requirement) == nullptr &&
         std::any_of(requirement.authorities.begin(), requirement.authorities.end(),
                     [](const Authority& authority) { return !authority.always; });
}

bool NeedsEvidence(const policy::Policy& policy) {
  return !policy.not_honoured && NeedsEvidence(policy.requirement);
}

absl::StatusOr<Verdict> Judge(const Evidence& evidence, const sigstore::Artifact& artifact,
                              SignatureForm form, const Requirement& requirement,
                              const sigstore::TrustedRoot& root) {
  Verdict verdict{.accepted = true, .digest = artifact.digest};
  verdict.trusted_root_version = root.version();
  if (const Authority* pass = StaticPass(requirement)) {
    verdict.findings.push_back(Passes(*pass));
    return verdict;
  }
  const JudgeInput input{artifact, form, requirement, root};
  for (const Need& need : NeedsOf(requirement)) {
    JudgedNeed judged = JudgeNeed(need, evidence, input);
    if (!judged.satisfied && verdict.accepted) {
      if (auto status = CouldNotTell(judged, evidence)) return Annotate(*status, "could not tell");
      Explain(need, judged, form, requirement, verdict);
    }
    for (JudgedRole& role : judged.roles) {
      std::move(role.findings.begin(), role.findings.end(), std::back_inserter(verdict.findings));
    }
  }
  return verdict;
}

absl::StatusOr<Verdict> Judge(const Evidence& evidence, const sigstore::Artifact& artifact,
                              SignatureForm form, const policy::Policy& policy,
                              const sigstore::TrustedRoot& root) {
  if (!policy.not_honoured) return Judge(evidence, artifact, form, policy.requirement, root);
  Verdict verdict{.accepted = false, .digest = artifact.digest};
  verdict.trusted_root_version = root.version();
  SetReason(verdict, *policy.not_honoured);
  return verdict;
}

}  // namespace chartseal::verification
