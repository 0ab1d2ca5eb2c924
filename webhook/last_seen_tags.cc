#include "webhook/last_seen_tags.h"

namespace chartseal::webhook {
namespace {

constexpr size_t kDigestBytes = 48;  // its bytes as malloc keeps them

CacheKey KeyOf(std::string_view core, const oci::Reference& reference) {
  return MakeCacheKey({core, reference.ToString()});
}

}  // namespace

std::optional<crypto::Digest> LastSeenTags::Find(std::string_view core, const oci::Reference& reference) {
  return entries_.Find(KeyOf(core, reference));
}

void LastSeenTags::Put(std::string_view core, const oci::Reference& reference, const crypto::Digest& digest) {
  entries_.Put(KeyOf(core, reference), digest, kDigestBytes);
}

}  // namespace chartseal::webhook
