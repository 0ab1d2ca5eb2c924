#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chartseal::sandbox {

struct StoredManifest {
  std::string media_type;
  std::string bytes;
};

// What a registry holds, by repository. Nothing is checked here: bytes can be stored under a digest that is
// not theirs. Thread-safe.
class RegistryStore {
 public:
  using Bytes = std::shared_ptr<const std::string>;

  void PutBlob(const std::string& repository, const std::string& digest, std::string bytes);
  Bytes FindBlob(const std::string& repository, const std::string& digest) const;  // null when absent
  bool MountBlob(const std::string& from, const std::string& repository, const std::string& digest);
  bool DeleteBlob(const std::string& repository, const std::string& digest);

  void PutManifest(const std::string& repository, const std::string& digest, StoredManifest manifest);
  void Tag(const std::string& repository, const std::string& tag, const std::string& digest);
  // `reference` is a tag or a digest; deleting a digest deletes the tags on it.
  std::optional<std::string> Resolve(const std::string& repository, const std::string& reference) const;
  std::optional<StoredManifest> FindManifest(const std::string& repository, const std::string& digest) const;
  bool DeleteManifest(const std::string& repository, const std::string& reference);

  bool HasRepository(const std::string& repository) const;
  std::vector<std::string> Tags(const std::string& repository) const;  // in byte order
  // Every manifest of the repository with its digest, in digest order.
  std::vector<std::pair<std::string, StoredManifest>> Manifests(const std::string& repository) const;

  // Upload sessions: the bytes so far, by session id.
  std::string BeginUpload();
  bool AppendUpload(const std::string& session, std::string_view bytes);
  std::optional<std::size_t> UploadSize(const std::string& session) const;
  std::optional<std::string> EndUpload(const std::string& session);  // the bytes; the session is gone

 private:
  struct Repository {
    std::map<std::string, Bytes> blobs;
    std::map<std::string, StoredManifest> manifests;
    std::map<std::string, std::string> tags;
  };
  const Repository* Find(const std::string& repository) const;

  mutable std::mutex mutex_;
  std::map<std::string, Repository> repositories_;
  std::map<std::string, std::string> uploads_;
  int next_upload_ = 1;
};

}  // namespace chartseal::sandbox
