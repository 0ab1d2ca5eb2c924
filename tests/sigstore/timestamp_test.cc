#include "verifier/sigstore/timestamp.h"
#include "test_directories.h"

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

// A token of the sandbox's own authority with `edit` applied before it is signed.
CaseParts WithToken(void (*edit)(TimestampSpec&)) {
  static void (*current)(TimestampSpec&);
  current = edit;
  return PartsOf(Shape::kV2Dsse,
                 [](CaseDraft& d) { d.stamp().token = [](TimestampSpec& t) { current(t); }; });
}

void ExpectRejected(const CaseParts& parts, Reason reason, std::string_view detail) {
  const auto outcome = Verify(parts);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(Name(outcome.rejection().reason), Name(reason)) << outcome.rejection().ToString();
  EXPECT_THAT(outcome.rejection().ToString(), HasSubstr(std::string(detail)));
}

std::string Attribute(std::string_view oid, const std::string& value) {
  return der::Sequence({der::Oid(oid), der::SetOf({value})});
}

constexpr char kSigningCertificate[] = "1.2.840.113549.1.9.16.2.12";
constexpr char kSigningCertificateV2[] = "1.2.840.113549.1.9.16.2.47";

// With an explicit hash algorithm.
std::string CertificateId(sandbox::HashAlgorithm hash, std::string_view certificate) {
  const std::string id = der::Sequence(
      {der::Algorithm(sandbox::HashOid(hash)), der::OctetString(sandbox::HashWith(hash, certificate))});
  return Attribute(kSigningCertificateV2, der::Sequence({der::Sequence({id})}));
}

TEST(Timestamp, ATokenThatDoesNotNameItsCertificateByHashIsAccepted) {
  EXPECT_TRUE(Verify(WithToken([](auto& t) { t.extra_attributes.clear(); })).ok());
}

TEST(Timestamp, ATokenMayNameItsCertificateByALongerHash) {
  const auto parts = WithToken([](auto& t) {
    t.extra_attributes = {CertificateId(sandbox::HashAlgorithm::kSha512, SharedSandbox().tsa().leaf())};
  });
  EXPECT_TRUE(Verify(parts).ok());
}

TEST(Timestamp, ATokenThatNamesAnotherCertificateIsInvalid) {
  ExpectRejected(WithToken([](auto& t) {
                   t.extra_attributes = {CertificateId(sandbox::HashAlgorithm::kSha256, "another")};
                 }),
                 Reason::kTimestampInvalid, "names another certificate");
  ExpectRejected(
      WithToken([](auto& t) {
        t.extra_attributes = {CertificateId(sandbox::HashAlgorithm::kSha1, SharedSandbox().tsa().leaf())};
      }),
      Reason::kTimestampInvalid, "names another certificate");
}

TEST(Timestamp, ATokenThatNamesItsCertificateBySha1OnlyIsInvalid) {
  ExpectRejected(
      WithToken([](auto& t) {
        const std::string id = der::Sequence({der::OctetString(std::string(20, 'x'))});
        t.extra_attributes = {Attribute(kSigningCertificate, der::Sequence({der::Sequence({id})}))};
      }),
      Reason::kTimestampInvalid, "by SHA-1 only");
}

TEST(Timestamp, AttributesThatStandTwiceAreMalformed) {
  ExpectRejected(WithToken([](auto& t) {
                   t.extra_attributes = {Attribute("1.2.840.113549.1.9.4", der::OctetString("digest"))};
                 }),
                 Reason::kTimestampMalformed, "attribute messageDigest stands twice");
  ExpectRejected(
      WithToken([](auto& t) { t.extra_attributes = {Attribute("1.2.840.113549.1.9.3", der::Oid("1.2.3"))}; }),
      Reason::kTimestampMalformed, "attribute contentType stands twice");
  ExpectRejected(WithToken([](auto& t) { t.extra_attributes.push_back(t.extra_attributes[0]); }),
                 Reason::kTimestampMalformed, "attribute signingCertificateV2 stands twice");
}

TEST(Timestamp, AnAttributeWithTwoValuesIsMalformed) {
  ExpectRejected(WithToken([](auto& t) {
                   t.extra_attributes = {der::Sequence(
                       {der::Oid(kSigningCertificateV2),
                        der::SetOf({der::Sequence({der::Sequence({der::Sequence({der::OctetString("a")})})}),
                                    der::Null()})})};
                 }),
                 Reason::kTimestampMalformed, "could not be read");
}

