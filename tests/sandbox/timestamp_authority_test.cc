#include "tests/sandbox/timestamp_authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ts.h>

#include "tests/sandbox/encoding.h"
#include "tests/sandbox/openssl_testing.h"

namespace chartseal::sandbox {
namespace {

using testing::HasSubstr;

const absl::Time kStart = absl::FromUnixSeconds(1'767'225'600);
const absl::Time kStamped = kStart + absl::Hours(5);
constexpr char kMessage[] = "the signature bytes";

TimestampAuthorityOptions Options() {
  TimestampAuthorityOptions options;
  options.not_before = kStart;
  options.not_after = kStart + absl::Hours(24 * 3650);
  return options;
}

STACK_OF(X509) * Bag(const std::vector<std::string>& certificates) {
  STACK_OF(X509)* bag = sk_X509_new_null();
  for (const std::string& der : certificates) sk_X509_push(bag, ParseCertificate(der).release());
  return bag;
}

// "" when OpenSSL accepts the response over the message with the chain's last certificate as anchor, else its
// reason.
std::string TokenError(const TimestampAuthority& tsa, const std::string& response, std::string message) {
  ERR_clear_error();
  const unsigned char* cursor = reinterpret_cast<const unsigned char*>(response.data());
  TS_RESP* parsed = d2i_TS_RESP(nullptr, &cursor, static_cast<long>(response.size()));
  if (parsed == nullptr) return "not a TimeStampResp";
  TS_VERIFY_CTX* context = TS_VERIFY_CTX_new();
  TS_VERIFY_CTX_set_flags(context, TS_VFY_SIGNATURE | TS_VFY_VERSION | TS_VFY_DATA);
  TS_VERIFY_CTX_set_data(context, BIO_new_mem_buf(message.data(), static_cast<int>(message.size())));
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, ParseCertificate(tsa.Chain().back()).get());
  X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), absl::ToUnixSeconds(kStamped));
  TS_VERIFY_CTX_set_store(context, store);
  TS_VERIFY_CTX_set_certs(context, Bag(tsa.Chain()));
  const bool verified = TS_RESP_verify_response(context, parsed) == 1;
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  const std::string error = verified ? "" : reason == nullptr ? "refused" : reason;
  TS_VERIFY_CTX_free(context);
  TS_RESP_free(parsed);
  return error;
}

TEST(TimestampAuthority, TokenWithoutCertificateVerifiesForOpenSsl) {
  const TimestampAuthority tsa(Options());
  EXPECT_EQ(TokenError(tsa, tsa.Stamp(kMessage, kStamped), kMessage), "");
}

TEST(TimestampAuthority, TokenWithCertificateVerifiesForOpenSsl) {
  TimestampAuthorityOptions options = Options();
  options.embed_certificate = true;
  options.with_intermediate = true;
  const TimestampAuthority tsa(options);
  EXPECT_EQ(TokenError(tsa, tsa.Stamp(kMessage, kStamped), kMessage), "");
}

TEST(TimestampAuthority, FractionsOfASecondAreReadByOpenSsl) {
  const TimestampAuthority tsa(Options());
  const std::string response = tsa.Stamp(kMessage, kStamped + absl::Milliseconds(250));
  EXPECT_THAT(response, HasSubstr("20260101050000.25Z"));
  EXPECT_EQ(TokenError(tsa, response, kMessage), "");
}

TEST(TimestampAuthority, TokenOverAnotherMessageIsRefused) {
  const TimestampAuthority tsa(Options());
  EXPECT_EQ(TokenError(tsa, tsa.Stamp("another", kStamped), kMessage), "message imprint mismatch");
}

TEST(TimestampAuthority, ChangedSignatureIsRefused) {
  const TimestampAuthority tsa(Options());
  TimestampHooks hooks;
  hooks.signature = [&](std::string& signature) { signature = tsa.leaf_key().Sign("something else"); };
  EXPECT_EQ(TokenError(tsa, tsa.Stamp(kMessage, kStamped, hooks), kMessage), "signature failure");
}

TEST(TimestampAuthority, WrongMessageDigestAttributeIsRefused) {
  const TimestampAuthority tsa(Options());
  TimestampHooks hooks;
  hooks.token = [](TimestampSpec& token) { token.message_digest = Sha256("another content"); };
  EXPECT_EQ(TokenError(tsa, tsa.Stamp(kMessage, kStamped, hooks), kMessage), "digest failure");
}

TEST(TimestampAuthority, LeafWithoutCriticalPurposeIsRefused) {
  TimestampAuthorityOptions options = Options();
  options.leaf = [](CertificateSpec& spec) {
    spec.Set(ExtendedKeyUsageExtension({kPurposeTimeStamping}, false));
  };
  const TimestampAuthority tsa(options);
  EXPECT_EQ(TokenError(tsa, tsa.Stamp(kMessage, kStamped), kMessage), "certificate verify error");
}

TEST(TimestampAuthority, StatusOfRejectionIsRefused) {
  const TimestampAuthority tsa(Options());
  TimestampHooks hooks;
  hooks.token = [](TimestampSpec& token) { token.status = 2; };
  EXPECT_NE(TokenError(tsa, tsa.Stamp(kMessage, kStamped, hooks), kMessage), "");
}

}  // namespace
}  // namespace chartseal::sandbox
