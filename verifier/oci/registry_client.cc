#include "verifier/oci/registry_client.h"

#include <charconv>
#include <thread>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/oci/blob_receiver.h"
#include "verifier/oci/content_type.h"
#include "verifier/oci/http_by_host.h"
#include "verifier/oci/paging.h"
#include "verifier/oci/referrers.h"
#include "verifier/oci/referrers_memory.h"
#include "verifier/oci/registry_error.h"
#include "verifier/oci/transport.h"

namespace chartseal::oci {
namespace {

const std::string& AcceptManifests() {
  static const std::string accept =
      Cat(kOciManifest, ", ", kOciIndex, ", ", kDockerManifest, ", ", kDockerList);
  return accept;
}

absl::StatusOr<ExchangeResult> GetManifest(Transport& transport, const Reference& repository,
                                           std::string_view name, std::string_view method, size_t max_bytes,
                                           absl::Time deadline) {
  ASSIGN_OR_RETURN(const net::Url url, transport.UrlOf(repository, Cat("manifests/", name)));
  return transport.Send({.repository = repository,
                         .url = url,
                         .deadline = deadline,
                         .method = std::string(method),
                         .headers = {{"Accept", AcceptManifests()}},
                         .max_body_bytes = max_bytes});
}

// What HEAD told, when it told everything.
std::optional<Descriptor> DescriptorFromHead(const net::HttpResponse& response) {
  const auto digest = crypto::Digest::Parse(response.headers.Get("Docker-Content-Digest"));
  const std::string_view length = response.headers.Get("Content-Length");
  int64_t size = -1;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), size);
  const bool has_size = error == std::errc() && end == length.data() + length.size() && size > 0;
  if (!digest.ok() || !has_size) return std::nullopt;
  return Descriptor{ContentTypeOf(response.headers), *digest, size, "", {}};
}

std::string TagName(const Reference& repository, std::string_view tag) {
  return Cat(repository.Name(), ":", tag);
}

std::string DigestName(const Reference& repository, const crypto::Digest& digest) {
  return Cat(repository.Name(), "@", digest.ToString());
}

