#include "verifier/crypto/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/sandbox/certificate_spec.h"
#include "tests/sandbox/der_writer.h"
#include "tests/sandbox/identity.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::crypto {
namespace {

namespace der = sandbox::der;
using sandbox::CertificateSpec;
using sandbox::Key;
using std::string_literals::operator""s;
using testing::HasSubstr;

const Key& Signer() {
  static const auto* key = new Key(Key::Generate(sandbox::KeyType::kEcdsaP256));
  return *key;
}

CertificateSpec Spec() {
  CertificateSpec spec;
  spec.serial = "\x11\x22";
  spec.issuer = sandbox::EncodeName("issuer org", "issuer");
  spec.subject = sandbox::EncodeName("subject org", "subject");
  spec.not_before = absl::FromUnixSeconds(1'767'225'600);
  spec.not_after = spec.not_before + absl::Minutes(10);
  spec.spki = Signer().Spki();
  spec.extensions = {sandbox::KeyUsageExtension({0}),
                     sandbox::ExtendedKeyUsageExtension({sandbox::kPurposeCodeSigning, "1.2.3.4"}, true),
                     sandbox::SubjectKeyIdExtension(spec.spki)};
  return spec;
}

std::string Signed(const std::function<void(CertificateSpec&)>& edit = {}) {
  CertificateSpec spec = Spec();
  if (edit) edit(spec);
  return sandbox::SignCertificate(spec, Signer());
}

// The parts of a certificate, for putting it together by hand.
struct Parts {
  std::string version = der::Explicit(0, der::Integer(2));
  std::string serial = der::Integer(1);
  std::string algorithm = Signer().SignatureAlgorithm();
  std::string validity;
  std::string after_key;  // unique ids and extensions
  std::string outer_algorithm = Signer().SignatureAlgorithm();
  std::string signature = der::BitString("signature");
  std::string after_signature;

  std::string Der() const {
    const CertificateSpec spec = Spec();
    const std::string period =
        validity.empty() ? der::X509Time(spec.not_before) + der::X509Time(spec.not_after) : validity;
    const std::string tbs = der::Sequence({version, serial, algorithm, spec.issuer, der::Sequence({period}),
                                           spec.subject, spec.spki, after_key});
    return der::Sequence({tbs, outer_algorithm, signature, after_signature});
  }
};

void ExpectMalformed(const std::string& der_bytes, const std::string& message) {
  const auto certificate = Certificate::FromDer(der_bytes);
  ASSERT_FALSE(certificate.ok()) << message;
  EXPECT_EQ(ReasonOf(certificate.status()), Reason::kCertificateMalformed);
  EXPECT_THAT(Message(certificate.status()), HasSubstr(message));
}

void ExpectExtensionMalformed(const std::string& oid, const std::string& value, const std::string& message) {
  ExpectMalformed(Signed([&](auto& spec) { spec.Set({oid, false, value}); }), message);
}

std::string ExtensionList(const std::string& extensions) {
  return der::Explicit(3, der::Element(0x30, extensions));
}

TEST(Certificate, FieldsAreRead) {
  const Certificate certificate = Certificate::FromDer(Signed()).value();
  const CertificateSpec spec = Spec();
  EXPECT_EQ(certificate.serial(), "\x11\x22");
  EXPECT_EQ(certificate.subject_der(), spec.subject);
  EXPECT_EQ(certificate.issuer_der(), spec.issuer);
  EXPECT_EQ(certificate.subject_text(), "CN=subject,O=subject org");
  EXPECT_EQ(certificate.not_before(), spec.not_before);
  EXPECT_EQ(certificate.not_after(), spec.not_after);
  EXPECT_EQ(certificate.public_key().spki_der(), Signer().Spki());
  EXPECT_FALSE(certificate.is_ca());
  EXPECT_THAT(*certificate.extended_key_usage(), testing::ElementsAre("1.3.6.1.5.5.7.3.3", "1.2.3.4"));
  EXPECT_TRUE(certificate.extended_key_usage_is_critical());
  ASSERT_EQ(certificate.extensions().size(), 3u);
  EXPECT_EQ(certificate.extensions()[1].oid, "2.5.29.37");
  EXPECT_EQ(certificate.FindExtension("1.2.3"), nullptr);
}

TEST(Certificate, SelfSignedMeansNameAndSignature) {
  const auto self = [](auto& spec) { spec.issuer = spec.subject; };
  EXPECT_TRUE(Certificate::FromDer(Signed(self)).value().is_self_signed());
  EXPECT_FALSE(Certificate::FromDer(Signed()).value().is_self_signed());
  CertificateSpec spec = Spec();
  spec.issuer = spec.subject;
  const std::string by_another = sandbox::SignCertificate(spec, Key::Generate(sandbox::KeyType::kEcdsaP256));
  EXPECT_FALSE(Certificate::FromDer(by_another).value().is_self_signed());
}

TEST(Certificate, TimesOfEitherFormAreRead) {
  const absl::Time far = absl::FromUnixSeconds(4'102'444'800);  // 2100
  const auto certificate = Certificate::FromDer(Signed([&](auto& spec) { spec.not_after = far; }));
  EXPECT_EQ(certificate->not_after(), far);
  Parts old;
  old.validity = der::Element(0x17, "500101000000Z") + der::Element(0x17, "491231235959Z");
  const Certificate century = Certificate::FromDer(old.Der()).value();
  EXPECT_EQ(absl::FormatTime("%Y", century.not_before(), absl::UTCTimeZone()), "1950");
  EXPECT_EQ(absl::FormatTime("%Y", century.not_after(), absl::UTCTimeZone()), "2049");
}

TEST(Certificate, OtherFormsOfTimeAreRefused) {
  const std::string good = der::Element(0x17, "260101000000Z");
  for (const std::string& bad : {der::Element(0x17, "2601010000Z"), der::Element(0x17, "260101000000+0000"),
                                 der::Element(0x17, "260230000000Z"), der::Element(0x18, "20260101000000.5Z"),
                                 der::Element(0x18, "20260101000000"), der::Element(0x0C, "260101000000Z")}) {
    Parts parts;
    parts.validity = good + bad;
    EXPECT_FALSE(Certificate::FromDer(parts.Der()).ok()) << bad;
    parts.validity = bad + good;
    EXPECT_FALSE(Certificate::FromDer(parts.Der()).ok()) << bad;
  }
}

TEST(Certificate, TrailingBytesAnywhereAreRefused) {
  ASSERT_TRUE(Certificate::FromDer(Parts().Der()).ok());
  ExpectMalformed(Signed() + "x", "1 trailing bytes");
  Parts parts;
  parts.after_signature = der::Null();
  ExpectMalformed(parts.Der(), "2 trailing bytes");
  parts = {};
  parts.after_key = ExtensionList(der::Sequence({der::Oid("1.2.3"), der::OctetString("")})) + der::Null();
  ExpectMalformed(parts.Der(), "2 trailing bytes");
}

TEST(Certificate, EveryTruncationIsRefused) {
  const std::string whole = Signed();
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(Certificate::FromDer(whole.substr(0, size)).ok()) << size;
  }
}

TEST(Certificate, OnlyVersion3IsRead) {
  Parts parts;
  parts.version = "";
  ExpectMalformed(parts.Der(), "expected tag 0xa0");
  parts.version = der::Explicit(0, der::Integer(1));
  ExpectMalformed(parts.Der(), "not an X.509 version 3 certificate");
}

TEST(Certificate, AnOuterAlgorithmOtherThanTheSignedOneIsRefused) {
  Parts parts;
  parts.outer_algorithm = Signer().SignatureAlgorithm(sandbox::HashAlgorithm::kSha384);
  ExpectMalformed(parts.Der(), "signature algorithms inside and outside differ");
}

TEST(Certificate, AlgorithmParametersThatDoNotBelongAreRefused) {
  Parts parts;
  parts.algorithm = parts.outer_algorithm = der::AlgorithmWithNull("1.2.840.10045.4.3.2");
  ExpectMalformed(parts.Der(), "signature algorithm has wrong parameters");
  parts.algorithm = parts.outer_algorithm = der::Algorithm("1.2.840.113549.1.1.11");
  ExpectMalformed(parts.Der(), "signature algorithm has wrong parameters");
}

TEST(Certificate, ASha1SignatureIsReadButVerifiesNothing) {
  CertificateSpec spec = Spec();
  spec.issuer = spec.subject;
  const auto sign = [&](sandbox::HashAlgorithm hash) {
    spec.signature_algorithm = Signer().SignatureAlgorithm(hash);
    const std::string tbs = sandbox::EncodeTbs(spec, Signer());
    return Certificate::FromDer(
        der::Sequence({tbs, spec.signature_algorithm, der::BitString(Signer().SignWith(hash, tbs))}));
  };
  EXPECT_TRUE(sign(sandbox::HashAlgorithm::kSha512).value().is_self_signed());
  EXPECT_FALSE(sign(sandbox::HashAlgorithm::kSha1).value().is_self_signed());
}

TEST(Certificate, AnUnsupportedPublicKeyIsRefused) {
  ExpectMalformed(
      Signed([](auto& spec) {
        spec.spki = der::Sequence({der::Algorithm("1.3.101.113"), der::BitString(std::string(57, 'x'))});
      }),
      "algorithm 1.3.101.113; expected ECDSA, RSA or Ed25519");
}

TEST(Certificate, AnExtensionThatStandsTwiceIsRefused) {
  ExpectMalformed(Signed([](auto& spec) { spec.extensions.push_back(spec.extensions[0]); }),
                  "extension 2.5.29.15 stands twice");
}

TEST(Certificate, ADefaultWrittenOutIsNotDer) {
  Parts parts;
  const auto with = [](std::string_view boolean) {
    return ExtensionList(der::Sequence({der::Oid("1.2.3"), der::Element(1, boolean), der::OctetString("")}));
  };
  parts.after_key = with("\xff");
  EXPECT_TRUE(Certificate::FromDer(parts.Der()).value().extensions()[0].critical);
  for (const std::string& bad : {"\0"s, "\1"s, ""s, "\xff\xff"s}) {
    parts.after_key = with(bad);
    ExpectMalformed(parts.Der(), "extension 1.2.3: 'critical' is not DER");
  }
}

TEST(Certificate, TheListOfExtensionsIsNeitherEmptyNorEndless) {
  Parts parts;
  parts.after_key = ExtensionList("");
  ExpectMalformed(parts.Der(), "empty list of extensions");
  std::string many;
  for (size_t i = 0; i <= limits::kMaxCertificateExtensions; ++i) {
    many += der::Sequence({der::Oid(Cat("1.2.3.", i)), der::OctetString("")});
  }
  parts.after_key = ExtensionList(many);
  ExpectMalformed(parts.Der(), "too many extensions");
}

TEST(Certificate, UniqueIdsAreSkipped) {
  Parts parts;
  parts.after_key = der::ImplicitPrimitive(1, "\0a"s) + der::ImplicitPrimitive(2, "\0b"s) +
                    ExtensionList(der::Sequence({der::Oid("1.2.3"), der::OctetString("v")}));
  EXPECT_EQ(Certificate::FromDer(parts.Der()).value().FindExtension("1.2.3")->value, "v");
}

TEST(Certificate, KeyUsageMustBeAMinimalBitString) {
  constexpr char kOid[] = "2.5.29.15";
  ExpectExtensionMalformed(kOid, der::Element(3, ""), "of one to nine bits was expected");
  ExpectExtensionMalformed(kOid, der::Element(3, "\0"s), "of one to nine bits was expected");
  ExpectExtensionMalformed(kOid, der::Element(3, "\x08\x80"), "unused bits are set");
  ExpectExtensionMalformed(kOid, der::Element(3, "\x07\xC0"), "unused bits are set");
  ExpectExtensionMalformed(kOid, der::NamedBits({0}) + der::Null(), "trailing bytes");
}

TEST(Certificate, BasicConstraintsThatCannotBeAreRefused) {
  constexpr char kOid[] = "2.5.29.19";
  ExpectExtensionMalformed(kOid, der::Sequence({der::Integer(0)}), "path length constraint that cannot be");
  ExpectExtensionMalformed(kOid, der::Sequence({der::Boolean(true), der::Integer(-1)}),
                           "path length constraint that");
  ExpectExtensionMalformed(kOid, der::Sequence({der::Boolean(false)}), "'cA' is not DER");
  ExpectExtensionMalformed(kOid, der::Sequence({der::Boolean(true), der::Null()}), "trailing bytes");
}

TEST(Certificate, AnExtendedKeyUsageNamesAtLeastOnePurpose) {
  ExpectExtensionMalformed("2.5.29.37", der::Sequence({}), "extension 2.5.29.37: no purpose");
  ExpectExtensionMalformed("2.5.29.37", der::Sequence({der::Null()}), "expected tag 0x06");
}

TEST(Certificate, SubjectAltNamesOfEveryKindAreTold) {
  using Kind = SubjectAltName::Kind;
  const std::string names = der::Sequence({
      der::ImplicitConstructed(0, der::Oid("1.2.3") + der::Explicit(0, der::Utf8String("user"))),
      der::ImplicitPrimitive(1, "a@b"),
      der::ImplicitPrimitive(2, "host"),
      der::ImplicitConstructed(4, der::Sequence({})),
      der::ImplicitPrimitive(6, "https://x"),
      der::ImplicitPrimitive(7, "\x7f\1\1\1"),
      der::ImplicitPrimitive(8, "\x2a"),
  });
  const auto read = Certificate::FromDer(Signed([&](auto& spec) {
                      spec.Set({"2.5.29.17", true, names});
                    })).value();
  std::vector<Kind> kinds;
  for (const auto& name : read.subject_alt_names()) kinds.push_back(name.kind);
  EXPECT_THAT(kinds, testing::ElementsAre(Kind::kOtherName, Kind::kEmail, Kind::kDns, Kind::kOther,
                                          Kind::kUri, Kind::kIp, Kind::kOther));
  EXPECT_EQ(read.subject_alt_names()[0].type_oid, "1.2.3");
  EXPECT_EQ(read.subject_alt_names()[0].value, der::Utf8String("user"));
  EXPECT_EQ(read.subject_alt_names()[4].value, "https://x");
}

TEST(Certificate, SubjectAltNamesThatAreNotNamesAreRefused) {
  constexpr char kOid[] = "2.5.29.17";
  ExpectExtensionMalformed(kOid, der::Sequence({}), "no name");
  ExpectExtensionMalformed(kOid, der::Sequence({der::ImplicitPrimitive(6, "https://\xc3\xa4")}),
                           "a name is not ASCII");
  ExpectExtensionMalformed(kOid, der::Sequence({der::Utf8String("x")}), "an unknown kind of name");
  ExpectExtensionMalformed(kOid, der::Sequence({der::ImplicitConstructed(6, "")}), "an unknown kind of name");
  ExpectExtensionMalformed(kOid, der::Sequence({der::ImplicitConstructed(0, der::Oid("1.2.3"))}),
                           "found the end");
}

TEST(Certificate, RemovingAnExtensionRebuildsTheLengthsAndNothingElse) {
  CertificateSpec spec = Spec();
  const std::string without = sandbox::EncodeTbs(spec, Signer());
  spec.extensions.insert(spec.extensions.begin() + 1,
                         {std::string(oid::kSctList), false, std::string(300, 'x')});
  const Certificate certificate = Certificate::FromDer(sandbox::SignCertificate(spec, Signer())).value();
  EXPECT_EQ(certificate.TbsWithoutExtension(oid::kSctList).value(), without);
  EXPECT_THAT(Message(certificate.TbsWithoutExtension("1.2.3").status()),
              HasSubstr("has no extension 1.2.3"));
}

TEST(Certificate, RemovingTheOnlyExtensionRemovesTheList) {
  CertificateSpec spec = Spec();
  spec.extensions.clear();
  Parts bare;
  Parts one;
  one.after_key = ExtensionList(der::Sequence({der::Oid("1.2.3"), der::OctetString("v")}));
  const std::string tbs = Certificate::FromDer(one.Der()).value().TbsWithoutExtension("1.2.3").value();
  EXPECT_EQ(der::Sequence({tbs, bare.outer_algorithm, bare.signature}), bare.Der());
}

TEST(Certificate, PemListsKeepTheirOrder) {
  const auto pem = [](const std::string& bytes) {
    return "-----BEGIN CERTIFICATE-----\n" + Base64Encode(bytes) + "\n-----END CERTIFICATE-----\n";
  };
  const std::string a = Signed(), b = Signed([](auto&spec) { spec.serial = "\x7f"; });
  const auto list = Certificate::ListFromPem("text\n" + pem(a) + pem(b)).value();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].der(), a);
  EXPECT_EQ(list[1].der(), b);
  const auto expect = [](const std::string& text, const char* message) {
    const absl::Status status = Certificate::ListFromPem(text).status();
    EXPECT_EQ(ReasonOf(status), Reason::kCertificateMalformed);
    EXPECT_THAT(Message(status), HasSubstr(message));
  };
  expect("", "no PEM block 'CERTIFICATE'");
  expect(pem("not DER"), "DER");
  expect("-----BEGIN CERTIFICATE-----\nAAAA", "has no end line");
  std::string many;
  for (int i = 0; i <= limits::kMaxChainLength; ++i) many += pem(a);
  expect(many, "more than 8 in one PEM file");
}

TEST(Certificate, LargerThanTheLimitIsRefused) {
  ExpectMalformed(std::string(limits::kMaxCertificateBytes + 1, '0'), "too large");
}

}  // namespace
}  // namespace chartseal::crypto
