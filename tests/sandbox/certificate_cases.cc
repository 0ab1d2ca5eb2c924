#include <nlohmann/json.hpp>

#include "tests/sandbox/der_writer.h"
#include "tests/sandbox/encoding.h"
#include "tests/sandbox/mint_case.h"

// Chain and identity of the leaf, spec/sigstore.md §4.9 and §4.12. SCTs and signatures cover every change
// made here.
namespace chartseal::sandbox {
namespace {

using nlohmann::json;

CertificateAuthorityOptions WithIntermediate(void (*edit)(CertificateSpec&)) {
  CertificateAuthorityOptions options;
  options.intermediate = edit;
  return options;
}

void EditLeaf(CaseDraft& d, void (*edit)(CertificateSpec&)) {
  d.request.certificate_hooks.certificate = edit;
}

std::vector<MintCase> LeafCases() {
  return {
      {"leaf-is-a-ca", "4.9", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         EditLeaf(d, [](CertificateSpec& spec) { spec.extensions.push_back(CaConstraintsExtension(-1)); });
       }},
      {"leaf-without-purpose", "4.9", false, Shape::kV1Dsse,
       [](CaseDraft& d) { EditLeaf(d, [](CertificateSpec& spec) { spec.Remove(kOidExtendedKeyUsage); }); }},
      {"leaf-for-another-purpose", "4.9", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         EditLeaf(d, [](CertificateSpec& spec) {
           spec.Set(ExtendedKeyUsageExtension({kPurposeServerAuth}, false));
         });
       }},
      {"leaf-without-digital-signature", "4.9", false, Shape::kV1Dsse,
       [](CaseDraft& d) { EditLeaf(d, [](CertificateSpec& spec) { spec.Set(KeyUsageExtension({2})); }); }},
      {"leaf-with-unknown-critical-extension", "4.9", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         EditLeaf(d, [](CertificateSpec& spec) {
           spec.extensions.push_back({"1.2.3.4.5", true, der::Null()});
         });
       }},
      {"leaf-with-unknown-extension", "4.9", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         EditLeaf(d, [](CertificateSpec& spec) {
           spec.extensions.push_back({"1.3.6.1.4.1.57264.1.99", false, der::Utf8String("new")});
         });
       }},
      {"leaf-with-extension-twice", "4.9", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         EditLeaf(d, [](CertificateSpec& spec) { spec.extensions.push_back(*spec.Find(FulcioOid(8))); });
       }},
      {"leaf-issued-by-root", "4.9", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         CertificateAuthorityOptions options;
         options.with_intermediate = false;
         d.UseAuthority(options);
       }},
      {"leaf-signature-wrong", "4.9", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         // The certificate of an impostor with the trusted authority's names, under another key.
         const SigstoreOptions& trusted = d.sigstore.options();
         CertificateAuthorityOptions options = trusted.ca;
         options.not_before = d.sigstore.start();
         options.not_after = d.sigstore.end();
         d.request.ca = d.Keep<CertificateAuthority>(options);
       }},
      {"leaf-of-untrusted-authority", "4.9", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.UseAuthority({}, false); }},
      {"leaf-of-untrusted-authority-with-its-chain", "4.9", false, Shape::kV1Message,
       [](CaseDraft& d) {
         d.request.version = BundleVersion::kV02;
         d.UseAuthority({}, false);
       }},
  };
}

