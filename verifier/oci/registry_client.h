#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/clock.h"
#include "verifier/net/http_client.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/oci/credentials.h"
#include "verifier/oci/retry.h"

namespace chartseal::oci {

class ReferrersMemory;
class Transport;

struct RegistryOptions {
  // Registries spoken to without TLS, as in Reference::host() ("localhost:5000", or "localhost" for every
  // port). Nothing else ever is, loopback included.
  std::set<std::string> plain_http_hosts;
  // PEM bundle used instead of the system's; empty for the system's.
  std::string ca_file;
  // The same for single registries, by host as in plain_http_hosts.
  std::map<std::string, std::string> ca_files;
  std::string user_agent = "chartseal";
  std::shared_ptr<CredentialSource> credentials = AnonymousCredentials();
  RetryPolicy retry;
  // What a registry named by the user may resolve to.
  net::DialScope registry_scope = net::DialScope::kAnything;
  net::Clock clock = net::SystemClock();
  net::Sleeper sleeper = net::SystemSleeper();
  // Told of every answer (status 0: there was none), the token service's included; the URL has no query. May
  // be called from several threads. For metrics and tests.
  std::function<void(std::string_view method, std::string_view url, int status)> on_request;
  // Told of `Warning: 299` texts of a registry, made printable. May be empty.
  std::function<void(std::string_view host, std::string_view text)> on_warning;
};

// Reads from registries over the distribution API (spec/helm-oci-kubernetes.md §3). Thread-safe; make one per
// process, so that connections and tokens are shared.
class RegistryClient : public ArtifactSource {
 public:
  // InvalidArgument when a CA file cannot be used.
  static absl::StatusOr<std::shared_ptr<RegistryClient>> Create(RegistryOptions options);
  // The HTTP client that Create() would use: what ca_file, ca_files and user_agent ask for. Errors as
  // Create().
  static absl::StatusOr<std::shared_ptr<net::HttpClient>> MakeHttp(const RegistryOptions& options);
  // As Create(), over another HTTP client; ca_file, ca_files and user_agent are then not used.
  static std::shared_ptr<RegistryClient> CreateOver(std::shared_ptr<net::HttpClient> http,
                                                    RegistryOptions options);
  ~RegistryClient() override;

  absl::StatusOr<Descriptor> ResolveTag(const Reference& reference, absl::Time deadline) override;
  absl::StatusOr<ManifestBytes> FetchManifest(const Reference& repository, const crypto::Digest& digest,
                                              size_t max_bytes, absl::Time deadline) override;
  absl::StatusOr<ManifestBytes> FetchManifestByTag(const Reference& repository, std::string_view tag,
                                                   size_t max_bytes, absl::Time deadline) override;
  absl::StatusOr<std::string> FetchBlob(const Reference& repository, const Descriptor& blob, size_t max_bytes,
                                        absl::Time deadline) override;
  // Of a registry that has not yet shown the referrers API, the fallback tag is asked for at the same time,
  // so that its absence costs no round trip. Where both are there, the API's answer counts.
  absl::StatusOr<ReferrersResult> ListReferrers(const Reference& repository, const crypto::Digest& digest,
                                                absl::Time deadline) override;

  absl::StatusOr<std::vector<std::string>> ListTags(const Reference& repository,
                                                    absl::Time deadline) override;

  // Authenticated requests with retries, for what pushes.
  Transport& transport() { return *transport_; }

 private:
  explicit RegistryClient(std::unique_ptr<Transport> transport);
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<ReferrersMemory> referrers_memory_;
};

}  // namespace chartseal::oci
