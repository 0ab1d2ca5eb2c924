#include "verifier/oci/auth_challenge.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::oci {
namespace {

bool IsTokenChar(char c) {
  return absl::ascii_isalnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsToken68Char(char c) {
  return absl::ascii_isalnum(c) || std::string_view("-._~+/").find(c) != std::string_view::npos;
}

// Reads one field value from left to right. The grammar needs a look ahead: after a comma, a token with "="
// behind it belongs to the challenge before, any other starts the next.
class ChallengeParser {
 public:
  explicit ChallengeParser(std::string_view text) : rest_(text) {}

  std::optional<std::vector<AuthChallenge>> Parse() {
    std::vector<AuthChallenge> challenges;
    for (SkipCommas(); !rest_.empty(); SkipCommas()) {
      AuthChallenge challenge;
      challenge.scheme = absl::AsciiStrToLower(ToAbsl(Take(IsTokenChar)));
      if (challenge.scheme.empty() || challenges.size() == limits::kMaxChallenges) return std::nullopt;
      if (!rest_.empty() && rest_.front() != ',' && !IsBlank(rest_.front())) return std::nullopt;
      SkipBlanks();
      if (!SkipToken68() && !ReadParameters(challenge)) return std::nullopt;
      challenges.push_back(std::move(challenge));
    }
    return challenges;
  }

 private:
  static bool IsBlank(char c) { return c == ' ' || c == '\t'; }

  template <typename Predicate>
  std::string_view Take(Predicate fits) {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), fits);
    const std::string_view taken = rest_.substr(0, end - rest_.begin());
    rest_.remove_prefix(taken.size());
    return taken;
  }
  void SkipBlanks() { Take(IsBlank); }
  void SkipCommas() {
    Take([](char c) { return IsBlank(c) || c == ','; });
  }

  // "Negotiate YII=": one run of characters up to the comma or the end, with "=" only as its padding.
  bool SkipToken68() {
    const std::string_view before = rest_;
    const bool some = !Take(IsToken68Char).empty();
    Take([](char c) { return c == '='; });
    SkipBlanks();
    if (some && (rest_.empty() || rest_.front() == ',')) return true;
    rest_ = before;
    return false;
  }

  bool ReadParameters(AuthChallenge& challenge) {
    while (AtParameter()) {
      std::string name = absl::AsciiStrToLower(ToAbsl(Take(IsTokenChar)));
      SkipBlanks();
      rest_.remove_prefix(1);  // "="
      SkipBlanks();
      auto value = TakeValue();
      if (!value.has_value() || Has(challenge, name)) return false;
      challenge.parameters.emplace_back(std::move(name), *std::move(value));
      SkipBlanks();
      if (!rest_.empty() && rest_.front() != ',') return false;
      SkipCommas();
    }
    return rest_.empty() || !challenge.parameters.empty() || rest_.front() == ',';
  }

  bool AtParameter() const {
    ChallengeParser ahead = *this;
    if (ahead.Take(IsTokenChar).empty()) return false;
    ahead.SkipBlanks();
    return ahead.rest_.starts_with('=');
  }

  std::optional<std::string> TakeValue() {
    if (!rest_.starts_with('"')) {
      const std::string_view token = Take(IsTokenChar);
      return token.empty() ? std::nullopt : std::optional<std::string>(token);
    }
    std::string value;
    for (size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return value;
      }
      if (rest_[i] == '\\' && ++i == rest_.size()) break;
      if (absl::ascii_iscntrl(rest_[i]) && rest_[i] != '\t') break;
      value += rest_[i];
    }
    return std::nullopt;
  }

  static bool Has(const AuthChallenge& challenge, std::string_view name) {
    return std::any_of(challenge.parameters.begin(), challenge.parameters.end(),
                       [&](const auto& parameter) { return parameter.first == name; });
  }

  std::string_view rest_;
};

}  // namespace

std::string_view AuthChallenge::Get(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return {};
}

absl::StatusOr<std::vector<AuthChallenge>> ParseAuthChallenges(std::span<const std::string_view> values) {
  std::vector<AuthChallenge> all;
  size_t bytes = 0;
  for (const std::string_view value : values) {
    bytes += value.size();
    if (bytes > limits::kMaxChallengeBytes)
      return Malformed(Reason::kRegistryError, "WWW-Authenticate", "too long");
    auto challenges = ChallengeParser(value).Parse();
    if (challenges.has_value()) all.insert(all.end(), challenges->begin(), challenges->end());
  }
  if (all.empty()) {
    return Malformed(Reason::kRegistryError, "WWW-Authenticate", "no challenge that follows RFC 7235");
  }
  return all;
}

}  // namespace chartseal::oci
