#include "tests/sandbox/trusted_root_file.h"

#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {
namespace {

using nlohmann::json;

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

json ValidFor(const Sigstore& sigstore) {
  return {{"start", Rfc3339(sigstore.start())}, {"end", Rfc3339(sigstore.end())}};
}

json Log(const Sigstore& sigstore, const std::string& url, const Key& key, const std::string& log_id) {
  return {{"baseUrl", url},
          {"hashAlgorithm", "SHA2_256"},
          {"publicKey",
           {{"rawBytes", Base64Encode(key.Spki())},
            {"keyDetails", key.KeyDetails()},
            {"validFor", ValidFor(sigstore)}}},
          {"logId", {{"keyId", Base64Encode(log_id)}}}};
}

json CertChain(const std::vector<std::string>& chain) {
  json certificates = json::array();
  for (const std::string& certificate : chain)
    certificates.push_back({{"rawBytes", Base64Encode(certificate)}});
  return {{"certificates", std::move(certificates)}};
}

json Authority(const Sigstore& sigstore, const CertificateAuthority& ca, const std::string& uri) {
  return {{"subject", {{"organization", ca.organization()}, {"commonName", ca.common_name()}}},
          {"uri", uri},
          {"certChain", CertChain(ca.Chain())},
          {"validFor", ValidFor(sigstore)}};
}

json Tsa(const Sigstore& sigstore, const TimestampAuthority& tsa, const TrustedRootOptions& options,
         const std::string& uri) {
  std::vector<std::string> chain = tsa.Chain();
  if (!options.tsa_leaf_in_chain) chain.erase(chain.begin());
  return {{"subject", {{"organization", "sandbox.test"}, {"commonName", "sandbox-tsa"}}},
          {"uri", uri},
          {"certChain", CertChain(chain)},
          {"validFor", ValidFor(sigstore)}};
}

json RekorLogs(const Sigstore& sigstore, const TrustedRootOptions& options) {
  std::vector<const RekorV1*> v1 = {&sigstore.rekor_v1()};
  v1.insert(v1.end(), options.extra_rekor_v1.begin(), options.extra_rekor_v1.end());
  std::vector<const RekorV2*> v2 = {&sigstore.rekor_v2()};
  v2.insert(v2.end(), options.extra_rekor_v2.begin(), options.extra_rekor_v2.end());
  json logs = json::array();
  for (const RekorV1* log : v1) {
    logs.push_back(Log(sigstore, "https://" + log->options().host, log->key(), log->LogId()));
  }
  for (const RekorV2* log : v2) {
    logs.push_back(Log(sigstore, "https://" + log->options().host, log->key(), log->LogId()));
  }
  return logs;
}

}  // namespace

std::string TrustedRootJson(const Sigstore& sigstore, const TrustedRootOptions& options) {
  json root = {{"mediaType", "application/vnd.dev.sigstore.trustedroot+json;version=0.1"},
               {"tlogs", RekorLogs(sigstore, options)}};
  const std::string ct_url = "https://ct.sandbox.test";
  root["ctlogs"] = json::array({Log(sigstore, ct_url, sigstore.ct_log().key(), sigstore.ct_log().LogId())});
  for (const CtLog* log : options.extra_ct_logs) {
    root["ctlogs"].push_back(Log(sigstore, ct_url, log->key(), log->LogId()));
  }
  root["certificateAuthorities"] = json::array({Authority(sigstore, sigstore.ca(), options.fulcio_uri)});
  for (const CertificateAuthority* ca : options.extra_authorities) {
    root["certificateAuthorities"].push_back(Authority(sigstore, *ca, options.fulcio_uri));
  }
  root["timestampAuthorities"] = json::array({Tsa(sigstore, sigstore.tsa(), options, options.tsa_uri)});
  for (size_t i = 0; i < options.extra_tsas.size(); ++i) {
    const std::string uri = "https://tsa" + std::to_string(i + 2) + ".sandbox.test/api/v1/timestamp";
    root["timestampAuthorities"].push_back(Tsa(sigstore, *options.extra_tsas[i], options, uri));
  }
  if (options.mutate) options.mutate(root);
  return root.dump(2);
}

}  // namespace chartseal::sandbox
