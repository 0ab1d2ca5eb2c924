#pragma once

#include <optional>
#include <string_view>

#include "verifier/base/limits.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/reference.h"
#include "webhook/lru_cache.h"

namespace chartseal::webhook {

// What the tags in releases stood for when those very releases were admitted: for when one comes again, as
// after an install that failed or was removed, and its registry cannot say what the tag stands for now. Says
// nothing about signatures; what policies conclude about the digest is remembered, and forgotten, as ever
// (docs/decisions/0017). Thread-safe.
class LastSeenTags {
 public:
  // `core` is that of the release (chart::Release::core).
  std::optional<crypto::Digest> Find(std::string_view core, const oci::Reference& reference);
  void Put(std::string_view core, const oci::Reference& reference, const crypto::Digest& digest);

 private:
  LruCache<crypto::Digest> entries_{limits::kMaxKeptReleases, limits::kMaxCachedDecisionBytes};
};

}  // namespace chartseal::webhook
