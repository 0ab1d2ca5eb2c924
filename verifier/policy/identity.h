#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/verdict.h"
#include "verifier/policy/pattern.h"
#include "verifier/sigstore/claims.h"

namespace chartseal::policy {

// Exact text, or a regular expression: over the whole text or, for imported ClusterImagePolicy objects
// (design §3.9), over any part of it.
class TextMatcher {
 public:
  static TextMatcher Exactly(std::string text) { return TextMatcher(std::move(text)); }
  static TextMatcher Matching(Regexp regexp) { return TextMatcher(std::move(regexp)); }
  // Go's MatchString: a part that matches is enough.
  static TextMatcher Finding(Regexp regexp) { return TextMatcher(Search{std::move(regexp)}); }

  bool Matches(std::string_view text) const;
  // "https://…" or "a match of …", for messages.
  std::string ToString() const;
  // When only a part of `text` matches: advice with the pattern that would match; else empty.
  std::string Advice(std::string_view text) const;

 private:
  struct Search {
    Regexp regexp;
  };
  using Rule = std::variant<std::string, Regexp, Search>;
  explicit TextMatcher(Rule rule) : rule_(std::move(rule)) {}
  Rule rule_;
};

// Who must have signed. Everything named must hold; at least one of `subjects` and one of `issuers` is always
// there. Several matchers of one kind (exact and regexp given together) must all hold, as in sigstore-go
// (spec §4.12).
struct Identity {
  std::vector<TextMatcher> subjects;
  std::vector<TextMatcher> issuers;
  std::map<std::string, std::string> claims;  // by claim name (sigstore/claims.h), exact

  // Rejections: kIssuerMismatch, kIdentityMismatch, kClaimMismatch, in this order, with expected and found.
  Checked<Passed> Check(const sigstore::Claims& claims_found) const;
  // "issuer X, subject Y, sourceRepositoryURI=Z".
  std::string ToString() const;
};

}  // namespace chartseal::policy
