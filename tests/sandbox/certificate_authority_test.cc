#include "tests/sandbox/certificate_authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ct.h>

#include <cstdio>
#include <cstdlib>

#include "tests/sandbox/der_writer.h"
#include "tests/sandbox/encoding.h"
#include "tests/sandbox/mint.h"
#include "tests/sandbox/openssl_testing.h"

namespace chartseal::sandbox {
namespace {

using testing::HasSubstr;

Sigstore& Shared() {
  static auto* sigstore = new Sigstore;
  return *sigstore;
}

std::string Leaf(const CertificateHooks& hooks = {}, KeyType type = KeyType::kEcdsaP256) {
  MintRequest request;
  request.key_type = type;
  request.certificate_hooks = hooks;
  return Shared().MintDetailed(request).certificate;
}

std::string ErrorAt(const std::string& leaf, absl::Duration after_signing) {
  const CertificateAuthority& ca = Shared().ca();
  return ChainError(leaf, ca.intermediate(), ca.root(),
                    absl::ToUnixSeconds(Shared().default_signing_time() + after_signing));
}

// OpenSSL reads known logs from a file only.
CTLOG_STORE* StoreWith(const CtLog& log) {
  const std::string path = testing::TempDir() + "/ct_logs.conf";
  std::FILE* file = std::fopen(path.c_str(), "w");
  std::fprintf(file, "enabled_logs=sandbox\n[sandbox]\ndescription=sandbox\nkey=%s\n",
               Base64Encode(log.key().Spki()).c_str());
  std::fclose(file);
  CTLOG_STORE* store = CTLOG_STORE_new();
  EXPECT_EQ(CTLOG_STORE_load_file(store, path.c_str()), 1);
  return store;
}

// The status of the first SCT of the leaf, as OpenSSL sees it.
sct_validation_status_t SctStatus(const std::string& leaf, const CtLog& log) {
  const X509Pointer certificate = ParseCertificate(leaf);
  const X509Pointer issuer = ParseCertificate(Shared().ca().intermediate());
  auto* scts =
      static_cast<STACK_OF(SCT)*>(X509_get_ext_d2i(certificate.get(), NID_ct_precert_scts, nullptr, nullptr));
  if (scts == nullptr) return SCT_VALIDATION_STATUS_NOT_SET;
  CTLOG_STORE* store = StoreWith(log);
  CT_POLICY_EVAL_CTX* context = CT_POLICY_EVAL_CTX_new();
  CT_POLICY_EVAL_CTX_set1_cert(context, certificate.get());
  CT_POLICY_EVAL_CTX_set1_issuer(context, issuer.get());
  CT_POLICY_EVAL_CTX_set_shared_CTLOG_STORE(context, store);
  CT_POLICY_EVAL_CTX_set_time(context, static_cast<uint64_t>(absl::ToUnixMillis(Shared().end())));
  SCT* sct = sk_SCT_value(scts, 0);
  SCT_set_source(sct, SCT_SOURCE_X509V3_EXTENSION);
  SCT_validate(sct, context);
  const sct_validation_status_t status = SCT_get_validation_status(sct);
  CT_POLICY_EVAL_CTX_free(context);
  CTLOG_STORE_free(store);
  SCT_LIST_free(scts);
  return status;
}

TEST(CertificateAuthority, LeavesOfEveryKeyTypeChainToTheRootForOpenSsl) {
  for (const KeyType type : {KeyType::kEcdsaP256, KeyType::kEcdsaP384, KeyType::kEcdsaP521, KeyType::kRsa2048,
                             KeyType::kEd25519}) {
    EXPECT_EQ(ErrorAt(Leaf({}, type), absl::Minutes(1)), "") << static_cast<int>(type);
  }
}

TEST(CertificateAuthority, LeafExpiresAfterTenMinutes) {
  const std::string leaf = Leaf();
  EXPECT_EQ(ErrorAt(leaf, absl::Seconds(599)), "");
  EXPECT_EQ(ErrorAt(leaf, absl::Minutes(11)), "certificate has expired");
  EXPECT_EQ(ErrorAt(leaf, -absl::Minutes(1)), "certificate is not yet valid");
}

TEST(CertificateAuthority, LeafIssuedByTheRootItselfChains) {
  CertificateAuthorityOptions options;
  options.not_before = Shared().start();
  options.not_after = Shared().end();
  options.with_intermediate = false;
  const CertificateAuthority ca(options);
  const Key key = Key::Generate(KeyType::kEcdsaP256);
  const std::string leaf =
      ca.Issue({key.Spki(), Email("a@example.com", "https://issuer"), Shared().start()}, {});
  EXPECT_EQ(ChainError(leaf, "", ca.root(), absl::ToUnixSeconds(Shared().start())), "");
}

TEST(CertificateAuthority, SctOfTheLogIsValidForOpenSsl) {
  EXPECT_EQ(SctStatus(Leaf(), Shared().ct_log()), SCT_VALIDATION_STATUS_VALID);
}

TEST(CertificateAuthority, SctWithLeafIndexExtensionIsValidForOpenSsl) {
  CertificateHooks hooks;
  hooks.sct = [](SctSpec& sct) { sct.extensions = LeafIndexExtension(77); };
  EXPECT_EQ(SctStatus(Leaf(hooks), Shared().ct_log()), SCT_VALIDATION_STATUS_VALID);
}

TEST(CertificateAuthority, SctOfAnotherLogIsUnknown) {
  EXPECT_EQ(SctStatus(Leaf(), CtLog::Generate()), SCT_VALIDATION_STATUS_UNKNOWN_LOG);
}

TEST(CertificateAuthority, SctOverAnotherIssuerKeyIsInvalid) {
  CertificateHooks hooks;
  hooks.sct = [](SctSpec& sct) { sct.issuer_key_hash = Sha256("another issuer"); };
  EXPECT_EQ(SctStatus(Leaf(hooks), Shared().ct_log()), SCT_VALIDATION_STATUS_INVALID);
}

TEST(CertificateAuthority, ChangeAfterTheSctBreaksOnlyTheSct) {
  CertificateHooks hooks;
  hooks.certificate_with_scts = [](CertificateSpec& spec) { spec.serial = "\x42"; };
  const std::string leaf = Leaf(hooks);
  EXPECT_EQ(SctStatus(leaf, Shared().ct_log()), SCT_VALIDATION_STATUS_INVALID);
  EXPECT_EQ(ErrorAt(leaf, absl::Minutes(1)), "");
}

TEST(CertificateAuthority, ChangeBeforeTheSctIsCoveredByIt) {
  CertificateHooks hooks;
  hooks.certificate = [](CertificateSpec& spec) {
    spec.extensions.push_back({"1.2.3.4", true, der::Null()});
  };
  const std::string leaf = Leaf(hooks);
  EXPECT_EQ(SctStatus(leaf, Shared().ct_log()), SCT_VALIDATION_STATUS_VALID);
  EXPECT_EQ(ErrorAt(leaf, absl::Minutes(1)), "unhandled critical extension");
}

TEST(CertificateAuthority, CommandLineReadsTheClaims) {
  const std::string path = testing::TempDir() + "/leaf.der";
  std::FILE* file = std::fopen(path.c_str(), "w");
  const std::string leaf = Leaf();
  std::fwrite(leaf.data(), 1, leaf.size(), file);
  std::fclose(file);
  std::FILE* pipe = popen(("openssl x509 -inform DER -noout -text -in " + path).c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string text(64 << 10, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), pipe));
  EXPECT_EQ(pclose(pipe), 0);
  EXPECT_THAT(text, HasSubstr("X509v3 Subject Alternative Name: critical"));
  EXPECT_THAT(text,
              HasSubstr("URI:https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3"));
  EXPECT_THAT(
      text,
      HasSubstr("1.3.6.1.4.1.57264.1.8: \n                .+https://token.actions.githubusercontent.com"));
  EXPECT_THAT(
      text,
      HasSubstr("1.3.6.1.4.1.57264.1.1: \n                https://token.actions.githubusercontent.com"));
  EXPECT_THAT(text, HasSubstr("Code Signing"));
}

}  // namespace
}  // namespace chartseal::sandbox