std::vector<MintCase> AuthorityCases() {
  return {
      {"ca-second-trusted", "4.9", true, Shape::kV1Dsse, [](CaseDraft& d) { d.UseAuthority({}); }},
      {"ca-same-name-another-key-listed-first", "4.9", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         CertificateAuthorityOptions options = d.sigstore.options().ca;
         options.not_before = d.sigstore.start();
         options.not_after = d.sigstore.end();
         d.trust.extra_authorities = {d.Keep<CertificateAuthority>(options)};
         d.trust.mutate = [](json& root) {
           std::swap(root["certificateAuthorities"][0], root["certificateAuthorities"][1]);
         };
       }},
      {"ca-entry-not-yet-valid", "3.1", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.trust.mutate = [](json& root) {
           root["certificateAuthorities"][0]["validFor"]["start"] = "2030-01-01T00:00:00Z";
         };
       }},
      {"ca-intermediate-expired", "4.9", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         CertificateAuthorityOptions options;
         options.intermediate = [end = d.sigstore.start() + absl::Hours(1)](CertificateSpec& spec) {
           spec.not_after = end;
         };
         d.UseAuthority(options);
       }},
      {"ca-root-expired", "4.9", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         CertificateAuthorityOptions options;
         options.root = [end = d.sigstore.start() + absl::Hours(1)](CertificateSpec& spec) {
           spec.not_after = end;
         };
         d.UseAuthority(options);
       }},
      {"ca-intermediate-expires-while-leaf-lives", "4.9", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         CertificateAuthorityOptions options;
         options.intermediate = [end = d.sigstore.default_signing_time() +
                                       absl::Minutes(5)](CertificateSpec& spec) { spec.not_after = end; };
         d.UseAuthority(options);
       }},
      {"ca-intermediate-for-another-purpose", "4.9", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.UseAuthority(WithIntermediate([](CertificateSpec& spec) {
           spec.Set(ExtendedKeyUsageExtension({kPurposeTimeStamping}, false));
         }));
       }},
      {"ca-intermediate-without-purpose", "4.9", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.UseAuthority(WithIntermediate([](CertificateSpec& spec) { spec.Remove(kOidExtendedKeyUsage); }));
       }},
      {"ca-intermediate-is-not-a-ca", "4.9", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.UseAuthority(WithIntermediate([](CertificateSpec& spec) { spec.Remove(kOidBasicConstraints); }));
       }},
      {"ca-intermediate-may-not-sign-certificates", "4.9", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.UseAuthority(WithIntermediate([](CertificateSpec& spec) { spec.Set(KeyUsageExtension({0})); }));
       }},
      {"ca-root-path-length-exceeded", "4.9", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         CertificateAuthorityOptions options;
         options.root = [](CertificateSpec& spec) { spec.Set(CaConstraintsExtension(0)); };
         d.UseAuthority(options);
       }},
      {"ca-intermediate-with-unknown-critical-extension", "4.9", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.UseAuthority(WithIntermediate([](CertificateSpec& spec) {
           spec.extensions.push_back({"1.2.3.4.5", true, der::Null()});
         }));
       }},
  };
}

std::vector<MintCase> IdentityCases() {
  return {
      {"san-not-critical", "4.12", true, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.identity.san_critical = false; }},
      {"san-missing", "4.12", false, Shape::kV1Dsse, [](CaseDraft& d) { d.request.identity.sans.clear(); }},
      {"san-two-values", "4.12", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.identity.sans.push_back({SanKind::kEmail, "dev@example.com"});
       }},
      {"san-is-a-host-name", "4.12", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.identity.sans[0].kind = SanKind::kDns; }},
      {"issuer-only-v1", "4.12", true, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.identity.with_issuer_v2 = false; }},
      {"issuer-only-v2", "4.12", true, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.identity.with_issuer_v1 = false; }},
      {"issuer-missing", "4.12", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.identity.with_issuer_v1 = d.request.identity.with_issuer_v2 = false; }},
      {"issuer-v1-and-v2-differ", "4.12", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.identity.claims[1] = "https://another.example"; }},
      {"issuer-v2-written-raw", "4.12", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         EditLeaf(d, [](CertificateSpec& spec) {
           spec.Remove(FulcioOid(1));
           spec.Find(FulcioOid(8))->value = "https://token.actions.githubusercontent.com";
         });
       }},
  };
}

}  // namespace

std::vector<MintCase> CertificateCases() {
  std::vector<MintCase> all;
  for (const auto& part : {LeafCases(), AuthorityCases(), IdentityCases()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace chartseal::sandbox
