#include "webhook/cache_key.h"

#include <cstring>
#include <string>

#include "verifier/crypto/digest.h"

namespace chartseal::webhook {

CacheKey MakeCacheKey(std::initializer_list<std::string_view> parts) {
  std::string text;
  text.reserve(384);  // a repository, a digest and two fingerprints
  for (const std::string_view part : parts) {
    const uint64_t size = part.size();
    text.append(reinterpret_cast<const char*>(&size), sizeof(size));
    text.append(part);
  }
  const std::string hash = crypto::Sha256(text);
  CacheKey key;
  std::memcpy(key.data(), hash.data(), key.size());
  return key;
}

}  // namespace chartseal::webhook
