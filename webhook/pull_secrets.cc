#include "webhook/pull_secrets.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

// Names of secrets, service accounts and namespaces are DNS subdomains (RFC 1123). Whatever else stands in a
// pod names nothing, and must not become part of a path.
bool IsName(std::string_view text) {
  const auto allowed = [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= 253 && text.find("..") == std::string_view::npos &&
         text.front() != '.' && std::all_of(text.begin(), text.end(), allowed);
}

std::string PathOf(const PullContext& context, std::string_view collection, std::string_view name) {
  return Cat("/api/v1/namespaces/", context.namespace_name, "/", collection, "/", name);
}

std::string Called(const PullContext& context, std::string_view name) {
  return Cat("pull secret ", context.namespace_name, "/", name);
}

// The two types that kubelet reads, and the member that holds the credentials.
absl::StatusOr<std::vector<oci::KeyringEntry>> ReadSecret(const Node& secret, std::string_view where) {
  const std::string_view type = secret.StringOr("type");
  const bool current = type == "kubernetes.io/dockerconfigjson";
  if (!current && type != "kubernetes.io/dockercfg") return std::vector<oci::KeyringEntry>();
  const Node* data = secret.FindPath({"data", current ? ".dockerconfigjson" : ".dockercfg"});
  if (data == nullptr || !data->is_string()) return std::vector<oci::KeyringEntry>();
  const auto text = Base64Decode(data->string_value());
  if (!text.ok()) {
    return WithReason(absl::FailedPreconditionError(Cat(where, ": its data is not base64")),
                      Reason::kCredentialsUnusable);
  }
  return current ? oci::ReadDockerConfigJson(*text, where) : oci::ReadDockercfg(*text, where);
}

std::vector<std::string> ReadServiceAccount(const Node& account) {
  std::vector<std::string> names;
  const Node* list = account.Find("imagePullSecrets");
  if (list == nullptr || !list->is_list()) return names;
  for (const Node& reference : list->list()) names.emplace_back(reference.StringOr("name"));
  return names;
}

}  // namespace

PullSecrets::PullSecrets(std::shared_ptr<kube::Client> api, net::Clock clock)
    : api_(std::move(api)),
      clock_(std::move(clock)),
      secrets_(limits::kMaxCredentialSets, limits::kPullSecretLifetime, clock_),
      service_accounts_(limits::kMaxCredentialSets, limits::kPullSecretLifetime, clock_) {}

absl::StatusOr<PullSecrets::Entries> PullSecrets::SecretOf(const PullContext& context,
                                                           const std::string& name, absl::Time deadline) {
  const std::string path = PathOf(context, "secrets", name);
  return secrets_.Get(path, deadline, [&]() -> absl::StatusOr<Entries> {
    const auto secret = api_->Get(path, deadline);
    if (absl::IsNotFound(secret.status())) return std::make_shared<std::vector<oci::KeyringEntry>>();
    if (!secret.ok()) return Annotate(secret.status(), Called(context, name));
    ASSIGN_OR_RETURN(auto entries, ReadSecret(*secret, Called(context, name)));
    return std::make_shared<const std::vector<oci::KeyringEntry>>(std::move(entries));
  });
}

absl::StatusOr<PullSecrets::Names> PullSecrets::NamesOf(const PullContext& context, absl::Time deadline) {
  const std::string name = context.service_account.empty() ? "default" : context.service_account;
  if (!IsName(name)) return std::make_shared<const std::vector<std::string>>();
  const std::string path = PathOf(context, "serviceaccounts", name);
  return service_accounts_.Get(path, deadline, [&]() -> absl::StatusOr<Names> {
    const auto account = api_->Get(path, deadline);
    if (absl::IsNotFound(account.status())) return std::make_shared<const std::vector<std::string>>();
    if (!account.ok()) {
      return Annotate(account.status(), Cat("service account ", context.namespace_name, "/", name));
    }
    return std::make_shared<const std::vector<std::string>>(ReadServiceAccount(*account));
  });
}

PullSecrets::Collected PullSecrets::Collect(const PullContext& context, absl::Time deadline) {
  Collected collected;
  if (!IsName(context.namespace_name)) return collected;
  const absl::Time now = clock_();
  const absl::Time until = now + std::min((deadline - now) / 2, limits::kKubeRequestTime);
  std::vector<std::string> names = context.secrets;
  if (const auto more = NamesOf(context, until); more.ok()) {
    names.insert(names.end(), (*more)->begin(), (*more)->end());
  } else {
    collected.doubt = more.status();
  }
  std::vector<std::string> taken;
  for (const std::string& name : names) {
    if (!IsName(name) || std::find(taken.begin(), taken.end(), name) != taken.end()) continue;
    if (taken.size() == limits::kMaxPullSecrets) break;
    taken.push_back(name);
    const auto entries = SecretOf(context, name, until);
    if (entries.ok()) {
      collected.entries.insert(collected.entries.end(), (*entries)->begin(), (*entries)->end());
    } else {
      collected.doubt.Update(entries.status());
    }
  }
  return collected;
}

}  // namespace chartseal::webhook
