#include <nlohmann/json.hpp>

#include "tests/sandbox/der_writer.h"
#include "tests/sandbox/encoding.h"
#include "tests/sandbox/mint_case.h"

// Embedded SCTs, spec/sigstore.md §4.10.
namespace chartseal::sandbox {
namespace {

using nlohmann::json;

void EditSct(CaseDraft& d, void (*edit)(SctSpec&)) { d.request.certificate_hooks.sct = edit; }

}  // namespace

std::vector<MintCase> SctCases() {
  return {
      {"sct-missing", "4.10", false, Shape::kV1Dsse, [](CaseDraft& d) { d.request.with_sct = false; }},
      {"sct-of-unknown-log", "4.10", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.ct_logs = {d.Keep<CtLog>(Key::Generate(KeyType::kEcdsaP256))}; }},
      {"sct-of-second-trusted-log", "4.10", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         const auto* log = d.Keep<CtLog>(Key::Generate(KeyType::kEcdsaP256));
         d.request.ct_logs = {log};
         d.trust.extra_ct_logs = {log};
       }},
      {"sct-of-unknown-and-trusted-log", "4.10", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.ct_logs = {d.Keep<CtLog>(Key::Generate(KeyType::kEcdsaP256)), &d.sigstore.ct_log()};
       }},
      {"sct-by-another-key-under-the-trusted-id", "4.10", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.ct_logs = {d.Keep<CtLog>(Key::Generate(KeyType::kEcdsaP256))};
         d.request.certificate_hooks.sct = [id = d.sigstore.ct_log().LogId()](SctSpec& sct) {
           sct.log_id = id;
         };
       }},
      {"sct-over-another-issuer", "4.10", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         EditSct(d, [](SctSpec& sct) { sct.issuer_key_hash = Sha256("another issuer"); });
       }},
      {"sct-over-another-certificate", "4.10", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.certificate_hooks.certificate_with_scts = [](CertificateSpec& spec) {
           spec.serial = "\x42";
         };
       }},
      {"sct-over-another-time", "4.10", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.certificate_hooks.sct_list = [](auto& scts, const SctSpec&) { scts[0][40] ^= 1; };
       }},
      {"sct-with-extension", "4.10", true, Shape::kV1Dsse,
       [](CaseDraft& d) { EditSct(d, [](SctSpec& sct) { sct.extensions = LeafIndexExtension(123456); }); }},
      {"sct-as-final-certificate-entry", "4.10", false, Shape::kV1Dsse,
       [](CaseDraft& d) { EditSct(d, [](SctSpec& sct) { sct.entry_type = 0; }); }},
      {"sct-of-unknown-version", "4.10", false, Shape::kV1Dsse,
       [](CaseDraft& d) { EditSct(d, [](SctSpec& sct) { sct.version = 1; }); }},
      {"sct-claiming-another-algorithm", "4.10", false, Shape::kV1Dsse,
       [](CaseDraft& d) { EditSct(d, [](SctSpec& sct) { sct.signature_id = 1; }); }},
      {"sct-before-log-validity", "4.10", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.trust.mutate = [](json& root) {
           root["ctlogs"][0]["publicKey"]["validFor"]["start"] = "2027-01-01T00:00:00Z";
         };
       }},
      {"sct-after-log-validity", "4.10", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.trust.mutate = [](json& root) {
           root["ctlogs"][0]["publicKey"]["validFor"]["end"] = "2026-01-02T00:00:00Z";
         };
       }},
      {"sct-at-log-validity-end", "3.1", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.trust.mutate = [](json& root) {
           root["ctlogs"][0]["publicKey"]["validFor"]["end"] = "2026-01-31T00:00:00Z";
         };
       }},
      {"sct-with-trailing-bytes", "4.10", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.certificate_hooks.sct_list = [](auto& scts, const SctSpec&) { scts[0] += "tail"; };
       }},
      {"sct-list-with-trailing-bytes", "4.10", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.certificate_hooks.sct_list_bytes = [](std::string& list) { list += "tail"; };
       }},
      {"sct-list-truncated", "4.10", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.certificate_hooks.sct_list_bytes = [](std::string& list) { list.pop_back(); };
       }},
      {"sct-list-empty", "4.10", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.certificate_hooks.sct_list_bytes = [](std::string& list) { list = std::string(2, '\0'); };
       }},
      {"sct-poison-in-leaf", "4.10", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.certificate_hooks.certificate = [](CertificateSpec& spec) {
           spec.extensions.push_back({kOidPoison, true, der::Null()});
         };
       }},
  };
}

}  // namespace chartseal::sandbox
