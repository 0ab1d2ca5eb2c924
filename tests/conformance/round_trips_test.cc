#include <gtest/gtest.h>

#include <atomic>

#include "tests/conformance/cosign_registries.h"

// How many round trips one verification takes: at most three follow one another for a digest (spec/design.md
// §6). Counted on the registry's own record, with enough latency that requests sent together overlap.
namespace chartseal::conformance {
namespace {

struct Cost {
  std::string verdict;
  size_t requests = 0;
  size_t in_sequence = 0;
  int told = 0;  // to RegistryOptions::on_request
};

class RoundTripsTest : public ::testing::TestWithParam<bool> {
 protected:
  // Verifies `name` of the recording against a registry with or without the referrers API.
  Cost CostOf(const std::string& name) {
    const auto collection = LoadCases(RecordedDirectory());
    const auto one = std::find_if(collection->cases.begin(), collection->cases.end(),
                                  [&](const CosignCase& c) { return c.name == name; });
    auto registry =
        *sandbox::Registry::Start({.latency = absl::Milliseconds(300), .referrers_api = GetParam()});
    const auto layout = sandbox::OciLayout::Read(Cat(collection->directory, "/", name));
    sandbox::PutLayout(*layout, *registry, name, {.fallback_tags = !GetParam()});
    for (const auto& [tag, index] : MissingFallbackIndexes(*layout)) {
      if (GetParam()) break;
      registry->Tag(name, tag, registry->PutManifest(name, std::string(oci::kOciIndex), index));
    }
    std::atomic<int> told = 0;
    oci::RegistryOptions options;
    options.plain_http_hosts = {registry->host()};
    options.on_request = [&](auto...) { ++told; };
    const auto client = *oci::RegistryClient::Create(std::move(options));
    const auto root = std::make_shared<const sigstore::TrustedRoot>(
        *sigstore::TrustedRoot::ParseJson(collection->trusted_root_json, "trusted_root.json"));
    const auto verdict =
        verification::ArtifactVerifier(*client, root)
            .Verify(*oci::Reference::Parse(Cat(registry->host(), "/", name, "@", one->digest)),
                    RequirementOf(*collection, *one), absl::Now() + absl::Seconds(30));
    return {verdict.ok() ? verdict->accepted ? "yes" : std::string(Name(verdict->reason))
                         : verdict.status().ToString(),
            registry->log().size(), registry->log().SequentialDepth(), told};
  }
};

TEST_P(RoundTripsTest, OneBundleTakesThreeInSequence) {
  const Cost cost = CostOf("image-signed");
  EXPECT_EQ(cost.verdict, "yes");
  EXPECT_EQ(cost.in_sequence, 3u);
  EXPECT_EQ(cost.requests, 5u);  // list, fallback tag, .sig tag; manifest; bundle
  EXPECT_EQ(cost.told, 5);
}

TEST_P(RoundTripsTest, SixReferrersTakeThreeInSequenceToo) {
  const Cost cost = CostOf("image-crowd");
  EXPECT_EQ(cost.verdict, "yes");
  EXPECT_EQ(cost.in_sequence, 3u);
}

TEST_P(RoundTripsTest, LegacySignatureTakesTwoInSequence) {
  const Cost cost = CostOf("legacy-signed");
  EXPECT_EQ(cost.verdict, "yes");
  EXPECT_EQ(cost.in_sequence, 2u);
  EXPECT_EQ(cost.requests, 4u);
}

TEST_P(RoundTripsTest, UnsignedTakesTwoInSequence) {
  const Cost cost = CostOf("image-unsigned");
  EXPECT_EQ(cost.verdict, "no-signature");
  EXPECT_EQ(cost.in_sequence, 2u);
}

INSTANTIATE_TEST_SUITE_P(Registries, RoundTripsTest, ::testing::Bool(),
                         [](const auto& one) { return one.param ? "WithApi" : "WithoutApi"; });

}  // namespace
}  // namespace chartseal::conformance