absl::Status AppendTags(std::vector<std::string>& tags, std::string_view body, std::string_view where) {
  ASSIGN_OR_RETURN(const Node page, ParseJson(body, where, {.max_bytes = limits::kMaxTagPageBytes}));
  const Node* list = page.Find("tags");
  if (list == nullptr || list->is_null()) return absl::OkStatus();  // "tags": null is seen for empty ones
  if (!list->is_list()) return Malformed(Reason::kRegistryError, where, "\"tags\" is no list");
  for (const Node& tag : list->list()) {
    if (!tag.is_string()) return Malformed(Reason::kRegistryError, where, "a tag is no string");
    if (tags.size() == limits::kMaxTags) {
      return WithReason(absl::ResourceExhaustedError(Cat(where, ": too many tags")), Reason::kLimitExceeded);
    }
    tags.push_back(tag.string_value());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<RegistryClient>> RegistryClient::Create(RegistryOptions options) {
  ASSIGN_OR_RETURN(auto http, MakeHttp(options));
  return CreateOver(std::move(http), std::move(options));
}

absl::StatusOr<std::shared_ptr<net::HttpClient>> RegistryClient::MakeHttp(const RegistryOptions& options) {
  return MakeHttpByHost(options);
}

std::shared_ptr<RegistryClient> RegistryClient::CreateOver(std::shared_ptr<net::HttpClient> http,
                                                           RegistryOptions options) {
  auto transport = std::make_unique<Transport>(std::move(http), std::move(options));
  return std::shared_ptr<RegistryClient>(new RegistryClient(std::move(transport)));
}

RegistryClient::RegistryClient(std::unique_ptr<Transport> transport)
    : transport_(std::move(transport)), referrers_memory_(std::make_unique<ReferrersMemory>()) {}
RegistryClient::~RegistryClient() = default;

absl::StatusOr<Descriptor> RegistryClient::ResolveTag(const Reference& reference, absl::Time deadline) {
  if (!reference.tag().has_value() && !reference.digest().has_value()) {
    return Malformed(Reason::kReferenceMalformed, reference.ToString(),
                     "names neither a tag nor a digest; add :VERSION or @sha256:...");
  }
  const std::string name = reference.digest().has_value() ? reference.digest()->ToString() : *reference.tag();
  ASSIGN_OR_RETURN(const ExchangeResult head, GetManifest(*transport_, reference, name, "HEAD", 0, deadline));
  const int status = head.response.status;
  // Some registries know no HEAD, or answer it without a digest; GET tells then.
  if (status != 200 && status != 405 && status != 501)
    return ErrorFromResponse(reference.ToString(), head.response);
  if (status == 200) {
    const auto descriptor = DescriptorFromHead(head.response);
    const bool agrees =
        !reference.digest().has_value() || (descriptor && descriptor->digest == *reference.digest());
    if (descriptor.has_value() && agrees) return *descriptor;
  }
  const auto fetched =
      reference.digest().has_value()
          ? FetchManifest(reference, *reference.digest(), limits::kMaxManifestBytes, deadline)
          : FetchManifestByTag(reference, *reference.tag(), limits::kMaxManifestBytes, deadline);
  RETURN_IF_ERROR(fetched.status());
  return Descriptor{
      fetched->media_type, fetched->digest, static_cast<int64_t>(fetched->bytes.size()), "", {}};
}

absl::StatusOr<ManifestBytes> RegistryClient::FetchManifest(const Reference& repository,
                                                            const crypto::Digest& digest, size_t max_bytes,
                                                            absl::Time deadline) {
  const std::string where = DigestName(repository, digest);
  ASSIGN_OR_RETURN(ExchangeResult result,
                   GetManifest(*transport_, repository, digest.ToString(), "GET", max_bytes, deadline));
  if (result.response.status != 200) return ErrorFromResponse(where, result.response);
  const auto found = crypto::Digest::Of(digest.algorithm(), result.response.body);
  if (found != digest) return DigestMismatch(where, digest.ToString(), found.ToString());
  return ManifestBytes{std::move(result.response.body), ContentTypeOf(result.response.headers), digest};
}

absl::StatusOr<ManifestBytes> RegistryClient::FetchManifestByTag(const Reference& repository,
                                                                 std::string_view tag, size_t max_bytes,
                                                                 absl::Time deadline) {
  const std::string where = TagName(repository, tag);
  if (!IsTag(tag)) return Malformed(Reason::kReferenceMalformed, where, "not a tag");
  ASSIGN_OR_RETURN(ExchangeResult result,
                   GetManifest(*transport_, repository, tag, "GET", max_bytes, deadline));
  if (result.response.status != 200) return ErrorFromResponse(where, result.response);
  const auto digest = crypto::Digest::Sha256Of(result.response.body);
  return ManifestBytes{std::move(result.response.body), ContentTypeOf(result.response.headers), digest};
}

absl::StatusOr<std::string> RegistryClient::FetchBlob(const Reference& repository, const Descriptor& blob,
                                                      size_t max_bytes, absl::Time deadline) {
  const std::string where = Cat("blob ", DigestName(repository, blob.digest));
  if (blob.size < 0 || static_cast<uint64_t>(blob.size) > max_bytes) {
    const std::string text = Cat(where, ": ", blob.size, " bytes, at most ", max_bytes, " are accepted here");
    return WithReason(absl::ResourceExhaustedError(text), Reason::kLimitExceeded);
  }
  ASSIGN_OR_RETURN(const net::Url url, transport_->UrlOf(repository, Cat("blobs/", blob.digest.ToString())));
  BlobReceiver receiver(where, blob.digest, blob.size);
  ASSIGN_OR_RETURN(const ExchangeResult result,
                   transport_->Send({.repository = repository,
                                     .url = url,
                                     .deadline = deadline,
                                     .max_body_bytes = max_bytes + 1,  // so that the receiver's word is heard
                                     .sink = [&](std::string_view piece) { return receiver.Take(piece); },
                                     .on_attempt = [&] { receiver.Restart(); }}));
  if (result.response.status != 200) return ErrorFromResponse(where, result.response);
  return receiver.Finish();
}

absl::StatusOr<ReferrersResult> RegistryClient::ListReferrers(const Reference& repository,
                                                              const crypto::Digest& digest,
                                                              absl::Time deadline) {
  const auto ask_api = [&] { return ReferrersFromApi(*transport_, repository, digest, deadline); };
  const auto ask_tag = [&] { return ReferrersFromTag(*this, repository, digest, deadline); };
  const bool had_api = referrers_memory_->HasApi(repository.host());
  std::optional<absl::StatusOr<ReferrersResult>> from_tag;
  std::jthread speculation;
  if (!had_api) speculation = std::jthread([&] { from_tag = ask_tag(); });
  auto from_api = ask_api();
  if (speculation.joinable()) speculation.join();
  RETURN_IF_ERROR(from_api.status());
  referrers_memory_->Remember(repository.host(), from_api->has_value());
  if (from_api->has_value()) return ReferrersResult{**std::move(from_api), ReferrersOrigin::kApi};
  return from_tag.has_value() ? *std::move(from_tag) : ask_tag();
}

absl::StatusOr<std::vector<std::string>> RegistryClient::ListTags(const Reference& repository,
                                                                  absl::Time deadline) {
  const std::string where = Cat("tags of ", repository.Name());
  ASSIGN_OR_RETURN(const net::Url first, transport_->UrlOf(repository, "tags/list?n=1000"));
  std::vector<std::string> tags;
  Paging paging(limits::kMaxTagPages);
  for (std::optional<net::Url> url = first; url.has_value();) {
    ASSIGN_OR_RETURN(const ExchangeResult result,
                     transport_->Send({.repository = repository,
                                       .url = *url,
                                       .deadline = deadline,
                                       .max_body_bytes = limits::kMaxTagPageBytes}));
    if (result.response.status != 200) return ErrorFromResponse(where, result.response);
    RETURN_IF_ERROR(AppendTags(tags, result.response.body, where));
    ASSIGN_OR_RETURN(url, paging.Next(*url, result.response.headers));
  }
  return tags;
}

}  // namespace chartseal::oci
