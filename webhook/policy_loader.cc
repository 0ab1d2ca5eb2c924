#include "webhook/policy_loader.h"

#include <algorithm>
#include <filesystem>

#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

namespace fs = std::filesystem;

// Where kubelet keeps the current state of a mounted ConfigMap: a link that it replaces in one step, to a
// directory that never changes. The files beside it are links through this one.
constexpr char kKubeletState[] = "..data";

bool IsPolicyFile(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  const std::string extension = entry.path().extension().string();
  std::error_code ignored;
  return !name.starts_with(".") && entry.is_regular_file(ignored) &&
         (extension == ".yaml" || extension == ".yml" || extension == ".json");
}

// The directory to read for `path`; links are followed once, here.
fs::path StateOf(const fs::path& path) {
  std::error_code error;
  fs::path state = fs::canonical(path / kKubeletState, error);
  return error ? path : state;
}

absl::StatusOr<std::vector<fs::path>> PolicyFilesOf(const fs::path& directory, const std::string& path) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    if (IsPolicyFile(*entry)) files.push_back(entry->path().filename());
  }
  if (error) return absl::ErrnoToStatus(error.value(), Cat("cannot read the directory ", Printable(path)));
  if (files.empty()) {
    return absl::NotFoundError(Cat(Printable(path), ": no *.yaml, *.yml or *.json file in this directory"));
  }
  if (files.size() > limits::kMaxPolicyFiles) {
    return WithReason(absl::ResourceExhaustedError(Cat(Printable(path), ": at most ", limits::kMaxPolicyFiles,
                                                       " policy files are allowed, found ", files.size())),
                      Reason::kLimitExceeded);
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

absl::StatusOr<std::vector<policy::PolicyText>> ReadPolicyTexts(const std::string& path) {
  std::vector<policy::PolicyText> texts;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    ASSIGN_OR_RETURN(std::string text, ReadFile(path, limits::kMaxYamlBytes));
    texts.push_back({path, std::move(text)});
    return texts;
  }
  const fs::path directory = StateOf(path);
  ASSIGN_OR_RETURN(const std::vector<fs::path> files, PolicyFilesOf(directory, path));
  for (const fs::path& file : files) {
    ASSIGN_OR_RETURN(std::string text, ReadFile((directory / file).string(), limits::kMaxYamlBytes));
    // Errors name the file by the path that the operator knows.
    texts.push_back({(fs::path(path) / file).string(), std::move(text)});
  }
  return texts;
}

absl::StatusOr<std::shared_ptr<const policy::PolicySet>> LoadPolicies(const std::string& path) {
  ASSIGN_OR_RETURN(const std::vector<policy::PolicyText> texts, ReadPolicyTexts(path));
  ASSIGN_OR_RETURN(policy::PolicySet set, policy::ParsePolicyFiles(texts));
  return std::make_shared<const policy::PolicySet>(std::move(set));
}

SharedRoot EmbeddedRoot() {
  return SharedRoot(std::shared_ptr<void>(), &sigstore::PublicGoodRoot());  // owns nothing: it is static
}

absl::StatusOr<RootText> ReadTrustedRootText(const std::string& path) {
  ASSIGN_OR_RETURN(std::string json, ReadFile(path, limits::kMaxTrustedRootBytes));
  return RootText{path, std::move(json)};
}

absl::StatusOr<SharedRoot> ParseTrustedRoot(const RootText& text) {
  ASSIGN_OR_RETURN(sigstore::TrustedRoot root, sigstore::TrustedRoot::ParseJson(text.json, text.where));
  return std::make_shared<const sigstore::TrustedRoot>(std::move(root));
}

}  // namespace chartseal::webhook
