#include "webhook/policy_loader.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/policy/policy_file.h"

namespace chartseal::webhook {
namespace {

namespace fs = std::filesystem;

bool IsPolicyFile(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  const std::string extension = entry.path().extension().string();
  std::error_code ignored;
  return !name.starts_with(".") && entry.is_regular_file(ignored) &&
         (extension == ".yaml" || extension == ".yml" || extension == ".json");
}

absl::StatusOr<std::vector<std::string>> PolicyFiles(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    if (IsPolicyFile(*entry)) files.push_back(entry->path().string());
  }
  if (error) return absl::ErrnoToStatus(error.value(), Cat("cannot read the directory ", Printable(path)));
  if (files.empty()) {
    return absl::NotFoundError(Cat(Printable(path), ": no *.yaml, *.yml or *.json file in this directory"));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const policy::PolicySet>> LoadPolicies(const std::string& path) {
  ASSIGN_OR_RETURN(const std::vector<std::string> files, PolicyFiles(path));
  std::string all;
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(file, limits::kMaxYamlBytes));
    // By itself first, for an error that names the file and its line.
    ASSIGN_OR_RETURN(policy::PolicySet alone, policy::ParsePolicyFile(text, file));
    if (files.size() == 1) return std::make_shared<const policy::PolicySet>(std::move(alone));
    all += Cat("---\n", text, "\n");
  }
  // Then as one, for what must agree across files.
  ASSIGN_OR_RETURN(policy::PolicySet together, policy::ParsePolicyFile(all, path));
  return std::make_shared<const policy::PolicySet>(std::move(together));
}

}  // namespace chartseal::webhook
