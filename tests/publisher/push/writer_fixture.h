#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "publisher/push/registry_writer.h"
#include "tests/sandbox/content_digest.h"
#include "tests/sandbox/fault_recipes.h"
#include "tests/sandbox/registry.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/media_types.h"
#include "verifier/oci/registry_client.h"

namespace chartseal::publisher {

inline absl::Time Soon() { return absl::Now() + absl::Seconds(20); }

inline std::unique_ptr<sandbox::Registry> StartRegistry(sandbox::RegistryOptions options = {}) {
  return sandbox::Registry::Start(std::move(options)).value();
}

// Options for a client that may speak plain HTTP to loopback and does not wait between attempts.
inline oci::RegistryOptions TestOptions() {
  oci::RegistryOptions options;
  options.plain_http_hosts = {"127.0.0.1"};
  options.retry.random = [] { return 0.0; };
  options.sleeper = [](absl::Duration) {};
  return options;
}

inline RegistryWriter MakeWriter(oci::RegistryOptions options = TestOptions()) {
  return RegistryWriter(oci::RegistryClient::Create(std::move(options)).value());
}

inline oci::Reference Repo(const sandbox::Registry& registry, const std::string& repository = "org/app") {
  return oci::Reference::Parse("oci://" + registry.host() + "/" + repository).value();
}

// An image manifest without layers, whose config `{}` has to be pushed first; `note` makes it distinct,
// `subject` makes it a referrer.
inline std::string ManifestJson(const std::string& note, const std::string& subject = "") {
  const std::string type(oci::kOciManifest);
  const std::string subject_member = subject.empty() ? ""
                                                     : ",\"subject\":{\"mediaType\":\"" + type +
                                                           "\",\"digest\":\"" + subject + "\",\"size\":1}";
  return "{\"schemaVersion\":2,\"mediaType\":\"" + type +
         "\",\"artifactType\":\"application/x-test\",\"config\":{\"mediaType\":\"" +
         std::string(oci::kOciEmpty) + "\",\"digest\":\"" + sandbox::ContentDigest("{}") +
         "\",\"size\":2},\"layers\":[],\"annotations\":{\"note\":\"" + note + "\"}" + subject_member + "}";
}

// "GET manifests/1.0 404" for each request, with digests cut to their first digits, uploads to "SESSION" and
// the repository left out.
inline std::vector<std::string> Requests(sandbox::Registry& registry,
                                         const std::string& repository = "org/app") {
  std::vector<std::string> lines;
  for (const sandbox::RequestRecord& record : registry.log().Records()) {
    std::string path = record.path;
    const std::string prefix = "/v2/" + repository + "/";
    if (path.starts_with(prefix)) path.erase(0, prefix.size());
    if (const size_t session = path.find("uploads/upload-"); session != std::string::npos) {
      path.replace(session + 8, std::string::npos, "SESSION");
    }
    if (const size_t digest = path.find("sha256"); digest != std::string::npos) path.resize(digest + 6);
    lines.push_back(record.method + " " + path + " " + std::to_string(record.status));
  }
  return lines;
}

// The writes of a registry: how many requests were not GET or HEAD.
inline size_t Writes(sandbox::Registry& registry) {
  size_t writes = 0;
  for (const sandbox::RequestRecord& record : registry.log().Records()) {
    writes += record.method != "GET" && record.method != "HEAD" && record.path != "/token";
  }
  return writes;
}

}  // namespace chartseal::publisher
