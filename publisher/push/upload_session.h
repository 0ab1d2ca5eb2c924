#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "publisher/push/write_step.h"
#include "verifier/crypto/digest.h"
#include "verifier/net/dial_policy.h"
#include "verifier/net/url.h"

// The parts of an upload session that the registry says in headers (spec/helm-oci-kubernetes.md §3.2).
namespace chartseal::publisher {

// Where an upload goes on. The registry may have named another server, which is told nothing about us.
struct UploadSession {
  net::Url url;                // the Location with its query as it came
  net::DialScope named_scope;  // how far it may lead
};

// The Location of an answer. FailedPrecondition/kRegistryError when there is none or it is no URL;
// PermissionDenied/kDialRefused when it leads from https to http or to an address further inside than the
// server that named it.
absl::StatusOr<UploadSession> SessionFrom(const WriteStep& step, const oci::ExchangeResult& answer);

// The session's URL with `digest=` after whatever its query holds.
absl::StatusOr<net::Url> CommitUrl(const UploadSession& session, const crypto::Digest& digest);

// How many bytes a `Range: 0-b` says are there (b + 1); "bytes=0-b" is taken too. nullopt for anything else.
std::optional<uint64_t> BytesInRange(std::string_view range);

// OCI-Chunk-Min-Length; 0 when the answer has none or it is no number.
uint64_t MinChunkBytes(const net::HttpResponse& response);

}  // namespace chartseal::publisher
