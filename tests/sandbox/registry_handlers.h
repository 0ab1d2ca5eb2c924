#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/registry_options.h"
#include "tests/sandbox/registry_store.h"

namespace chartseal::sandbox {

// The query of a redirect to blob storage: its escapes must reach the storage untouched, as in a pre-signed
// URL.
inline constexpr std::string_view kSignedQuery = "?X-Signature=a%2Fb%2Bc%3D&X-Expires=600";

// A path under /v2/, taken apart: what it addresses in which repository.
struct RegistryRoute {
  enum class Kind { kBase, kManifest, kBlob, kUploadStart, kUpload, kTags, kReferrers };
  Kind kind = Kind::kBase;
  std::string repository;
  std::string reference;  // tag, digest or upload session
};

// Nothing when the path is none of the distribution API's.
std::optional<RegistryRoute> ParseRoute(std::string_view path);

// The distribution API over a store; no authentication, no misbehaviour. `base_url` makes Locations absolute.
class RegistryHandlers {
 public:
  RegistryHandlers(const RegistryOptions* options, RegistryStore* store)
      : options_(*options), store_(*store) {}

  HttpResponse Handle(const RegistryRoute& route, const HttpRequest& request, const std::string& base_url);

 private:
  HttpResponse Manifest(const RegistryRoute& route, const HttpRequest& request);
  HttpResponse GetManifest(const RegistryRoute& route, const HttpRequest& request);
  HttpResponse PutManifest(const RegistryRoute& route, const HttpRequest& request);
  std::optional<HttpResponse> RefuseTag(const RegistryRoute& route, const HttpRequest& request);
  void TagStored(const RegistryRoute& route, const HttpRequest& request, const std::string& digest);
  HttpResponse Blob(const RegistryRoute& route, const HttpRequest& request);
  HttpResponse StartUpload(const RegistryRoute& route, const HttpRequest& request,
                           const std::string& base_url);
  HttpResponse ContinueUpload(const RegistryRoute& route, const HttpRequest& request,
                              const std::string& base_url);
  HttpResponse AppendToUpload(const RegistryRoute& route, const HttpRequest& request,
                              const std::string& base_url);
  HttpResponse FinishUpload(const RegistryRoute& route, const std::string& session, const std::string& digest,
                            std::string_view rest);
  HttpResponse UploadAccepted(const RegistryRoute& route, const std::string& session,
                              const std::string& base_url);
  HttpResponse Tags(const RegistryRoute& route, const HttpRequest& request);
  HttpResponse Referrers(const RegistryRoute& route, const HttpRequest& request);

  const RegistryOptions& options_;
  RegistryStore& store_;
};

// {"errors":[{"code":…,"message":…}]} as the distribution specification has it.
HttpResponse RegistryError(int status, std::string_view code, std::string_view message);

}  // namespace chartseal::sandbox
