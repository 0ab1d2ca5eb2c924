#include "tests/sandbox/registry_store.h"

namespace chartseal::sandbox {

const RegistryStore::Repository* RegistryStore::Find(const std::string& repository) const {
  auto found = repositories_.find(repository);
  return found == repositories_.end() ? nullptr : &found->second;
}

void RegistryStore::PutBlob(const std::string& repository, const std::string& digest, std::string bytes) {
  std::lock_guard lock(mutex_);
  repositories_[repository].blobs[digest] = std::make_shared<const std::string>(std::move(bytes));
}

RegistryStore::Bytes RegistryStore::FindBlob(const std::string& repository, const std::string& digest) const {
  std::lock_guard lock(mutex_);
  const Repository* in = Find(repository);
  if (in == nullptr) return nullptr;
  auto found = in->blobs.find(digest);
  return found == in->blobs.end() ? nullptr : found->second;
}

bool RegistryStore::MountBlob(const std::string& from, const std::string& repository,
                              const std::string& digest) {
  Bytes bytes = FindBlob(from, digest);
  if (bytes == nullptr) return false;
  std::lock_guard lock(mutex_);
  repositories_[repository].blobs[digest] = bytes;
  return true;
}

bool RegistryStore::DeleteBlob(const std::string& repository, const std::string& digest) {
  std::lock_guard lock(mutex_);
  auto in = repositories_.find(repository);
  return in != repositories_.end() && in->second.blobs.erase(digest) > 0;
}

void RegistryStore::PutManifest(const std::string& repository, const std::string& digest,
                                StoredManifest manifest) {
  std::lock_guard lock(mutex_);
  repositories_[repository].manifests[digest] = std::move(manifest);
}

void RegistryStore::Tag(const std::string& repository, const std::string& tag, const std::string& digest) {
  std::lock_guard lock(mutex_);
  repositories_[repository].tags[tag] = digest;
}

std::optional<std::string> RegistryStore::Resolve(const std::string& repository,
                                                  const std::string& reference) const {
  std::lock_guard lock(mutex_);
  const Repository* in = Find(repository);
  if (in == nullptr) return std::nullopt;
  if (in->manifests.contains(reference)) return reference;
  auto tag = in->tags.find(reference);
  if (tag == in->tags.end()) return std::nullopt;
  return tag->second;
}

std::optional<StoredManifest> RegistryStore::FindManifest(const std::string& repository,
                                                          const std::string& digest) const {
  std::lock_guard lock(mutex_);
  const Repository* in = Find(repository);
  if (in == nullptr) return std::nullopt;
  auto found = in->manifests.find(digest);
  if (found == in->manifests.end()) return std::nullopt;
  return found->second;
}

bool RegistryStore::DeleteManifest(const std::string& repository, const std::string& reference) {
  std::lock_guard lock(mutex_);
  auto in = repositories_.find(repository);
  if (in == repositories_.end()) return false;
  if (in->second.tags.erase(reference) > 0) return true;
  std::erase_if(in->second.tags, [&](const auto& tag) { return tag.second == reference; });
  return in->second.manifests.erase(reference) > 0;
}

bool RegistryStore::HasRepository(const std::string& repository) const {
  std::lock_guard lock(mutex_);
  return Find(repository) != nullptr;
}

std::vector<std::string> RegistryStore::Tags(const std::string& repository) const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> tags;
  if (const Repository* in = Find(repository)) {
    for (const auto& [tag, digest] : in->tags) tags.push_back(tag);
  }
  return tags;
}

std::vector<std::pair<std::string, StoredManifest>> RegistryStore::Manifests(
    const std::string& repository) const {
  std::lock_guard lock(mutex_);
  const Repository* in = Find(repository);
  if (in == nullptr) return {};
  return {in->manifests.begin(), in->manifests.end()};
}

std::string RegistryStore::BeginUpload() {
  std::lock_guard lock(mutex_);
  std::string session = "upload-" + std::to_string(next_upload_++);
  uploads_[session] = "";
  return session;
}

bool RegistryStore::AppendUpload(const std::string& session, std::string_view bytes) {
  std::lock_guard lock(mutex_);
  auto found = uploads_.find(session);
  if (found == uploads_.end()) return false;
  found->second.append(bytes);
  return true;
}

std::optional<std::size_t> RegistryStore::UploadSize(const std::string& session) const {
  std::lock_guard lock(mutex_);
  auto found = uploads_.find(session);
  if (found == uploads_.end()) return std::nullopt;
  return found->second.size();
}

std::optional<std::string> RegistryStore::EndUpload(const std::string& session) {
  std::lock_guard lock(mutex_);
  auto found = uploads_.find(session);
  if (found == uploads_.end()) return std::nullopt;
  std::string bytes = std::move(found->second);
  uploads_.erase(found);
  return bytes;
}

}  // namespace chartseal::sandbox
