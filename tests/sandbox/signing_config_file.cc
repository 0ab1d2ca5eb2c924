#include "tests/sandbox/signing_config_file.h"

#include <nlohmann/json.hpp>

namespace chartseal::sandbox {
namespace {

using nlohmann::json;

json Service(const std::string& url, int version, absl::Time start) {
  const std::string from = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", start, absl::UTCTimeZone());
  return {{"url", url},
          {"majorApiVersion", version},
          {"validFor", {{"start", from}}},
          {"operator", "sandbox.test"}};
}

}  // namespace

std::string SigningConfigJson(const ServiceUrls& urls, absl::Time start,
                              const SigningConfigOptions& options) {
  json config = {{"mediaType", "application/vnd.dev.sigstore.signingconfig.v0.2+json"},
                 {"caUrls", json::array({Service(urls.fulcio, 1, start)})},
                 {"oidcUrls", json::array({Service(urls.oidc, 1, start)})},
                 {"rekorTlogUrls", json::array()},
                 {"rekorTlogConfig", {{"selector", "ANY"}}}};
  if (options.with_rekor_v2) config["rekorTlogUrls"].push_back(Service(urls.rekor_v2, 2, start));
  if (options.with_rekor_v1) config["rekorTlogUrls"].push_back(Service(urls.rekor_v1, 1, start));
  if (options.with_tsa) {
    config["tsaUrls"] = json::array({Service(urls.tsa, 1, start)});
    config["tsaConfig"] = {{"selector", "ANY"}};
  }
  if (options.mutate) options.mutate(config);
  return config.dump(2);
}

}  // namespace chartseal::sandbox
