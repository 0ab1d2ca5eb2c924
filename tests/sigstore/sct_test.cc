#include "verifier/sigstore/sct.h"
#include "test_directories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/sandbox/der_writer.h"
#include "tests/sandbox/encoding.h"
#include "tests/sigstore/minted_case.h"
#include "verifier/base/limits.h"

// Every rule of spec/sigstore.md §4.10 broken on its own, and real certificates.
namespace chartseal::sigstore {
namespace {

using crypto::Certificate;
using sandbox::CaseDraft;
using sandbox::SctSpec;
using sandbox::Shape;
using testing::HasSubstr;

// The certificate of `root` whose key signed the leaf.
Certificate IssuerOf(const Certificate& leaf, const TrustedRoot& root) {
  for (const CertificateAuthority& authority : root.certificate_authorities()) {
    const auto path = authority.chain.Verify(leaf, {}, leaf.not_before(), crypto::oid::kCodeSigning);
    if (path.ok()) return (*path)[1];
  }
  return root.certificate_authorities().at(0).chain.certificates().at(0);
}

Checked<std::set<std::string>> Verify(const CaseParts& parts, int threshold = 1) {
  return VerifyScts(parts.leaf, IssuerOf(parts.leaf, parts.root), parts.root, threshold);
}

struct Expectation {
  const char* name;  // in the sandbox's catalogue
  Reason reason;     // kNone: accepted
  const char* detail;
};

void PrintTo(const Expectation& expectation, std::ostream* out) { *out << expectation.name; }

class CatalogueSct : public testing::TestWithParam<Expectation> {};

TEST_P(CatalogueSct, HasExactlyThisOutcome) {
  const auto outcome = Verify(PartsOf(GetParam().name));
  if (GetParam().reason == Reason::kNone) {
    ASSERT_TRUE(outcome.ok()) << outcome.rejection().ToString();
    EXPECT_EQ(outcome->size(), 1u);
    return;
  }
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(Name(outcome.rejection().reason), Name(GetParam().reason)) << outcome.rejection().ToString();
  EXPECT_THAT(outcome.rejection().detail, HasSubstr(GetParam().detail));
}

INSTANTIATE_TEST_SUITE_P(Accepted, CatalogueSct,
                         testing::ValuesIn<Expectation>({
                             {"sct-of-second-trusted-log", Reason::kNone, ""},
                             {"sct-of-unknown-and-trusted-log", Reason::kNone, ""},
                             {"sct-with-extension", Reason::kNone, ""},
                             {"sct-at-log-validity-end", Reason::kNone, ""},
                             {"leaf-issued-by-root", Reason::kNone, ""},
                         }));

INSTANTIATE_TEST_SUITE_P(
    Refused, CatalogueSct,
    testing::ValuesIn<Expectation>({
        {"sct-missing", Reason::kSctMissing, "no embedded SCT"},
        {"sct-of-unknown-log", Reason::kSctThreshold, "too few trusted CT logs"},
        {"sct-by-another-key-under-the-trusted-id", Reason::kSctInvalid, "does not verify"},
        {"sct-over-another-issuer", Reason::kSctInvalid, "does not verify"},
        {"sct-over-another-certificate", Reason::kSctInvalid, "does not verify"},
        {"sct-over-another-time", Reason::kSctInvalid, "does not verify"},
        {"sct-as-final-certificate-entry", Reason::kSctInvalid, "does not verify"},
        {"sct-of-unknown-version", Reason::kSctMalformed, "not of version 1"},
        {"sct-claiming-another-algorithm", Reason::kSctInvalid, "does not verify"},
        {"sct-before-log-validity", Reason::kSctInvalid, "outside the validity of the log's key"},
        {"sct-after-log-validity", Reason::kSctInvalid, "outside the validity of the log's key"},
        {"sct-with-trailing-bytes", Reason::kSctMalformed, "an SCT is cut short or has trailing bytes"},
        {"sct-list-with-trailing-bytes", Reason::kSctMalformed, "list: is cut short or has trailing bytes"},
        {"sct-list-truncated", Reason::kSctMalformed, "list: is cut short"},
        {"sct-list-empty", Reason::kSctMalformed, "is empty"},
        {"sct-poison-in-leaf", Reason::kSctMalformed, "precertificate"},
    }));

CaseParts WithHooks(void (*edit)(sandbox::CertificateHooks&)) {
  static void (*current)(sandbox::CertificateHooks&);
  current = edit;
  return PartsOf(Shape::kV1Dsse, [](CaseDraft& d) { current(d.request.certificate_hooks); });
}

void ExpectRejected(const CaseParts& parts, Reason reason, std::string_view detail) {
  const auto outcome = Verify(parts);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(Name(outcome.rejection().reason), Name(reason));
  EXPECT_THAT(outcome.rejection().detail, HasSubstr(std::string(detail)));
}

TEST(Sct, AHashOtherThanSha256IsRefused) {
  const auto parts = WithHooks([](auto& hooks) { hooks.sct = [](SctSpec& sct) { sct.hash_id = 5; }; });
  ExpectRejected(parts, Reason::kSctInvalid, "uses an algorithm that RFC 6962 does not allow");
}

TEST(Sct, AnEd25519SignatureIsRefused) {
  const auto parts = WithHooks([](auto& hooks) { hooks.sct = [](SctSpec& sct) { sct.signature_id = 7; }; });
  ExpectRejected(parts, Reason::kSctInvalid, "uses an algorithm that RFC 6962 does not allow");
}

TEST(Sct, TwoSctsOfOneLogCountOnce) {
  const auto parts = WithHooks([](auto& hooks) {
    hooks.sct_list = [](std::vector<std::string>& scts, const SctSpec& base) {
      SctSpec later = base;
      later.timestamp_ms += 1000;
      scts.push_back(SharedSandbox().ct_log().Issue(later));
    };
  });
  EXPECT_EQ(Verify(parts, 1)->size(), 1u);
  const auto two = Verify(parts, 2);
  ASSERT_FALSE(two.ok());
  EXPECT_EQ(two.rejection().reason, Reason::kSctThreshold);
  EXPECT_EQ(two.rejection().expected, "2");
  EXPECT_EQ(two.rejection().found, "1");
}

TEST(Sct, TwoLogsMeetAThresholdOfTwo) {
  const auto parts = PartsOf(Shape::kV1Dsse, [](CaseDraft& d) {
    const auto* second = d.Keep<sandbox::CtLog>(sandbox::Key::Generate(sandbox::KeyType::kEcdsaP256));
    d.request.ct_logs = {&d.sigstore.ct_log(), second};
    d.trust.extra_ct_logs = {second};
  });
  ASSERT_TRUE(Verify(parts, 2).ok());
  EXPECT_EQ(Verify(parts, 2)->size(), 2u);
}

TEST(Sct, AnInvalidSctOfAKnownLogIsNotSavedByAValidOne) {
  const auto parts = WithHooks([](auto& hooks) {
    hooks.sct_list = [](std::vector<std::string>& scts, const SctSpec&) {
      scts.push_back(scts[0]);
      scts[1][40] ^= 1;  // in the time
    };
  });
  ExpectRejected(parts, Reason::kSctInvalid, "does not verify");
}

TEST(Sct, MoreSctsThanTheLimitAreRefused) {
  const auto parts = WithHooks([](auto& hooks) {
    hooks.sct_list = [](std::vector<std::string>& scts, const SctSpec&) {
      scts.resize(limits::kMaxScts + 1, scts[0]);
    };
  });
  ExpectRejected(parts, Reason::kSctMalformed, "more than 32 SCTs");
}

TEST(Sct, AnEmptySctIsMalformed) {
  const auto parts = WithHooks([](auto& hooks) {
    hooks.sct_list = [](std::vector<std::string>& scts, const SctSpec&) { scts[0].clear(); };
  });
  ExpectRejected(parts, Reason::kSctMalformed, "not of version 1");
}

TEST(Sct, TheListMustBeAnOctetStringInsideTheExtension) {
  const auto parts = WithHooks([](auto& hooks) {
    hooks.certificate_with_scts = [](sandbox::CertificateSpec& spec) {
      std::string& value = spec.Find(sandbox::kOidSctList)->value;
      value = sandbox::der::Utf8String(value.substr(3));
    };
  });
  ExpectRejected(parts, Reason::kSctMalformed, "not one DER OCTET STRING");
}

TEST(Sct, AnotherIssuerThanThatOfTheVerifiedPathDoesNotDo) {
  const CaseParts parts = PartsOf("sct-at-log-validity-end");
  const auto& chain = parts.root.certificate_authorities().at(0).chain;
  const auto outcome = VerifyScts(parts.leaf, chain.anchor(), parts.root, 1);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.rejection().reason, Reason::kSctInvalid);
}

TEST(Sct, WithAThresholdOfZeroACertificateWithoutSctsPasses) {
  const auto none = Verify(PartsOf("sct-missing"), 0);
  ASSERT_TRUE(none.ok());
  EXPECT_TRUE(none->empty());
}

// -- Real certificates

std::string ReadFile(const std::string& name) {
  std::ifstream file(std::string(CHARTSEAL_SOURCE_DIR "/../shared/vectors/") + name);
  EXPECT_TRUE(file.good()) << "../shared/vectors/" << name << " is missing";
  return {std::istreambuf_iterator<char>(file), {}};
}

Certificate RealLeaf(const std::string& bundle_name) {
  const auto bundle = nlohmann::json::parse(ReadFile(bundle_name));
  const auto& material = bundle["verificationMaterial"];
  const auto& certificate = material.contains("certificate")
                                ? material["certificate"]
                                : material["x509CertificateChain"]["certificates"][0];
  return Certificate::FromDer(FromBase64(certificate["rawBytes"])).value();
}

TEST(RealScts, VerifyWithThePublicGoodLogs) {
  const auto root = TrustedRoot::ParseJson(ReadFile("public-good/trusted_root.json"), "root").value();
  for (const char* name :
       {"cpython/01-3.12.2.sigstore.json", "cpython/07-3.10.7.sigstore.json",
        "cpython/20-3.15.0a2.sigstore.json", "sigstore/happy-path-v0.1/bundle.sigstore.json",
        "sigstore/happy-path-v0.3-new-mediaType/bundle.sigstore.json"}) {
    const Certificate leaf = RealLeaf(name);
    const auto logs = VerifyScts(leaf, IssuerOf(leaf, root), root, 1);
    EXPECT_TRUE(logs.ok()) << name << ": " << logs.rejection().ToString();
  }
}

TEST(RealScts, VerifyWithAStaticLogsExtension) {
  const std::string folder = "sigstore/bundle-with-sct-with-extensions/";
  const auto root = TrustedRoot::ParseJson(ReadFile(folder + "trusted_root.json"), "root").value();
  const Certificate leaf = RealLeaf(folder + "bundle.sigstore.json");
  const auto logs = VerifyScts(leaf, IssuerOf(leaf, root), root, 1);
  EXPECT_TRUE(logs.ok()) << logs.rejection().ToString();
}

TEST(RealScts, OfALogThatTheTrustedRootDoesNotKnowDoNotCount) {
  const std::string folder = "sigstore/invalid-ct-key_fail/";
  const auto root = TrustedRoot::ParseJson(ReadFile(folder + "trusted_root.json"), "root").value();
  const Certificate leaf = RealLeaf(folder + "bundle.sigstore.json");
  const auto logs = VerifyScts(leaf, IssuerOf(leaf, root), root, 1);
  ASSERT_FALSE(logs.ok());
  EXPECT_EQ(logs.rejection().reason, Reason::kSctThreshold);
  EXPECT_EQ(logs.rejection().found, "0");
}

}  // namespace
}  // namespace chartseal::sigstore
