#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/http_client.h"
#include "verifier/oci/exchange.h"
#include "verifier/oci/reference.h"
#include "verifier/oci/transport.h"

namespace chartseal::publisher {

struct WriteRequest {
  std::string method;
  net::Url url;  // from WriteStep::UrlOf, or one that the registry named
  net::Headers headers = {};
  std::string_view body = {};  // borrowed
  size_t max_body_bytes = 0;   // of the answer; beyond errors, which have a limit of their own
  bool retry = true;           // false for what must not be sent twice
  net::DialScope named_scope = net::DialScope::kAnything;  // see oci::RegistryRequest
};

// One step of writing to a repository ("uploading blob sha256:… to ghcr.io/org/app"): its requests ask for
// write access, and its errors name it, the registry's own codes and messages, and what to do next.
// Thread-safe.
class WriteStep {
 public:
  // Both are borrowed. `where` names the step, the repository included.
  WriteStep(oci::Transport& transport, const oci::Reference& repository, std::string where,
            absl::Time deadline)
      : transport_(transport), repository_(repository), where_(std::move(where)), deadline_(deadline) {}

  absl::StatusOr<net::Url> UrlOf(std::string_view path) const { return transport_.UrlOf(repository_, path); }

  // The answer, of whatever status. Errors as oci::Transport::Send, with the step's name.
  absl::StatusOr<oci::ExchangeResult> Send(const WriteRequest& request) const;

  // See oci::Transport::WaitToRetry.
  bool WaitToRetry(const absl::StatusOr<oci::ExchangeResult>& outcome, int attempt) const {
    return transport_.WaitToRetry(outcome, attempt, deadline_);
  }

  // What an answer other than the one hoped for means; codes and reasons as oci::ErrorFromResponse.
  absl::Status Refused(const net::HttpResponse& response) const;
  // FailedPrecondition/kRegistryError "STEP: WHAT".
  absl::Status Failed(std::string_view what) const;
  // DataLoss/kDigestMismatch when the answer has a Docker-Content-Digest of the same algorithm and another
  // value: the registry keeps something else than it was sent.
  absl::Status CheckContentDigest(const net::HttpResponse& response, const crypto::Digest& digest) const;

  const std::string& where() const { return where_; }
  const oci::Reference& repository() const { return repository_; }

 private:
  oci::Transport& transport_;
  const oci::Reference& repository_;
  std::string where_;
  absl::Time deadline_;
};

// Whether the answer's body has these words, given in lower case, in whatever case.
bool Mentions(const net::HttpResponse& response, std::string_view words);

}  // namespace chartseal::publisher
