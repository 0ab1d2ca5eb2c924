#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "tests/webhook/fake_verifier.h"
#include "tests/webhook/policies.h"
#include "tests/webhook/reviews.h"
#include "webhook/gate.h"

namespace chartseal::webhook {

inline constexpr char kApp[] = "registry.test/acme/app";
inline constexpr char kDb[] = "registry.test/acme/db";

inline const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
inline const absl::Time kDeadline = kNow + absl::Seconds(7);

class FakeLabels : public NamespaceLabels {
 public:
  std::map<std::string, policy::Labels> known;
  std::shared_ptr<const policy::Labels> Of(std::string_view name) const override {
    const auto found = known.find(std::string(name));
    return found == known.end() ? nullptr : std::make_shared<const policy::Labels>(found->second);
  }
};

class GateTest : public testing::Test {
 protected:
  Decision Review(const std::string& policies, const AdmissionRequest& request,
                  Endpoint endpoint = Endpoint::kValidate) {
    const Gate gate(Fixed(policies), verifier_, labels_);
    PendingReview review{.request = request, .endpoint = endpoint};
    if (auto decision = gate.Begin(review, kNow)) return *std::move(decision);
    finished_ = true;
    return gate.Finish(review, kDeadline);
  }
  Decision ReviewPod(const std::string& policies, const std::string& image) {
    return Review(policies, ReviewText{.object = PodOf(image)}.Parsed());
  }

  std::shared_ptr<FakeVerifier> verifier_ = std::make_shared<FakeVerifier>();
  std::shared_ptr<FakeLabels> labels_;
  bool finished_ = false;  // whether memory was not enough
};

inline const std::string kEnforce = PolicyText("strict", "enforce", "registry.test/acme/**");
inline const std::string kWarn = PolicyText("soft", "warn", "registry.test/acme/**");

}  // namespace chartseal::webhook
