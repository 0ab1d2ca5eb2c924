#include <gtest/gtest.h>

#include <string>

#include "tests/conformance/vectors.h"
#include "verifier/base/encoding.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/trusted_root.h"

// The embedded root against another copy of the same facts, from the Sigstore project's own repository.
namespace chartseal::conformance {
namespace {

using sigstore::PublicGoodRoot;
using sigstore::TransparencyLog;
using sigstore::TrustedRoot;

void ExpectSameLogs(const std::vector<TransparencyLog>& embedded, const std::vector<TransparencyLog>& given) {
  ASSERT_EQ(embedded.size(), given.size());
  for (size_t i = 0; i < given.size(); ++i) {
    SCOPED_TRACE(given[i].base_url);
    EXPECT_EQ(embedded[i].base_url, given[i].base_url);
    EXPECT_EQ(HexEncode(embedded[i].log_id), HexEncode(given[i].log_id));
    EXPECT_EQ(HexEncode(embedded[i].key_hint), HexEncode(given[i].key_hint));
    EXPECT_EQ(embedded[i].key, given[i].key);
    EXPECT_EQ(embedded[i].valid_for.start, given[i].valid_for.start);
    EXPECT_EQ(embedded[i].valid_for.end, given[i].valid_for.end);
  }
}

template <typename Authority>
void ExpectSameAuthorities(const std::vector<Authority>& embedded, const std::vector<Authority>& given) {
  ASSERT_EQ(embedded.size(), given.size());
  for (size_t i = 0; i < given.size(); ++i) {
    SCOPED_TRACE(given[i].uri);
    EXPECT_EQ(embedded[i].uri, given[i].uri);
    EXPECT_EQ(embedded[i].chain.certificates(), given[i].chain.certificates());
    EXPECT_EQ(embedded[i].valid_for.start, given[i].valid_for.start);
    EXPECT_EQ(embedded[i].valid_for.end, given[i].valid_for.end);
  }
}

TEST(PublicGoodRootTest, HoldsTheKeysCertificatesAndValiditiesOfTheProjectsOwnCopy) {
  if (!HaveVectors()) return;
  const auto given = TrustedRoot::ParseJson(ReadVector("public-good/trusted_root.json"), "public-good");
  ASSERT_TRUE(given.ok()) << given.status();
  const TrustedRoot& embedded = PublicGoodRoot();
  ExpectSameLogs(embedded.tlogs(), given->tlogs());
  ExpectSameLogs(embedded.ctlogs(), given->ctlogs());
  ExpectSameAuthorities(embedded.certificate_authorities(), given->certificate_authorities());
  ExpectSameAuthorities(embedded.timestamp_authorities(), given->timestamp_authorities());
  ASSERT_EQ(embedded.timestamp_authorities().size(), 1u);
  EXPECT_EQ(embedded.timestamp_authorities()[0].leaf, given->timestamp_authorities()[0].leaf);
}

TEST(PublicGoodRootTest, EveryTrustedRootOfTheSuiteIsReadOrRefusedForItsMissingStart) {
  if (!HaveVectors()) return;
  for (const std::string& name : VectorDirectories("sigstore")) {
    const std::string file = "sigstore/" + name + "/trusted_root.json";
    if (!VectorExists(file)) continue;
    const auto root = TrustedRoot::ParseJson(ReadVector(file), name);
    if (name == "trust-root-tlog-missing-validity-start_fail") {
      EXPECT_EQ(Name(ReasonOf(root.status())), Name(Reason::kTrustedRootMalformed));
    } else {
      EXPECT_TRUE(root.ok()) << name << ": " << root.status();
    }
  }
}

}  // namespace
}  // namespace chartseal::conformance
