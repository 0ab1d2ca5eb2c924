#include "verifier/sigstore/timestamp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/sandbox/der_writer.h"
#include "tests/sandbox/encoding.h"
#include "tests/sigstore/minted_case.h"
#include "verifier/base/limits.h"

// Every rule of spec/sigstore.md §4.3 broken on its own.
namespace chartseal::sigstore {
namespace {

namespace der = sandbox::der;
using sandbox::CaseDraft;
using sandbox::CertificateSpec;
using sandbox::Shape;
using sandbox::TimestampSpec;
using testing::HasSubstr;

constexpr char kTsa[] = "https://tsa.sandbox.test/api/v1/timestamp";
constexpr char kSecondTsa[] = "https://tsa2.sandbox.test/api/v1/timestamp";

Checked<VerifiedTimestamp> Verify(const CaseParts& parts) {
  return VerifyTimestamp(parts.tokens.at(0), parts.signature, parts.root);
}

struct Expectation {
  const char* name;    // in the sandbox's catalogue
  Reason reason;       // kNone: accepted
  const char* detail;  // part of the message; for what is accepted, the authority
};

void PrintTo(const Expectation& expectation, std::ostream* out) { *out << expectation.name; }

class CatalogueTimestamp : public testing::TestWithParam<Expectation> {};

TEST_P(CatalogueTimestamp, HasExactlyThisOutcome) {
  const auto outcome = Verify(PartsOf(GetParam().name));
  if (GetParam().reason == Reason::kNone) {
    ASSERT_TRUE(outcome.ok()) << outcome.rejection().ToString();
    EXPECT_EQ(outcome->authority, GetParam().detail);
    return;
  }
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(Name(outcome.rejection().reason), Name(GetParam().reason)) << outcome.rejection().ToString();
  EXPECT_THAT(outcome.rejection().ToString(), HasSubstr(GetParam().detail));
}

INSTANTIATE_TEST_SUITE_P(Accepted, CatalogueTimestamp,
                         testing::ValuesIn<Expectation>({
                             {"stamp-at-certificate-start", Reason::kNone, kTsa},
                             {"stamp-with-fraction", Reason::kNone, kTsa},
                             {"stamp-at-tsa-validity-end", Reason::kNone, kTsa},
                             {"stamp-with-nonce", Reason::kNone, kTsa},
                             {"stamp-digest-sha512", Reason::kNone, kTsa},
                             {"stamp-status-granted-with-mods", Reason::kNone, kTsa},
                             {"stamp-by-second-tsa", Reason::kNone, kSecondTsa},
                             {"stamp-with-embedded-certificate", Reason::kNone, kSecondTsa},
                             {"stamp-with-embedded-certificate-and-only-the-ca-trusted", Reason::kNone,
                              kSecondTsa},
                             {"stamp-through-an-intermediate", Reason::kNone, kSecondTsa},
                         }));

INSTANTIATE_TEST_SUITE_P(
    Malformed, CatalogueTimestamp,
    testing::ValuesIn<Expectation>({
        {"stamp-status-rejection", Reason::kTimestampMalformed, "did not grant it: status 2"},
        {"stamp-content-info-type-wrong", Reason::kTimestampMalformed,
         "1.2.840.113549.1.7.3, not signedData"},
        {"stamp-content-type-wrong", Reason::kTimestampMalformed, "1.2.840.113549.1.7.1, not TSTInfo"},
        {"stamp-with-two-signers", Reason::kTimestampMalformed, "more than one signer"},
        {"stamp-without-signed-attributes", Reason::kTimestampMalformed, "no signed attributes"},
        {"stamp-with-trailing-bytes", Reason::kTimestampMalformed, "8 trailing bytes"},
        {"stamp-is-not-der", Reason::kTimestampMalformed, "expected tag 0x30"},
    }));

INSTANTIATE_TEST_SUITE_P(
    Invalid, CatalogueTimestamp,
    testing::ValuesIn<Expectation>({
        {"stamp-signature-wrong", Reason::kTimestampInvalid, "signature does not verify"},
        {"stamp-by-another-key", Reason::kTimestampInvalid, "signature does not verify"},
        {"stamp-message-digest-wrong", Reason::kTimestampInvalid,
         "message digest is not that of its content"},
        {"stamp-digest-sha1", Reason::kTimestampInvalid, "digest algorithm is not accepted"},
        {"stamp-attribute-content-type-wrong", Reason::kTimestampInvalid, "content type is not TSTInfo"},
        {"stamp-with-another-certificate-than-the-pinned", Reason::kTimestampInvalid,
         "embedded in the timestamp is not the trusted signer's"},
        {"stamp-claiming-the-trusted-issuer-and-serial", Reason::kTimestampInvalid,
         "signature does not verify"},
        {"stamp-over-another-message", Reason::kTimestampImprint, "over other bytes than this signature"},
        {"stamp-imprint-of-wrong-algorithm", Reason::kTimestampImprint, "over other bytes"},
        {"stamp-imprint-sha1", Reason::kTimestampImprint, "1.3.14.3.2.26"},
    }));

INSTANTIATE_TEST_SUITE_P(
    Untrusted, CatalogueTimestamp,
    testing::ValuesIn<Expectation>({
        {"stamp-by-unknown-tsa", Reason::kTimestampUntrusted, "no trusted timestamp authority"},
        {"stamp-by-unknown-tsa-with-certificate", Reason::kTimestampUntrusted,
         "no trusted timestamp authority"},
        {"stamp-without-certificate-and-only-the-ca-trusted", Reason::kTimestampUntrusted, ""},
        {"stamp-with-trusted-certificate-beside-another-signer", Reason::kTimestampUntrusted,
         "is not issued by a trusted authority"},
    }));

INSTANTIATE_TEST_SUITE_P(
    Signer, CatalogueTimestamp,
    testing::ValuesIn<Expectation>({
        {"stamp-outside-tsa-validity", Reason::kTimestampOutsideValidity,
         "for which its authority is trusted"},
        {"stamp-outside-tsa-certificate", Reason::kTimestampOutsideValidity,
         "'CN=sandbox-tsa-two,O=sandbox.test' was not valid"},
        {"tsa-purpose-not-critical", Reason::kTimestampSignerUsage, "is not for that alone"},
        {"tsa-purpose-missing", Reason::kTimestampSignerUsage, "is not for that alone"},
        {"tsa-purpose-another", Reason::kTimestampSignerUsage, "is not for that alone"},
        {"tsa-purpose-not-the-only-one", Reason::kTimestampSignerUsage, "is not for that alone"},
        {"tsa-signer-is-a-ca", Reason::kTimestampSignerUsage, "is not for that alone"},
        {"tsa-intermediate-for-another-purpose", Reason::kTimestampSignerUsage,
         "may not issue for this extended key usage"},
    }));

}  // namespace
}  // namespace chartseal::sigstore
