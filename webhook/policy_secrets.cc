#include "webhook/policy_secrets.h"

#include <utility>

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/log.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/net/url.h"
#include "verifier/policy/image_policy_authority.h"

namespace chartseal::webhook {
namespace {

// Large (releases of helm) or private, and never a public key: they stay where they are.
constexpr std::string_view kOtherTypes =
    "type!=helm.sh/release.v1,type!=kubernetes.io/tls,type!=kubernetes.io/service-account-token,"
    "type!=kubernetes.io/dockerconfigjson,type!=kubernetes.io/ssh-auth,type!=kubernetes.io/basic-auth";

std::string NameOf(const Node& object) {
  const Node* name = object.FindPath({"metadata", "name"});
  return name != nullptr && name->is_string() ? name->string_value() : "";
}

absl::Status Unusable(std::string_view called, std::string_view what) {
  return WithReason(absl::FailedPreconditionError(ToAbsl(Cat(called, ": ", what))),
                    Reason::kPolicyNotHonoured);
}

absl::Status NotOneKey(std::string_view called, std::string_view found) {
  return Unusable(called, Cat("expected one entry with public keys in PEM, found ", found));
}

bool Same(const absl::StatusOr<std::string>& left, const absl::StatusOr<std::string>& right) {
  return left.status() == right.status() && (!left.ok() || *left == *right);
}

}  // namespace

PolicySecrets::PolicySecrets(std::string namespace_name, PolicyStore& store)
    : namespace_(std::move(namespace_name)), store_(store) {
  if (enabled()) store_.Expect(kPolicySecretOrigin);
}

kube::WatchOptions PolicySecrets::Watch() const {
  return {.path = Cat("/api/v1/namespaces/", net::PercentEncode(namespace_),
                      "/secrets?fieldSelector=", net::PercentEncode(kOtherTypes)),
          .optional = true};
}

std::string PolicySecrets::Called(std::string_view name) const {
  return Cat("Secret ", Printable(namespace_, 64), "/", Printable(name, 253));
}

absl::StatusOr<std::string> PolicySecrets::KeyOf(std::string_view namespace_name,
                                                 std::string_view name) const {
  if (!enabled()) {
    return Unusable(Cat("Secret ", Printable(namespace_name, 64), namespace_name.empty() ? "" : "/",
                        Printable(name, 253)),
                    "no namespace to read Secrets from is known; set policy-secrets-namespace, or write the "
                    "public key into key.data");
  }
  if (!namespace_name.empty() && namespace_name != namespace_) {
    return Unusable(Cat("Secret ", Printable(namespace_name, 64), "/", Printable(name, 253)),
                    Cat("Secrets are read from namespace ", namespace_,
                        " alone; move it there, or name its namespace in policy-secrets-namespace"));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!unread_.empty()) return Unusable(Called(name), unread_);
  const auto found = keys_.find(name);
  if (found != keys_.end()) return found->second;
  return Unusable(Called(name),
                  too_many_ ? Cat("is not among the ", limits::kMaxPolicySecrets,
                                  " Secrets that are read of a namespace; use one with fewer")
                            : "there is none; create it, with one entry that holds the public key in PEM");
}

PolicySecrets::Key PolicySecrets::Read(const Node& secret) const {
  const std::string called = Called(NameOf(secret));
  const Node* data = secret.Find("data");
  const size_t entries = data != nullptr && data->is_map() ? data->map().size() : 0;
  if (entries != 1) return NotOneKey(called, entries == 0 ? "none" : Cat(entries, " entries"));
  const Node& value = data->map().front().second;
  auto text = value.is_string() ? Base64Decode(value.string_value()) : Key(absl::InvalidArgumentError(""));
  if (!text.ok()) return NotOneKey(called, "an entry that is not base64");
  if (text->size() > limits::kMaxPolicySecretBytes) {
    return NotOneKey(called, Cat("more than ", limits::kMaxPolicySecretBytes, " bytes"));
  }
  const auto keys = policy::ReadPublicKeys(*text);
  if (!keys.ok()) return NotOneKey(called, Cat("something else: ", Message(keys.status())));
  return text;
}

bool PolicySecrets::Put(const std::string& name, Key key) {
  const auto found = keys_.find(name);
  if (found != keys_.end() && Same(found->second, key)) return false;
  if (found == keys_.end() && keys_.size() >= limits::kMaxPolicySecrets) {
    if (!std::exchange(too_many_, true)) {
      log::Warning("too many Secrets for all to be read", {{"namespace", namespace_}, {"first", name}});
    }
    return false;
  }
  keys_.insert_or_assign(name, std::move(key));
  return true;
}

void PolicySecrets::Changed() {
  if (on_change_) on_change_();
}

void PolicySecrets::Replace(std::vector<Node> objects) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    keys_.clear();
    too_many_ = false;
    for (const Node& object : objects) Put(NameOf(object), Read(object));
    unread_.clear();
    Reached();
  }
  Changed();
  store_.ReplaceAll(kPolicySecretOrigin, {});  // no policies come from here; the kind is synced
}

void PolicySecrets::Upsert(Node object) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    Reached();
    if (!Put(NameOf(object), Read(object))) return;
  }
  Changed();
}

void PolicySecrets::Remove(const Node& object) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    Reached();
    if (keys_.erase(NameOf(object)) == 0) return;
  }
  Changed();
}

// Where the webhook may not read Secrets, it works without: policies that need one say so. Only the first
// list is answered like that; a permission that is taken away later leaves what was read, as every outage
// does.
void PolicySecrets::Failed(const absl::Status& status) {
  bool refused = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::string why =
        Cat("cannot be read; let the webhook list and watch Secrets of that namespace: ", Message(status));
    refused = absl::IsPermissionDenied(status) && !unread_.empty() && unread_ != why;
    if (refused) unread_ = why;
    if (!std::exchange(failing_, true)) {
      log::Warning("Secrets with keys of policies cannot be watched; what was read stays in force",
                   {{"namespace", namespace_}, {"error", Message(status)}});
    }
  }
  if (!refused) return;
  Changed();
  store_.ReplaceAll(kPolicySecretOrigin, {});
}

void PolicySecrets::Reached() {
  if (std::exchange(failing_, false)) log::Info("Secrets are watched again", {{"namespace", namespace_}});
}

}  // namespace chartseal::webhook
