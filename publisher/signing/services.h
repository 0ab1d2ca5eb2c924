#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "publisher/signing/identity_token.h"
#include "publisher/signing/signing_config.h"
#include "verifier/base/node.h"
#include "verifier/crypto/certificate.h"
#include "verifier/crypto/private_key.h"
#include "verifier/net/clock.h"
#include "verifier/net/http_client.h"

// Clients of the services that make a keyless signature. All retry as spec/sigstore.md §5.6 says (5xx and 429
// only), follow no redirect, read at most limits::kMaxServiceAnswerBytes, and never show a token. Errors name
// the service, its URL, what it answered and what to do next; they carry kFulcioFailed, kTimestampFailed or
// kRekorFailed, with the status code that fits (Unavailable, DeadlineExceeded, PermissionDenied,
// ResourceExhausted, FailedPrecondition for an answer that makes no sense). Thread-safe.
namespace chartseal::publisher {

struct ServiceCaller {
  std::shared_ptr<net::HttpClient> http;
  net::Clock clock = net::SystemClock();
  net::Sleeper sleeper = net::SystemSleeper();
};

// A certificate for `key`, leaf first (spec/sigstore.md §5.2). The leaf's key is `key` and it has an embedded
// SCT, or this is an error: what else it must be, the self-verification says.
absl::StatusOr<std::vector<crypto::Certificate>> RequestCertificate(const ServiceCaller& caller,
                                                                    std::string_view fulcio_url,
                                                                    const IdentityToken& token,
                                                                    const crypto::PrivateKey& key,
                                                                    absl::Time deadline);

// A TimeStampResp in DER over SHA-256(signature) (§5.3).
absl::StatusOr<std::string> RequestTimestamp(const ServiceCaller& caller, std::string_view timestamp_url,
                                             std::string_view signature, absl::Time deadline);

// Who signed, as the log records it: a certificate or a bare public key.
struct LogVerifier {
  std::string der;
  bool is_certificate = true;
  crypto::KeyType key_type = crypto::KeyType::kEcdsaP256;

  std::string Pem() const;
};

// hashedrekord 0.0.1 (v1) or 0.0.2 (v2) over `digest` of the signed bytes (the PAE of a DSSE envelope for v2)
// by the hash of the key's default scheme: SHA-256 for P-256 and RSA, SHA-384 for P-384. The answer is the
// TransparencyLogEntry in protojson, as a bundle's tlogEntries holds it. An Ed25519 key is InvalidArgument:
// these entries take Ed25519ph only. A log that is frozen is Unimplemented (see LogToAny).
absl::StatusOr<Node> LogSignature(const ServiceCaller& caller, const RekorService& rekor,
                                  std::string_view digest, std::string_view signature,
                                  const LogVerifier& verifier, absl::Time deadline);

// dsse 0.0.1 of a Rekor v1 (§5.4). `envelope` is the DSSE envelope's JSON.
absl::StatusOr<Node> LogEnvelope(const ServiceCaller& caller, const RekorService& rekor,
                                 std::string_view envelope, const LogVerifier& verifier, absl::Time deadline);

// Calls `log` with `rekor` and, as long as the log in hand is frozen, with each of `others`: spec/sigstore.md
// §5.5. The error of the last one tried.
absl::StatusOr<Node> LogToAny(const RekorService& rekor, const std::vector<RekorService>& others,
                              const std::function<absl::StatusOr<Node>(const RekorService&)>& log);

}  // namespace chartseal::publisher
