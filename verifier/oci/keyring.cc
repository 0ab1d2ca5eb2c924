#include "verifier/oci/keyring.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/credential_file.h"

namespace chartseal::oci {
namespace {

absl::Status Unusable(std::string_view where, std::string_view what) {
  return WithReason(absl::FailedPreconditionError(Cat(where, ": ", what)), Reason::kCredentialsUnusable);
}

// "https://ghcr.io/v2/acme" -> "ghcr.io", "/acme": /v1/ and /v2/ are the registry's API and no repository.
void SplitKey(std::string_view key, KeyringEntry& entry) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  }
  const size_t slash = std::min(key.find('/'), key.size());
  entry.host = absl::AsciiStrToLower(ToAbsl(key.substr(0, slash)));
  std::string_view path = key.substr(slash);
  if (path.starts_with("/v1/") || path.starts_with("/v2/")) path.remove_prefix(3);
  if (path != "/" && path != "/v1" && path != "/v2") entry.path = std::string(path);
}

absl::StatusOr<std::vector<KeyringEntry>> ReadAuths(const Node& auths, std::string_view where) {
  std::vector<KeyringEntry> entries;
  for (const auto& [key, value] : auths.map()) {
    KeyringEntry entry;
    SplitKey(key, entry);
    ASSIGN_OR_RETURN(entry.credential, ReadCredential(value, Cat(where, ": ", Printable(key))));
    if (!entry.credential.anonymous()) entries.push_back(std::move(entry));
  }
  return entries;
}

absl::StatusOr<Node> ReadObject(std::string_view text, std::string_view where) {
  // The parser's message is left out, since it may quote what stands in the secret.
  auto root = ParseJson(text, where, {.max_bytes = limits::kMaxPullSecretBytes});
  if (absl::IsResourceExhausted(root.status())) {
    return Unusable(where, Cat("longer than ", limits::kMaxPullSecretBytes, " bytes"));
  }
  if (!root.ok() || !root->is_map()) return Unusable(where, "not a JSON object");
  return root;
}

// "*" and "?" within one part of a name.
bool PartMatches(std::string_view glob, std::string_view part) {
  size_t g = 0, p = 0, star = std::string_view::npos, resume = 0;
  while (p < part.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = p;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == part[p])) {
      ++g;
      ++p;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      p = ++resume;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

// Takes the text before the first dot off `host`.
std::string_view NextPart(std::string_view& host) {
  const size_t dot = std::min(host.find('.'), host.size());
  const std::string_view part = host.substr(0, dot);
  host.remove_prefix(std::min(dot + 1, host.size()));
  return part;
}

bool HostMatches(std::string_view glob, std::string_view host) {
  if (IsDockerHub(glob) && IsDockerHub(host)) return true;
  if (std::count(glob.begin(), glob.end(), '.') != std::count(host.begin(), host.end(), '.')) return false;
  while (!glob.empty() && !host.empty()) {
    if (!PartMatches(NextPart(glob), NextPart(host))) return false;
  }
  return glob.empty() && host.empty();
}

bool HasGlob(const KeyringEntry& entry) { return entry.host.find_first_of("*?") != std::string::npos; }

void AppendField(std::string& bytes, std::string_view field) {
  bytes += Cat(field.size(), ":");
  bytes += field;
}

}  // namespace

absl::StatusOr<std::vector<KeyringEntry>> ReadDockerConfigJson(std::string_view text,
                                                               std::string_view where) {
  ASSIGN_OR_RETURN(const Node root, ReadObject(text, where));
  const Node* auths = root.Find("auths");
  if (auths == nullptr || auths->is_null()) return std::vector<KeyringEntry>();
  if (!auths->is_map()) return Unusable(where, "\"auths\" is no object");
  return ReadAuths(*auths, Cat(where, ": auths"));
}

absl::StatusOr<std::vector<KeyringEntry>> ReadDockercfg(std::string_view text, std::string_view where) {
  ASSIGN_OR_RETURN(const Node root, ReadObject(text, where));
  return ReadAuths(root, where);
}

Keyring::Keyring(std::vector<KeyringEntry> entries) : entries_(std::move(entries)) {
  std::stable_sort(entries_.begin(), entries_.end(), [](const KeyringEntry& a, const KeyringEntry& b) {
    if (a.path.size() != b.path.size()) return a.path.size() > b.path.size();
    return !HasGlob(a) && HasGlob(b);
  });
}

std::vector<Credential> Keyring::For(std::string_view host, std::string_view repository) const {
  const std::string path = Cat("/", repository);
  std::vector<Credential> found;
  for (const KeyringEntry& entry : entries_) {
    if (path.starts_with(entry.path) && HostMatches(entry.host, host)) found.push_back(entry.credential);
  }
  return found;
}

std::string Keyring::Fingerprint() const {
  std::string bytes;
  for (const KeyringEntry& entry : entries_) {
    for (const std::string_view field :
         {std::string_view(entry.host), std::string_view(entry.path),
          std::string_view(entry.credential.username), std::string_view(entry.credential.password.Reveal()),
          std::string_view(entry.credential.identity_token.Reveal()),
          std::string_view(entry.credential.registry_token.Reveal())}) {
      AppendField(bytes, field);
    }
  }
  return crypto::Digest::Sha256Of(bytes).hex();
}

}  // namespace chartseal::oci
