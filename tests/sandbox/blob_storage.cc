#include "tests/sandbox/blob_storage.h"

#include "absl/strings/str_cat.h"
#include "tests/sandbox/content_digest.h"
#include "tests/sandbox/registry_handlers.h"
#include "tests/sandbox/tls_files.h"

namespace chartseal::sandbox {
namespace {

constexpr std::string_view kBucket = "/bucket/";

}  // namespace

absl::StatusOr<std::unique_ptr<BlobStorage>> BlobStorage::Start(bool tls) {
  std::unique_ptr<BlobStorage> storage(new BlobStorage());
  LoopbackServerOptions options;
  if (tls) {
    auto files = TlsFiles::Create();
    if (!files.ok()) return files.status();
    storage->tls_ = *std::move(files);
    storage->ca_file_ = options.certificate_file = storage->tls_->certificate_file();
    options.key_file = storage->tls_->key_file();
  }
  auto server = LoopbackServer::Start(
      options, [raw = storage.get()](const HttpRequest& request) { return raw->Handle(request); });
  if (!server.ok()) return server.status();
  storage->server_ = *std::move(server);
  return storage;
}

BlobStorage::~BlobStorage() = default;

std::string BlobStorage::url() const { return absl::StrCat(server_->url(), "/bucket"); }

const std::string& BlobStorage::ca_file() const { return ca_file_; }

std::string BlobStorage::Put(std::string bytes) {
  std::string digest = ContentDigest(bytes);
  PutAs(digest, std::move(bytes));
  return digest;
}

void BlobStorage::PutAs(const std::string& digest, std::string bytes) {
  std::lock_guard lock(mutex_);
  blobs_[digest] = std::move(bytes);
}

HttpResponse BlobStorage::Handle(const HttpRequest& request) const {
  if (request.Header("authorization").has_value()) {
    return MakeResponse(400, "application/xml", "<Error><Code>InvalidArgument</Code></Error>");
  }
  if (!request.target.ends_with(kSignedQuery)) {
    return MakeResponse(403, "application/xml", "<Error><Code>SignatureDoesNotMatch</Code></Error>");
  }
  std::lock_guard lock(mutex_);
  auto blob =
      request.path.starts_with(kBucket) ? blobs_.find(request.path.substr(kBucket.size())) : blobs_.end();
  if (blob == blobs_.end())
    return MakeResponse(404, "application/xml", "<Error><Code>NoSuchKey</Code></Error>");
  return MakeResponse(200, "binary/octet-stream", blob->second);
}

}  // namespace chartseal::sandbox
