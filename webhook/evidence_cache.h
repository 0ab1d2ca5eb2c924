#pragma once

#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "verifier/base/limits.h"
#include "verifier/oci/reference.h"
#include "verifier/verification/evidence.h"
#include "webhook/lru_cache.h"

namespace chartseal::webhook {

// What was attached to a digest when its registry was asked.
struct KeptEvidence {
  std::shared_ptr<const verification::Evidence> evidence;
  absl::Time as_of;  // when the registry was asked
};

// Evidence of digests that were verified, so that a changed policy is judged without the network. Held as the
// bytes that the registry gave and decoded when asked for: decoded certificates take several times as much.
// Thread-safe.
class EvidenceCache {
 public:
  explicit EvidenceCache(size_t max_bytes = limits::kMaxKeptEvidenceBytes);

  // What is kept, when it was looked for at least in `scope`, and not longer ago than limits::kYesLifetime.
  std::optional<KeptEvidence> Find(const oci::Reference& repository, const crypto::Digest& digest,
                                   const verification::EvidenceScope& scope, absl::Time now);

  // Does not keep evidence with gaps, with candidates that have lost their bytes, or that would push out more
  // than an eighth of all others.
  void Put(const oci::Reference& repository, const crypto::Digest& digest,
           const verification::EvidenceScope& scope, const verification::Evidence& evidence,
           absl::Time as_of);

  CacheStats stats() const { return entries_.stats(); }

 private:
  struct Packed;
  const size_t max_bytes_;
  LruCache<std::shared_ptr<const Packed>> entries_;
};

}  // namespace chartseal::webhook
