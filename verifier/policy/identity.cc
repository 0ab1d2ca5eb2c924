#include "verifier/policy/identity.h"

#include "verifier/base/strings.h"

namespace chartseal::policy {
namespace {

const TextMatcher* FirstFailing(const std::vector<TextMatcher>& matchers, std::string_view text) {
  for (const TextMatcher& matcher : matchers) {
    if (!matcher.Matches(text)) return &matcher;
  }
  return nullptr;
}

Rejection Mismatch(Reason reason, const TextMatcher& wanted, std::string_view found) {
  Rejection rejection{reason, std::string(Explanation(reason)), wanted.ToString(), Printable(found, 512)};
  if (const std::string advice = wanted.Advice(found); !advice.empty()) rejection.detail += Cat("; ", advice);
  return rejection;
}

std::string Join(const std::vector<TextMatcher>& matchers) {
  std::string out;
  for (const TextMatcher& matcher : matchers) out += Cat(out.empty() ? "" : " and ", matcher.ToString());
  return out;
}

}  // namespace

bool TextMatcher::Matches(std::string_view text) const {
  if (const auto* exact = std::get_if<std::string>(&rule_)) return *exact == text;
  if (const auto* search = std::get_if<Search>(&rule_)) return search->regexp.MatchesPart(text);
  return std::get<Regexp>(rule_).Matches(text);
}

std::string TextMatcher::ToString() const {
  if (const auto* exact = std::get_if<std::string>(&rule_)) return *exact;
  if (const auto* search = std::get_if<Search>(&rule_)) return Cat("a match of ", search->regexp.pattern());
  return Cat("a full match of ", std::get<Regexp>(rule_).pattern());
}

std::string TextMatcher::Advice(std::string_view text) const {
  const auto* regexp = std::get_if<Regexp>(&rule_);
  if (regexp == nullptr || !regexp->MatchesPart(text)) return "";
  return Cat("the expression matches only a part of it, and here the whole must match; to accept that write ",
             regexp->Widened());
}

Checked<Passed> Identity::Check(const sigstore::Claims& claims_found) const {
  if (const TextMatcher* wanted = FirstFailing(issuers, claims_found.issuer)) {
    return Mismatch(Reason::kIssuerMismatch, *wanted, claims_found.issuer);
  }
  if (const TextMatcher* wanted = FirstFailing(subjects, claims_found.identity)) {
    return Mismatch(Reason::kIdentityMismatch, *wanted, claims_found.identity);
  }
  for (const auto& [name, wanted] : claims) {
    const std::string_view found = claims_found.Get(name);
    if (found == wanted) continue;
    return Rejection{Reason::kClaimMismatch, Cat("the certificate's claim ", name, " differs"), wanted,
                     found.empty() ? "no such claim" : Printable(found, 512)};
  }
  return Passed{};
}

std::string Identity::ToString() const {
  std::string out = Cat("issuer ", Join(issuers), ", subject ", Join(subjects));
  for (const auto& [name, value] : claims) out += Cat(", ", name, "=", value);
  return out;
}

}  // namespace chartseal::policy