TEST(Timestamp, AnotherVersionOfTstInfoIsMalformed) {
  const auto parts = PartsOf(Shape::kV2Dsse, [](CaseDraft& d) {
    d.stamp().tst_info = [](sandbox::TstInfoSpec& info) { info.version = 2; };
  });
  ExpectRejected(parts, Reason::kTimestampMalformed, "TSTInfo is not of version 1");
}

// A TSTInfo of one's own; the signature and the message digest cover it.
CaseParts WithTstInfo(const std::string& tail) {
  static std::string current;
  current = tail;
  return PartsOf(Shape::kV2Dsse, [](CaseDraft& d) {
    d.stamp().token = [](TimestampSpec& t) {
      const std::string body = t.tst_info.substr(static_cast<uint8_t>(t.tst_info[1]) < 0x80 ? 2 : 3);
      t.tst_info = der::Element(0x30, body + current);
      t.message_digest = sandbox::HashWith(t.digest, t.tst_info);
    };
  });
}

std::string TstExtensions(const std::string& critical) {
  return der::ImplicitConstructed(1, der::Sequence({der::Oid("1.2.3"), critical, der::OctetString("value")}));
}

TEST(Timestamp, OptionalFieldsOfTstInfoAreSkipped) {
  EXPECT_TRUE(Verify(WithTstInfo(der::Boolean(true) + der::Integer(7) + der::Explicit(0, der::Null()) +
                                 TstExtensions("")))
                  .ok());
}

TEST(Timestamp, ACriticalExtensionOfTstInfoIsMalformed) {
  ExpectRejected(WithTstInfo(TstExtensions(der::Boolean(true))), Reason::kTimestampMalformed,
                 "critical extension 1.2.3 is not understood");
}

TEST(Timestamp, FieldsOfTstInfoOutOfOrderAreMalformed) {
  ExpectRejected(WithTstInfo(der::Integer(7) + der::Boolean(true)), Reason::kTimestampMalformed,
                 "trailing bytes");
}

TEST(Timestamp, LargerThanTheLimitIsMalformed) {
  const CaseParts parts = PartsOf("stamp-with-nonce");
  const auto outcome = VerifyTimestamp(std::string(limits::kMaxTimestampBytes + 1, '0'), "", parts.root);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.rejection().reason, Reason::kTimestampMalformed);
  EXPECT_THAT(outcome.rejection().detail, HasSubstr("too large"));
}

TEST(Timestamp, NoByteCanBeChangedUnnoticed) {
  const CaseParts parts = PartsOf("stamp-with-embedded-certificate-and-only-the-ca-trusted");
  const std::string& token = parts.tokens.at(0);
  ASSERT_TRUE(VerifyTimestamp(token, parts.signature, parts.root).ok());
  int accepted = 0;
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] ^= 0x01;
    accepted += VerifyTimestamp(changed, parts.signature, parts.root).ok() ? 1 : 0;
  }
  // Outside the signed parts: versions, the status "granted with mods", digestAlgorithms and parameters.
  EXPECT_LE(accepted, 32);
}

// -- Real tokens

std::string ReadFile(const std::string& name) {
  std::ifstream file(std::string(CHARTSEAL_SOURCE_DIR "/../shared/vectors/") + name);
  EXPECT_TRUE(file.good()) << "../shared/vectors/" << name << " is missing";
  return {std::istreambuf_iterator<char>(file), {}};
}

Checked<VerifiedTimestamp> VerifyReal(const std::string& folder) {
  const std::string path = "sigstore/" + folder + "/";
  return Verify(
      Take({ReadFile(path + "bundle.sigstore.json"), ReadFile(path + "trusted_root.json"), "", ""}));
}

TEST(RealTimestamps, AreAcceptedWithAndWithoutTheEmbeddedCertificate) {
  for (const char* folder : {"rekor2-timestamp-with-embedded-cert", "rekor2-timestamp-without-embedded-cert",
                             "rekor2-happy-path"}) {
    const auto outcome = VerifyReal(folder);
    EXPECT_TRUE(outcome.ok()) << folder << ": " << outcome.rejection().ToString();
  }
}

TEST(RealTimestamps, OverOtherBytesOrByAnUnknownAuthorityAreTurnedAway) {
  EXPECT_EQ(VerifyReal("rekor2-timestamp-payload-mismatch_fail").rejection().reason,
            Reason::kTimestampImprint);
  EXPECT_EQ(VerifyReal("rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail").rejection().reason,
            Reason::kTimestampUntrusted);
}

}  // namespace
}  // namespace chartseal::sigstore
