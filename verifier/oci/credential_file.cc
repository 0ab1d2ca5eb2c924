#include "verifier/oci/credential_file.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "verifier/base/encoding.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/oci/credential_helper.h"

namespace chartseal::oci {
namespace {

constexpr std::string_view kHubKey = "https://index.docker.io/v1/";
constexpr std::string_view kIdentityTokenUser = "<token>";

absl::Status Unusable(std::string_view where, std::string_view what) {
  return WithReason(absl::FailedPreconditionError(Cat(where, ": ", what)), Reason::kCredentialsUnusable);
}

// "https://ghcr.io/v2/" -> "ghcr.io".
std::string HostOfKey(std::string_view key) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  }
  return absl::AsciiStrToLower(ToAbsl(key.substr(0, key.find('/'))));
}

bool SameHost(std::string_view a, std::string_view b) { return a == b || (IsDockerHub(a) && IsDockerHub(b)); }

// "https://ghcr.io/acme" -> "acme/"; empty for a key that is for the whole host.
std::string PathOfKey(std::string_view key) {
  if (const size_t scheme = key.find("://"); scheme != key.npos) key.remove_prefix(scheme + 3);
  const size_t slash = key.find('/');
  if (slash == key.npos) return "";
  key.remove_prefix(slash + 1);
  while (key.ends_with('/')) key.remove_suffix(1);
  return key.empty() || key == "v1" || key == "v2" ? "" : Cat(key, "/");
}

// The member of `map` for the longest path that the repository begins with.
const std::pair<std::string, Node>* FindRepository(const Node* map, std::string_view host,
                                                   std::string_view repository) {
  const std::pair<std::string, Node>* found = nullptr;
  size_t longest = 0;
  for (const auto& member : map->map()) {
    const std::string path = PathOfKey(member.first);
    if (path.size() <= longest || !Cat(repository, "/").starts_with(path)) continue;
    if (!SameHost(HostOfKey(member.first), host)) continue;
    found = &member;
    longest = path.size();
  }
  return found;
}

// The member of `map` for the host: an exact key goes before one with scheme or path.
const std::pair<std::string, Node>* FindHost(const Node* map, std::string_view host,
                                             std::string_view repository) {
  if (map == nullptr || !map->is_map()) return nullptr;
  const std::pair<std::string, Node>* found = FindRepository(map, host, repository);
  if (found != nullptr) return found;
  for (const auto& member : map->map()) {
    if (member.first == host || (IsDockerHub(host) && member.first == kHubKey)) return &member;
    if (found == nullptr && SameHost(HostOfKey(member.first), host)) found = &member;
  }
  return found;
}

absl::Status SplitUserAndPassword(std::string_view base64, std::string_view where, Credential& credential) {
  auto decoded = Base64Decode(base64);
  if (!decoded.ok()) return Unusable(where, "\"auth\" is not base64");
  // Some writers end the text with NUL bytes.
  while (decoded->ends_with('\0')) decoded->pop_back();
  const size_t colon = decoded->find(':');
  if (colon == std::string::npos) return Unusable(where, "\"auth\" is not base64 of USER:PASSWORD");
  credential.username = decoded->substr(0, colon);
  credential.password = Secret(decoded->substr(colon + 1));
  return absl::OkStatus();
}

// What a helper that is asked for every host should be asked for.
std::string ServerName(const Node& root, std::string_view host) {
  if (IsDockerHub(host)) return std::string(kHubKey);
  const auto* entry = FindHost(root.Find("auths"), host, "");
  return entry == nullptr ? std::string(host) : entry->first;
}

class Files : public CredentialSource {
 public:
  explicit Files(CredentialFileOptions options) : options_(std::move(options)) {}

  absl::StatusOr<Credential> ForHost(std::string_view host, absl::Time deadline) override {
    return ForRepository(host, "", deadline);
  }

  absl::StatusOr<Credential> ForRepository(std::string_view host, std::string_view repository,
                                           absl::Time deadline) override {
    for (const std::string& file : options_.files) {
      const auto text = ReadFile(file, limits::kMaxCredentialFileBytes);
      if (absl::IsNotFound(text.status())) continue;
      if (!text.ok()) return Unusable("credential file", Message(text.status()));
      ASSIGN_OR_RETURN(const auto stored, FindCredential(*text, host, Printable(file), repository));
      if (!stored.has_value()) continue;
      if (stored->helper.empty()) return stored->credential;
      ASSIGN_OR_RETURN(Credential credential,
                       RunCredentialHelper(stored->helper, stored->server, options_.helper_path, deadline));
      if (!credential.anonymous()) return credential;
    }
    return Credential();
  }

 private:
  CredentialFileOptions options_;
};

}  // namespace

bool IsDockerHub(std::string_view host) {
  return host == "index.docker.io" || host == "docker.io" || host == "registry-1.docker.io";
}

absl::StatusOr<Credential> ReadCredential(const Node& entry, std::string_view where) {
  if (!entry.is_map()) return Unusable(where, "expected an object");
  Credential credential;
  credential.username = std::string(entry.StringOr("username"));
  credential.password = Secret(std::string(entry.StringOr("password")));
  if (const std::string_view auth = entry.StringOr("auth"); !auth.empty()) {
    RETURN_IF_ERROR(SplitUserAndPassword(auth, where, credential));
  }
  credential.identity_token = Secret(std::string(entry.StringOr("identitytoken")));
  credential.registry_token = Secret(std::string(entry.StringOr("registrytoken")));
  // docker writes the identity token beside the user it belongs to; the token is what counts.
  if (!credential.identity_token.empty() && credential.username == kIdentityTokenUser)
    credential.username.clear();
  return credential;
}

absl::StatusOr<std::optional<StoredCredential>> FindCredential(std::string_view text, std::string_view host,
                                                               std::string_view where,
                                                               std::string_view repository) {
  // The parser's message is left out, since it may quote what stands in the file.
  const auto root = ParseJson(text, where, {.max_bytes = limits::kMaxCredentialFileBytes});
  if (!root.ok() || !root->is_map()) return Unusable(where, "the credential file is not a JSON object");
  if (const auto* helper = FindHost(root->Find("credHelpers"), host, repository)) {
    if (!helper->second.is_string()) return Unusable(where, "a name in credHelpers is no string");
    return StoredCredential{.helper = helper->second.string_value(), .server = helper->first};
  }
  const auto* entry = FindHost(root->Find("auths"), host, repository);
  Credential own;
  if (entry != nullptr) {
    ASSIGN_OR_RETURN(own, ReadCredential(entry->second, Cat(where, ": auths.", Printable(entry->first))));
  }
  if (!own.anonymous()) return StoredCredential{.credential = std::move(own)};
  // With a store, docker leaves an empty entry in "auths".
  if (const std::string_view store = root->StringOr("credsStore"); !store.empty()) {
    return StoredCredential{.helper = std::string(store), .server = ServerName(*root, host)};
  }
  return std::nullopt;
}

std::shared_ptr<CredentialSource> CredentialFiles(CredentialFileOptions options) {
  return std::make_shared<Files>(std::move(options));
}

}  // namespace chartseal::oci
