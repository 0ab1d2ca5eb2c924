#include "webhook/policy_metrics.h"

#include <gtest/gtest.h>

#include "tests/policy/image_policy_fixture.h"
#include "verifier/base/status.h"
#include "webhook/cluster_image_policies.h"

namespace chartseal::webhook {
namespace {

using policy::WithAuthority;

constexpr const char* kHonoured = "static: { action: pass }";
constexpr const char* kNotHonoured = "key: { kms: \"awskms:///alias/release\" }";

Node ImagePolicy(std::string_view name, std::string_view spec) {
  return policy::YamlObject(
      Cat("apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata: { name: ", name,
          " }\nspec:\n", policy::Indented(spec, 2)));
}

class OriginMetricsTest : public testing::Test {
 protected:
  OriginMetricsTest() : objects_(store_) {
    store_.SetRoot(policy::DefaultRoot());
    objects_.policies().Replace({});
    AddOriginMetrics(metrics_, store_);
  }

  void Apply(std::string_view name, std::string_view spec) {
    objects_.policies().Upsert(ImagePolicy(name, spec));
  }
  void ExpectOrigins(int ready, int not_honoured, int not_ready) {
    const std::string text = metrics_.Text();
    EXPECT_EQ(text.substr(text.find("\nchartseal_policy_origins{") + 1),
              Cat("chartseal_policy_origins{state=\"ready\"} ", ready,
                  "\nchartseal_policy_origins{state=\"not-honoured\"} ", not_honoured,
                  "\nchartseal_policy_origins{state=\"not-ready\"} ", not_ready, "\n"));
  }

  PolicyStore store_;
  ClusterImagePolicies objects_;
  Metrics metrics_{"test"};
};

TEST_F(OriginMetricsTest, NothingIsCountedBeforeThereIsAnything) { ExpectOrigins(0, 0, 0); }

TEST_F(OriginMetricsTest, AnObjectThatRefusesWhatItCoversIsNotReady) {
  Apply("good", WithAuthority(kHonoured));
  ExpectOrigins(1, 0, 0);
  Apply("bad", WithAuthority(kNotHonoured));
  ExpectOrigins(1, 1, 0);
  Apply("bad", WithAuthority(kHonoured));
  ExpectOrigins(2, 0, 0);
}

TEST_F(OriginMetricsTest, AnObjectThatCannotBeReadIsNotReadyWhateverWasThereBefore) {
  Apply("one", WithAuthority(kNotHonoured));
  Apply("one", "images: []\n");
  Apply("two", WithAuthority(kHonoured));
  Apply("two", "images: []\n");
  ExpectOrigins(0, 0, 2);
}

TEST_F(OriginMetricsTest, AnObjectIsNotReadyWhileItsTrustRootIsMissing) {
  Apply("one", WithAuthority(Cat(policy::kKeyless, "  trustRootRef: private\n")));
  ExpectOrigins(0, 1, 0);
  objects_.trust_roots().Upsert(
      policy::TrustRootObjectNode("private", policy::SigstoreKeys(policy::TestSigstore())));
  ExpectOrigins(1, 0, 0);
}

TEST_F(OriginMetricsTest, AFileThatCannotBeReadIsNotReady) {
  store_.ApplyFiles("policies", absl::InvalidArgumentError("malformed"));
  ExpectOrigins(0, 0, 1);
}

TEST_F(OriginMetricsTest, WhatIsGoneIsNotCounted) {
  Apply("bad", WithAuthority(kNotHonoured));
  objects_.policies().Remove(ImagePolicy("bad", WithAuthority(kNotHonoured)));
  ExpectOrigins(0, 0, 0);
}

}  // namespace
}  // namespace chartseal::webhook
