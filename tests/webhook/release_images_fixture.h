#pragma once

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <utility>

#include "tests/chart/release_writer.h"
#include "tests/webhook/release_world.h"
#include "verifier/base/strings.h"

// A recorded release of a signed chart, and policies over its images.
namespace chartseal::webhook {

inline constexpr char kAppImage[] = "ghcr.io/acme/app";
inline constexpr char kBusybox[] = "index.docker.io/library/busybox";

class ReleaseImagesTest : public ReleaseWorld {
 protected:
  ReleaseImagesTest() {
    Publish();
    UseImages("**");
    images_->Answer(kAppImage, Yes("app"));
    images_->Answer(kBusybox, Yes("busybox"));
  }
  void UseImages(std::string_view images, std::string_view mode = "enforce",
                 std::string_view namespaces = "**", std::string no_match = "deny") {
    Use(PolicyText(
        {.no_match = std::move(no_match),
         .extra = Cat("---\napiVersion: chartseal.dev/v1alpha1\nkind: VerificationPolicy\n",
                      "metadata: { name: images }\nspec:\n  mode: ", mode, "\n  match: { images: [\"", images,
                      "\"], namespaces: [\"", namespaces, "\"] }\n",
                      "  authorities:\n  - name: release\n    keyless:\n      identities:\n",
                      "      - { issuer: \"https://issuer.test\", subject: \"https://good.test\" }\n")}));
  }
  static void ExpectDenied(const Decision& decision, Reason reason) {
    EXPECT_FALSE(decision.response.allowed);
    EXPECT_EQ(decision.reason, reason) << decision.response.message;
    EXPECT_THAT(decision.response.message, testing::Not(testing::HasSubstr("\n")));
  }
  // A release with one more rendered document, of the subchart, for which the policy asks for no proof. Its
  // record says newns, and may lie elsewhere.
  Decision CreateWith(const std::string& document, const std::string& namespace_name = "newns") {
    const nlohmann::ordered_json& secret = RecordedSecrets().front().secret;
    nlohmann::ordered_json record = RecordIn(secret);
    record["manifest"] = Cat(record["manifest"].get<std::string>(),
                             "---\n# Source: tracecore/charts/subby/templates/cm.yaml\n", document);
    return Review({.kind = "Secret",
                   .resource = "secrets",
                   .namespace_name = namespace_name,
                   .object = WithRecord(secret, record).dump()});
  }
  Decision CreateInStorage(const std::string& document = "") { return CreateWith(document, "storage"); }
  Decision CreateAsRecorded() { return Create(RecordedSecrets().front().secret); }
};

}  // namespace chartseal::webhook
