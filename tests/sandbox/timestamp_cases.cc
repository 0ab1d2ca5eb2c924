#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"
#include "tests/sandbox/mint_case.h"

// RFC 3161 tokens, spec/sigstore.md §4.3. The entries are of Rekor v2, so the token is the only time.
namespace chartseal::sandbox {
namespace {

using nlohmann::json;

TimestampAuthorityOptions Embedding() {
  TimestampAuthorityOptions options;
  options.embed_certificate = true;
  return options;
}

TimestampAuthorityOptions WithLeaf(void (*edit)(CertificateSpec&)) {
  TimestampAuthorityOptions options;
  options.leaf = edit;
  return options;
}

std::vector<MintCase> TimeCases() {
  return {
      {"stamp-missing", "4.2", false, Shape::kV2Dsse, [](CaseDraft& d) { d.request.timestamps.clear(); }},
      {"stamp-before-certificate", "4.2", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.request.timestamps[0].delay = -absl::Seconds(1); }},
      {"stamp-at-certificate-start", "4.2", true, Shape::kV2Dsse,
       [](CaseDraft& d) { d.request.timestamps[0].delay = absl::ZeroDuration(); }},
      {"stamp-after-certificate", "4.2", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.request.timestamps[0].delay = absl::Minutes(10) + absl::Seconds(1); }},
      {"stamp-with-fraction", "4.3", true, Shape::kV2Dsse,
       [](CaseDraft& d) { d.request.timestamps[0].delay = absl::Milliseconds(1250); }},
      {"stamp-beside-promise-outside-certificate", "4.2", false, Shape::kV1Stamped,
       [](CaseDraft& d) { d.request.timestamps[0].delay = absl::Minutes(11); }},
      {"stamp-outside-tsa-validity", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.trust.mutate = [](json& root) {
           root["timestampAuthorities"][0]["validFor"]["start"] = "2027-01-01T00:00:00Z";
         };
       }},
      {"stamp-at-tsa-validity-end", "3.1", true, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.trust.mutate = [](json& root) {
           root["timestampAuthorities"][0]["validFor"]["end"] = "2026-01-31T00:00:01Z";
         };
       }},
      {"stamp-outside-tsa-certificate", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         TimestampAuthorityOptions options;
         options.leaf = [end = d.sigstore.start() + absl::Hours(1)](CertificateSpec& spec) {
           spec.not_after = end;
         };
         d.UseTsa(options);
       }},
      {"stamp-twice-by-one-tsa", "4.1", true, Shape::kV2Dsse,
       [](CaseDraft& d) { d.request.timestamps.push_back(TimestampRequest()); }},
  };
}

std::vector<MintCase> TokenCases() {
  return {
      {"stamp-over-another-message", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.request.content_hooks.stamped = [](std::string& stamped) { stamped = "another message"; };
       }},
      {"stamp-imprint-of-wrong-algorithm", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.stamp().tst_info = [](TstInfoSpec& info) { info.hash = HashAlgorithm::kSha384; };
       }},
      {"stamp-imprint-sha1", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.stamp().tst_info = [](TstInfoSpec& info) {
           info.hash = HashAlgorithm::kSha1;
           info.imprint = std::string(20, 'x');
         };
       }},
      {"stamp-with-nonce", "4.3", true, Shape::kV2Dsse,
       [](CaseDraft& d) { d.stamp().tst_info = [](TstInfoSpec& info) { info.nonce = "\x7f\x01"; }; }},
      {"stamp-signature-wrong", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.stamp().signature = [&d](std::string& s) { s = d.sigstore.tsa().leaf_key().Sign("another text"); };
       }},
      {"stamp-by-another-key", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.stamp().signature = [](std::string& s) { s = Key::Generate(KeyType::kEcdsaP256).Sign("text"); };
       }},
      {"stamp-message-digest-wrong", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.stamp().token = [](TimestampSpec& t) { t.message_digest[0] ^= 1; }; }},
      {"stamp-digest-sha1", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.stamp().token = [](TimestampSpec& t) {
           t.digest = HashAlgorithm::kSha1;
           t.message_digest = Sha1(t.tst_info);
         };
       }},
      {"stamp-digest-sha512", "4.3", true, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.stamp().token = [](TimestampSpec& t) {
           t.digest = HashAlgorithm::kSha512;
           t.message_digest = Sha512(t.tst_info);
         };
       }},
      {"stamp-without-signed-attributes", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.stamp().token = [](TimestampSpec& t) { t.with_signed_attributes = false; }; }},
      {"stamp-attribute-content-type-wrong", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.stamp().token = [](TimestampSpec& t) { t.attribute_content_type = "1.2.840.113549.1.7.1"; };
       }},
      {"stamp-content-type-wrong", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.stamp().token = [](TimestampSpec& t) { t.content_type = "1.2.840.113549.1.7.1"; };
       }},
      {"stamp-content-info-type-wrong", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.stamp().token = [](TimestampSpec& t) { t.content_info_type = "1.2.840.113549.1.7.3"; };
       }},
      {"stamp-status-rejection", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.stamp().token = [](TimestampSpec& t) { t.status = 2; }; }},
      {"stamp-status-granted-with-mods", "4.3", true, Shape::kV2Dsse,
       [](CaseDraft& d) { d.stamp().token = [](TimestampSpec& t) { t.status = 1; }; }},
      {"stamp-with-two-signers", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.stamp().token = [](TimestampSpec& t) { t.signer_info_copies = 2; }; }},
      {"stamp-with-trailing-bytes", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.stamp().response = [](std::string& r) { r += "trailing"; }; }},
      {"stamp-is-not-der", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.stamp().response = [](std::string& r) { r = "not DER"; }; }},
  };
}

