#include "tests/sandbox/mint_case.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

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

}  // namespace
}  // namespace chartseal::sandbox
