#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/sandbox/http_message.h"
#include "tests/sandbox/loopback_server.h"
#include "tests/sandbox/mint.h"
#include "tests/sandbox/oidc_issuer.h"
#include "tests/sandbox/signing_config_file.h"

namespace chartseal::sandbox {

// --- the services without HTTP; none is thread safe ---

// POST /api/v2/signingCert (public key with proof, or signing request), GET
// /api/v2/{trustBundle,configuration}, GET /api/v1/rootCert (spec/sigstore.md §5.2).
class FulcioService {
 public:
  FulcioService(const Sigstore& sigstore, const OidcIssuer& issuer) : sigstore_(sigstore), issuer_(issuer) {}
  HttpResponse Handle(const HttpRequest& request, absl::Time now) const;

 private:
  HttpResponse IssueCertificate(const HttpRequest& request, absl::Time now) const;
  const Sigstore& sigstore_;
  const OidcIssuer& issuer_;
};

// POST and GET /api/v1/log/entries, GET /api/v1/log/{entries/UUID,publicKey}, GET /api/v1/log (§5.4). Checks
// what it is given and answers 409 with Location to an entry that it has.
class RekorV1Service {
 public:
  explicit RekorV1Service(RekorV1& log) : log_(log) {}
  HttpResponse Handle(const HttpRequest& request, absl::Time now);

 private:
  HttpResponse Create(const HttpRequest& request, absl::Time now);
  HttpResponse Find(const std::string& uuid) const;
  RekorV1& log_;
  std::map<std::string, std::string> entries_by_uuid_;  // UUID → response body
  std::map<int64_t, std::string> uuid_by_index_;
  std::map<std::string, std::string> uuid_by_body_;
};

// POST /api/v2/log/entries (§5.5).
class RekorV2Service {
 public:
  explicit RekorV2Service(RekorV2& log) : log_(log) {}
  HttpResponse Handle(const HttpRequest& request);

 private:
  RekorV2& log_;
  std::map<std::string, std::string> responses_by_body_;
};

// POST /api/v1/timestamp (DER or JSON), GET /api/v1/timestamp/certchain (§5.3).
class TimestampService {
 public:
  explicit TimestampService(const TimestampAuthority& tsa) : tsa_(tsa) {}
  HttpResponse Handle(const HttpRequest& request, absl::Time now) const;

 private:
  const TimestampAuthority& tsa_;
};

// --- all of them on loopback ---

struct SigningServicesOptions {
  // First of five consecutive ports: OIDC, Fulcio, Rekor v1, Rekor v2, TSA. 0: any free ones.
  std::uint16_t first_port = 0;
  std::function<absl::Time()> clock = absl::Now;
};

// Each service on a port of its own, so that tests can count its requests and let it misbehave.
class SigningServices {
 public:
  // The Sigstore is borrowed, and used under this object's lock only.
  static absl::StatusOr<std::unique_ptr<SigningServices>> Start(Sigstore& sigstore,
                                                                SigningServicesOptions options = {});

  ServiceUrls urls() const;
  const OidcIssuer& issuer() const { return *issuer_; }
  // An identity token as a CI job would get it; changes as in OidcIssuer::GitHubClaims.
  std::string Token(const nlohmann::json& changes) const;

  LoopbackServer& oidc_server() { return *oidc_server_; }
  LoopbackServer& fulcio_server() { return *fulcio_server_; }
  LoopbackServer& rekor_v1_server() { return *rekor_v1_server_; }
  LoopbackServer& rekor_v2_server() { return *rekor_v2_server_; }
  LoopbackServer& tsa_server() { return *tsa_server_; }

 private:
  SigningServices(Sigstore& sigstore, SigningServicesOptions options);

  std::mutex mutex_;
  SigningServicesOptions options_;
  std::unique_ptr<OidcIssuer> issuer_;
  std::unique_ptr<FulcioService> fulcio_;
  RekorV1Service rekor_v1_;
  RekorV2Service rekor_v2_;
  TimestampService tsa_;
  // Last, so that they stop before what their handlers use.
  std::unique_ptr<LoopbackServer> oidc_server_;
  std::unique_ptr<LoopbackServer> fulcio_server_;
  std::unique_ptr<LoopbackServer> rekor_v1_server_;
  std::unique_ptr<LoopbackServer> rekor_v2_server_;
  std::unique_ptr<LoopbackServer> tsa_server_;
};

}  // namespace chartseal::sandbox
