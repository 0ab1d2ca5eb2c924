#include "tests/sandbox/legacy_case.h"

#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {
namespace {

using nlohmann::json;
using Annotations = std::map<std::string, std::string>;

constexpr char kSignature[] = "dev.cosignproject.cosign/signature";
constexpr char kCertificate[] = "dev.sigstore.cosign/certificate";
constexpr char kBundle[] = "dev.sigstore.cosign/bundle";
constexpr char kTimestamp[] = "dev.sigstore.cosign/rfc3161timestamp";

std::vector<LegacyCase> PayloadCases() {
  return {
      {"legacy-plain", "1.1", true, [](LegacyDraft&) {}},
      {"legacy-with-empty-chain", "1.1", true, [](LegacyDraft& d) { d.options.empty_chain = true; }},
      {"legacy-with-optional-pairs", "1.1", true,
       [](LegacyDraft& d) { d.options.optional_json = R"({"build":"7","creator":"me"})"; }},
      {"legacy-with-odd-white-space", "0", true,
       [](LegacyDraft& d) { d.options.payload_text = [](std::string& text) { text = " " + text + "\n"; }; }},
      {"legacy-payload-of-another-digest", "1.1", false,
       [](LegacyDraft& d) {
         d.options.payload = [](json& payload) {
           payload["critical"]["image"]["docker-manifest-digest"] = "sha256:" + std::string(64, '1');
         };
       }},
      {"legacy-payload-of-another-type", "1.1", false,
       [](LegacyDraft& d) { d.options.type = "cosign container image attestation"; }},
      {"legacy-payload-without-digest", "1.1", false,
       [](LegacyDraft& d) {
         d.options.payload = [](json& payload) {
           payload["critical"]["image"].erase("docker-manifest-digest");
         };
       }},
      {"legacy-payload-is-not-json", "1.1", false,
       [](LegacyDraft& d) { d.options.payload_text = [](std::string& text) { text = "not json"; }; }},
      {"legacy-payload-with-duplicate-key", "0", false,
       [](LegacyDraft& d) {
         d.options.payload_text = [](std::string& text) { text.insert(1, "\"critical\":{},"); };
       }},
      {"legacy-signature-wrong", "1.6", false,
       [](LegacyDraft& d) {
         d.base.request.content_hooks.signed_bytes = [](std::string& bytes) { bytes += "x"; };
       }},
      {"legacy-signature-not-base64", "1.1", false,
       [](LegacyDraft& d) { d.options.annotations = [](Annotations& a) { a[kSignature] = "!!"; }; }},
      {"legacy-signature-missing", "1.1", false,
       [](LegacyDraft& d) { d.options.annotations = [](Annotations& a) { a.erase(kSignature); }; }},
      {"legacy-certificate-is-not-pem", "1.1", false,
       [](LegacyDraft& d) { d.options.annotations = [](Annotations& a) { a[kCertificate] = "no PEM"; }; }},
      {"legacy-certificate-missing", "1.6", false,
       [](LegacyDraft& d) { d.options.annotations = [](Annotations& a) { a.erase(kCertificate); }; }},
  };
}

std::vector<LegacyCase> LogAndTimeCases() {
  return {
      {"legacy-without-log-bundle", "1.6", false, [](LegacyDraft& d) { d.options.with_bundle = false; }},
      {"legacy-log-bundle-is-not-json", "1.1", false,
       [](LegacyDraft& d) { d.options.annotations = [](Annotations& a) { a[kBundle] = "no json"; }; }},
      {"legacy-log-bundle-of-another-signature", "1.6", false,
       [](LegacyDraft& d) {
         const std::string other =
             MintLegacy(d.base.sigstore, "sha256:" + std::string(64, '2'), MintRequest())
                 .annotations.at(kBundle);
         d.options.annotations = [other](Annotations& a) { a[kBundle] = other; };
       }},
      {"legacy-set-wrong", "4.5", false,
       [](LegacyDraft& d) { d.base.log().promise = [](std::string& promise) { promise.back() ^= 1; }; }},
      {"legacy-set-over-another-index", "4.5", false,
       [](LegacyDraft& d) {
         d.options.set_bundle = [](json& bundle) {
           json& index = bundle["Payload"]["logIndex"];
           index = index.get<int64_t>() + 1;
         };
       }},
      {"legacy-integrated-time-not-signed", "4.5", false,
       [](LegacyDraft& d) {
         d.options.set_bundle = [](json& bundle) {
           json& time = bundle["Payload"]["integratedTime"];
           time = time.get<int64_t>() + 1;
         };
       }},
      {"legacy-integrated-time-after-certificate", "1.6", false,
       [](LegacyDraft& d) { d.base.request.logs[0].delay = absl::Minutes(11); }},
      {"legacy-body-with-another-signature", "1.6", false,
       [](LegacyDraft& d) {
         d.base.request.content_hooks.logged = [](LoggedSignature& l) { l.signature.back() ^= 1; };
       }},
      {"legacy-body-with-another-digest", "1.6", false,
       [](LegacyDraft& d) {
         d.base.request.content_hooks.logged = [](LoggedSignature& l) { l.digest[0] ^= 1; };
       }},
      {"legacy-log-unknown", "4.4", false,
       [](LegacyDraft& d) {
         d.base.trust.mutate = [](json& root) { root["tlogs"].erase(root["tlogs"].begin()); };
       }},
      {"legacy-stamped", "1.6", true,
       [](LegacyDraft& d) { d.base.request.timestamps = {TimestampRequest()}; }},
      {"legacy-stamp-over-another-message", "1.6", false,
       [](LegacyDraft& d) {
         d.base.request.timestamps = {TimestampRequest()};
         d.base.request.content_hooks.stamped = [](std::string& stamped) { stamped = "another message"; };
       }},
      {"legacy-stamp-after-certificate", "1.6", false,
       [](LegacyDraft& d) {
         d.base.request.timestamps = {TimestampRequest()};
         d.base.request.timestamps[0].delay = absl::Minutes(11);
       }},
      {"legacy-stamp-is-not-json", "1.1", false,
       [](LegacyDraft& d) { d.options.annotations = [](Annotations& a) { a[kTimestamp] = "no json"; }; }},
      {"legacy-sct-missing", "1.6", false, [](LegacyDraft& d) { d.base.request.with_sct = false; }},
      {"legacy-leaf-of-untrusted-authority", "1.6", false,
       [](LegacyDraft& d) { d.base.UseAuthority({}, false); }},
      {"legacy-san-two-values", "4.12", false,
       [](LegacyDraft& d) {
         d.base.request.identity.sans.push_back({SanKind::kEmail, "dev@example.com"});
       }},
  };
}

std::vector<LegacyCase> Collect() {
  std::vector<LegacyCase> all = PayloadCases();
  const std::vector<LegacyCase> rest = LogAndTimeCases();
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}

}  // namespace

MintedLegacyCase MakeLegacyCase(const LegacyCase& legacy_case, Sigstore& sigstore) {
  LegacyDraft draft{{sigstore, MintRequest(), {}, {}}, {}, OciDigest("a manifest")};
  legacy_case.edit(draft);
  LegacySignature signature = MintLegacy(sigstore, draft.digest, draft.base.request, draft.options);
  return {std::move(signature), TrustedRootJson(sigstore, draft.base.trust), draft.digest};
}

const std::vector<LegacyCase>& AllLegacyCases() {
  static const auto* cases = new std::vector<LegacyCase>(Collect());
  return *cases;
}

const LegacyCase& LegacyCaseNamed(std::string_view name) {
  for (const LegacyCase& legacy_case : AllLegacyCases()) {
    if (name == legacy_case.name) return legacy_case;
  }
  Require(false, "no legacy case is called " + std::string(name));
  return AllLegacyCases().front();
}

}  // namespace chartseal::sandbox
