#include "tests/sandbox/mint_case.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/sandbox/legacy_case.h"

namespace chartseal::sandbox {
namespace {

TEST(MintCase, EveryCaseCanBeMintedAndNamesAreUnique) {
  Sigstore sigstore;
  std::set<std::string> names;
  for (const MintCase& mint_case : AllMintCases()) {
    EXPECT_TRUE(names.insert(mint_case.name).second) << mint_case.name;
    const MintedCase minted = MakeCase(mint_case, sigstore);
    EXPECT_FALSE(minted.bundle_json.empty()) << mint_case.name;
    EXPECT_NE(minted.trusted_root_json.find("certificateAuthorities"), std::string::npos) << mint_case.name;
  }
  EXPECT_GT(names.size(), 150u);
}

TEST(MintCase, CaseIsFoundByItsName) { EXPECT_STREQ(MintCaseNamed("sct-missing").name, "sct-missing"); }

TEST(LegacyCase, EveryCaseCanBeMintedAndNamesAreUnique) {
  Sigstore sigstore;
  std::set<std::string> names;
  for (const LegacyCase& legacy_case : AllLegacyCases()) {
    EXPECT_TRUE(names.insert(legacy_case.name).second) << legacy_case.name;
    EXPECT_FALSE(MakeLegacyCase(legacy_case, sigstore).signature.payload.empty()) << legacy_case.name;
  }
}

TEST(LegacyCaseDeathTest, UnknownNameIsRefused) {
  EXPECT_DEATH(LegacyCaseNamed("no-such-case"), "no legacy case is called no-such-case");
}

}  // namespace
}  // namespace chartseal::sandbox
