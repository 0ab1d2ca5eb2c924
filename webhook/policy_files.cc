#include "webhook/policy_files.h"

#include <functional>
#include <utility>
#include <vector>

#include "verifier/base/log.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/digest.h"
#include "webhook/policy_loader.h"

namespace chartseal::webhook {
namespace {

// One read: its content, and a hash that tells it from other states, errors included.
template <typename T>
struct Look {
  absl::StatusOr<T> content = absl::UnknownError("not looked at");
  std::string hash;
};

using PolicyTexts = std::vector<policy::PolicyText>;

Look<PolicyTexts> LookAtPolicies(const std::string& path) {
  auto texts = ReadPolicyTexts(path);
  if (!texts.ok()) return {texts, Cat("error ", Message(texts.status()))};
  crypto::Hasher hasher(crypto::HashAlgorithm::kSha256);
  for (const policy::PolicyText& text : *texts) {
    hasher.Update(Cat(text.where.size(), ":", text.where, text.text.size(), ":"));
    hasher.Update(text.text);
  }
  return {std::move(texts), hasher.Finish()};
}

Look<RootText> LookAtRoot(const std::string& path) {
  auto text = ReadTrustedRootText(path);
  if (!text.ok()) return {text, Cat("error ", Message(text.status()))};
  std::string hash = crypto::Sha256(text->json);
  return {std::move(text), std::move(hash)};
}

absl::StatusOr<policy::PolicySet> Parse(const absl::StatusOr<PolicyTexts>& texts) {
  if (!texts.ok()) return texts.status();
  return policy::ParsePolicyFiles(*texts);
}

absl::StatusOr<SharedRoot> Parse(const absl::StatusOr<RootText>& text) {
  if (!text.ok()) return text.status();
  return ParseTrustedRoot(*text);
}

// Looks, and when something differs from `seen`, once more after a moment: a file that is being written is
// not believed. False when there is nothing new to apply (yet).
template <typename T>
bool LookForChange(const std::function<Look<T>()>& look, const net::Sleeper& sleeper, std::string& seen,
                   Look<T>& found) {
  Look<T> first = look();
  if (first.hash == seen) return false;
  sleeper(limits::kFileSettleTime);
  found = look();
  if (found.hash != first.hash) return false;  // looked at again in the next round
  seen = found.hash;
  return true;
}

void LogRefused(std::string_view what, const std::string& path, const absl::Status& status) {
  log::Error(Cat("the ", what, " changed and cannot be used; what was in force stays in force"),
             {{"path", path}, {"error", Message(status)}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<PolicyFiles>> PolicyFiles::Start(PolicyFilesOptions options,
                                                                PolicyStore& store, net::Sleeper sleeper) {
  std::unique_ptr<PolicyFiles> files(new PolicyFiles(std::move(options), store, std::move(sleeper)));
  RETURN_IF_ERROR(files->LoadPolicies());
  RETURN_IF_ERROR(files->LoadRoot());
  const bool follows = !files->options_.policy.empty() || !files->options_.trusted_root.empty();
  if (follows) files->follower_.Start(files->options_.poll_interval, [raw = files.get()] { raw->Poll(); });
  return files;
}

absl::Status PolicyFiles::LoadPolicies() {
  if (options_.policy.empty()) return absl::OkStatus();
  Look<PolicyTexts> look = LookAtPolicies(options_.policy);
  ASSIGN_OR_RETURN(policy::PolicySet set, Parse(look.content));
  store_.ApplyFiles(options_.policy, std::move(set));
  policies_seen_ = look.hash;
  return absl::OkStatus();
}

absl::Status PolicyFiles::LoadRoot() {
  if (options_.trusted_root.empty()) {
    store_.SetRoot(EmbeddedRoot());
    return absl::OkStatus();
  }
  Look<RootText> look = LookAtRoot(options_.trusted_root);
  ASSIGN_OR_RETURN(SharedRoot root, Parse(look.content));
  store_.SetRoot(std::move(root));
  root_seen_ = look.hash;
  return absl::OkStatus();
}

void PolicyFiles::PollPolicies() {
  Look<PolicyTexts> found;
  const std::string& path = options_.policy;
  if (!LookForChange<PolicyTexts>([&] { return LookAtPolicies(path); }, sleeper_, policies_seen_, found)) {
    return;
  }
  absl::StatusOr<policy::PolicySet> set = Parse(found.content);
  if (set.ok()) {
    log::Info("policies were read again", {{"path", path}, {"policies", Cat(set->policies.size())}});
  } else {
    LogRefused("policies", path, set.status());
  }
  store_.ApplyFiles(path, std::move(set));
}

void PolicyFiles::PollRoot() {
  Look<RootText> found;
  const std::string& path = options_.trusted_root;
  if (!LookForChange<RootText>([&] { return LookAtRoot(path); }, sleeper_, root_seen_, found)) return;
  absl::StatusOr<SharedRoot> root = Parse(found.content);
  if (root.ok()) {
    log::Info("the trusted root was read again", {{"path", path}, {"trusted_root", (*root)->version()}});
  } else {
    LogRefused("trusted root", path, root.status());
  }
  store_.SetRoot(std::move(root));
}

void PolicyFiles::Poll() {
  const std::lock_guard<std::mutex> lock(polling_);
  if (!options_.policy.empty()) PollPolicies();
  if (!options_.trusted_root.empty()) PollRoot();
}

}  // namespace chartseal::webhook