std::vector<MintCase> SignerCases() {
  return {
      {"stamp-by-unknown-tsa", "4.3", false, Shape::kV2Dsse, [](CaseDraft& d) { d.UseTsa({}, false); }},
      {"stamp-by-unknown-tsa-with-certificate", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.UseTsa(Embedding(), false); }},
      {"stamp-by-second-tsa", "4.3", true, Shape::kV2Dsse, [](CaseDraft& d) { d.UseTsa({}); }},
      {"stamp-with-embedded-certificate", "4.3", true, Shape::kV2Dsse,
       [](CaseDraft& d) { d.UseTsa(Embedding()); }},
      {"stamp-with-embedded-certificate-and-only-the-ca-trusted", "4.3", true, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.UseTsa(Embedding());
         d.trust.tsa_leaf_in_chain = false;
       }},
      {"stamp-through-an-intermediate", "4.3", true, Shape::kV2Dsse,
       [](CaseDraft& d) {
         TimestampAuthorityOptions options = Embedding();
         options.with_intermediate = true;
         d.UseTsa(options);
       }},
      {"stamp-without-certificate-and-only-the-ca-trusted", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.trust.tsa_leaf_in_chain = false; }},
      {"stamp-with-another-certificate-than-the-pinned", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         TimestampAuthorityOptions options;
         options.not_before = d.sigstore.start();
         options.not_after = d.sigstore.end();
         const auto* other = d.Keep<TimestampAuthority>(options);
         d.stamp().token = [other](TimestampSpec& t) { t.certificates = {other->leaf()}; };
       }},
      // CVE-2026-39984: the signer is an unknown key, the trusted leaf only lies in the bag.
      {"stamp-with-trusted-certificate-beside-another-signer", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.UseTsa(Embedding(), false);
         d.trust.tsa_leaf_in_chain = false;
         d.stamp().token = [trusted = d.sigstore.tsa().leaf()](TimestampSpec& t) {
           t.certificates.insert(t.certificates.begin(), trusted);
         };
       }},
      {"stamp-claiming-the-trusted-issuer-and-serial", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.UseTsa({}, false);
         d.stamp().token = [tsa = d.sigstore.tsa().identity()](TimestampSpec& t) {
           t.certificates = {tsa.chain[0]};
           t.signer_issuer = tsa.leaf_issuer;
           t.signer_serial = tsa.leaf_serial;
         };
       }},
      {"tsa-purpose-not-critical", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.UseTsa(WithLeaf([](CertificateSpec& spec) {
           spec.Set(ExtendedKeyUsageExtension({kPurposeTimeStamping}, false));
         }));
       }},
      {"tsa-purpose-missing", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.UseTsa(WithLeaf([](CertificateSpec& spec) { spec.Remove(kOidExtendedKeyUsage); }));
       }},
      {"tsa-purpose-another", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.UseTsa(WithLeaf([](CertificateSpec& spec) {
           spec.Set(ExtendedKeyUsageExtension({kPurposeCodeSigning}, true));
         }));
       }},
      {"tsa-purpose-not-the-only-one", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.UseTsa(WithLeaf([](CertificateSpec& spec) {
           spec.Set(ExtendedKeyUsageExtension({kPurposeTimeStamping, "1.3.6.1.4.1.99999.1"}, true));
         }));
       }},
      {"tsa-intermediate-for-another-purpose", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         TimestampAuthorityOptions options;
         options.with_intermediate = true;
         options.intermediate = [](CertificateSpec& spec) {
           spec.Set(ExtendedKeyUsageExtension({kPurposeCodeSigning}, false));
         };
         d.UseTsa(options);
       }},
      {"tsa-signer-is-a-ca", "4.3", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         TimestampAuthorityOptions options = Embedding();
         options.leaf = [](CertificateSpec& spec) { spec.extensions.push_back(CaConstraintsExtension(-1)); };
         d.UseTsa(options);
         d.trust.tsa_leaf_in_chain = false;
       }},
  };
}

}  // namespace

std::vector<MintCase> TimestampCases() {
  std::vector<MintCase> all;
  for (const auto& part : {TimeCases(), TokenCases(), SignerCases()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace chartseal::sandbox
