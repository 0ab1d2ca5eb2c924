#include "tests/sandbox/state.h"

#include <gtest/gtest.h>

#include "tests/sandbox/encoding.h"
#include "tests/sandbox/trusted_root_file.h"

namespace chartseal::sandbox {
namespace {

TEST(State, KeptSigstoreHasTheSameTrustedRootAndGoesOnWithItsLogs) {
  const std::string path = testing::TempDir() + "/sandbox-state/state.json";
  Sigstore original;
  original.Mint(MintRequest());
  SaveState(original, path);
  const std::unique_ptr<Sigstore> kept = LoadState(path);
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(TrustedRootJson(*kept), TrustedRootJson(original));
  EXPECT_EQ(kept->rekor_v1().tree().size(), original.rekor_v1().tree().size());
  EXPECT_EQ(kept->rekor_v1().tree().Root(), original.rekor_v1().tree().Root());
  const LogEntry next = kept->MintDetailed(MintRequest()).log_entries[0];
  EXPECT_GE(next.proof.log_index, original.rekor_v1().tree().size());
}

TEST(State, MissingFileIsNoState) {
  EXPECT_EQ(LoadState(testing::TempDir() + "/no-such-state.json"), nullptr);
}

TEST(StateDeathTest, AnotherFileIsRefused) {
  const std::string path = testing::TempDir() + "/not-a-state.json";
  WriteFile(path, "[]");
  EXPECT_DEATH(LoadState(path), "is not a sandbox state");
}

}  // namespace
}  // namespace chartseal::sandbox
