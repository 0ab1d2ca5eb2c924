#include "webhook/mutation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "tests/webhook/fake_verifier.h"
#include "tests/webhook/policies.h"
#include "tests/webhook/reviews.h"
#include "verifier/base/encoding.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "webhook/admission_handler.h"

namespace chartseal::webhook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr char kDigest[] = "sha256:ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73";

crypto::Digest TheDigest() { return DigestOf("content"); }

Pin PinOf(std::string pointer, std::string reference) {
  return {{.path = "p", .reference = std::move(reference), .pointer = std::move(pointer)}, TheDigest()};
}

TEST(Pinned, IsWhatTheseTestsSpellOut) { EXPECT_EQ(TheDigest().ToString(), kDigest); }

TEST(Pinned, KeepsTheSpellingOfTheUser) {
  for (const std::string reference :
       {"nginx", "nginx:1.25", "library/nginx:1", "docker.io/nginx:1", "GHCR.io/acme/app:v1",
        "registry.test:5000/app", "registry.test:5000/app:1", "[::1]:5000/app:1", "oci://ghcr.io/acme/m:1"}) {
    EXPECT_EQ(Pinned(reference, TheDigest()), Cat(reference, "@", kDigest));
  }
}

TEST(Pinned, LeavesADigestAlone) {
  const std::string other = DigestOf("other").ToString();
  for (const std::string& reference : {Cat("nginx@", other), Cat("nginx:1.25@", other)}) {
    EXPECT_EQ(Pinned(reference, TheDigest()), reference);
  }
}

TEST(PinPatch, TestsThenReplacesEachPlace) {
  EXPECT_EQ(
      PinPatch({PinOf("/spec/containers/0/image", "nginx"), PinOf("/spec/volumes/1/image/reference", "v:1")}),
      Cat(R"([{"op":"test","path":"/spec/containers/0/image","value":"nginx"},)",
          R"({"op":"replace","path":"/spec/containers/0/image","value":"nginx@)", kDigest, R"("},)",
          R"({"op":"test","path":"/spec/volumes/1/image/reference","value":"v:1"},)",
          R"({"op":"replace","path":"/spec/volumes/1/image/reference","value":"v:1@)", kDigest, R"("}])"));
}

TEST(PinPatch, KeepsTheSchemeOfAUri) {
  Pin pin = PinOf("/spec/model/uri", "ghcr.io/acme/m:1");
  pin.use.scheme = "oci://";
  EXPECT_EQ(
      PinPatch({pin}),
      Cat(R"([{"op":"test","path":"/spec/model/uri","value":"oci://ghcr.io/acme/m:1"},)",
          R"({"op":"replace","path":"/spec/model/uri","value":"oci://ghcr.io/acme/m:1@)", kDigest, R"("}])"));
}

TEST(PinPatch, IsEmptyWhenNothingIsToBePinned) { EXPECT_EQ(PinPatch({}), ""); }

TEST(PinPatch, LeavesPlacesWithADigestAlone) {
  EXPECT_EQ(PinPatch({PinOf("/spec/containers/0/image", Cat("nginx@", DigestOf("other").ToString()))}), "");
}

TEST(PinPatch, WritesAPlaceOnceOnly) {
  EXPECT_EQ(PinPatch({PinOf("/a", "nginx:1"), PinOf("/a", "nginx:1"), PinOf("/a", "nginx:2")}),
            PinPatch({PinOf("/a", "nginx:1")}));
}

TEST(PinPatch, PassesPointersOnAsTheyAreAndEscapesTextForJson) {
  const std::string patch = PinPatch({PinOf("/spec/a~1b~0c\"/image", "n\"x")});
  const auto parsed = ParseJson(patch, "patch");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->list()[1].StringOr("path"), "/spec/a~1b~0c\"/image");
  EXPECT_EQ(parsed->list()[1].StringOr("value"), Cat("n\"x@", kDigest));
}

// -- From the request to the reply.

class MutationTest : public testing::Test {
 protected:
  Node Response(Endpoint endpoint, const ReviewText& review) {
    const HttpReply reply = handler_.Answer(
        endpoint,
        {.path = "/mutate", .query = "timeout=10s", .body = review.Json(), .received = absl::Now()});
    EXPECT_EQ(reply.status, 200) << reply.body;
    auto parsed = ParseJson(reply.body, "reply");
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    return *parsed->Find("response");
  }
  // "pointer=value" of each "replace".
  std::vector<std::string> Replaced(const ReviewText& review) {
    const Node response = Response(Endpoint::kMutate, review);
    EXPECT_TRUE(response.Find("allowed")->bool_value());
    if (response.Find("patch") == nullptr) return {};
    EXPECT_EQ(response.StringOr("patchType"), "JSONPatch");
    const auto patch = ParseJson(*Base64Decode(response.StringOr("patch")), "patch");
    EXPECT_TRUE(patch.ok()) << patch.status();
    std::vector<std::string> texts;
    for (const Node& operation : patch->list()) {
      if (operation.StringOr("op") == "test") continue;
      EXPECT_EQ(operation.StringOr("op"), "replace");
      texts.push_back(Cat(operation.StringOr("path"), "=", operation.StringOr("value")));
    }
    return texts;
  }

  std::shared_ptr<FakeVerifier> verifier_ = std::make_shared<FakeVerifier>();
  Gate gate_{Fixed(PolicyText("strict", "enforce", "registry.test**")), verifier_};
  Metrics metrics_;
  Gates gates_{gate_};
  AdmissionHandler handler_{gates_, metrics_, [] { return absl::Now(); }};
};

TEST_F(MutationTest, AMutationAnswersWithTheWholePatch) {
  verifier_->Answer("registry.test/app", Yes());
  const Node response = Response(Endpoint::kMutate, ReviewText{.object = PodOf("registry.test/app:1")});
  EXPECT_EQ(response.StringOr("patchType"), "JSONPatch");
  EXPECT_EQ(response.StringOr("patch"),
            Base64Encode(Cat(R"([{"op":"test","path":"/spec/containers/0/image",)",
                             R"("value":"registry.test/app:1"},)",
                             R"({"op":"replace","path":"/spec/containers/0/image",)",
                             R"("value":"registry.test/app:1@)", kDigest, R"("}])")));
}

TEST_F(MutationTest, EveryPlaceOfAPodIsPinned) {
  verifier_->Answer("registry.test/app", Yes());
  verifier_->Answer("registry.test:5000/db", Yes());
  verifier_->Answer("registry.test/model", Yes());
  const std::string spec = R"({
      "initContainers":[{"name":"i","image":"registry.test:5000/db:3"}],
      "containers":[{"name":"a","image":"registry.test/app"},{"name":"b","image":"registry.test/app:1"}],
      "ephemeralContainers":[{"name":"e","image":"registry.test/app:1"}],
      "volumes":[{"name":"t","emptyDir":{}},{"name":"v","image":{"reference":"registry.test/model:2"}}]})";
  EXPECT_THAT(
      Replaced({.object = PodWith(spec)}),
      testing::UnorderedElementsAre(Cat("/spec/initContainers/0/image=registry.test:5000/db:3@", kDigest),
                                    Cat("/spec/containers/0/image=registry.test/app@", kDigest),
                                    Cat("/spec/containers/1/image=registry.test/app:1@", kDigest),
                                    Cat("/spec/ephemeralContainers/0/image=registry.test/app:1@", kDigest),
                                    Cat("/spec/volumes/1/image/reference=registry.test/model:2@", kDigest)));
}

TEST_F(MutationTest, WhatIsPinnedIsNotPinnedAgain) {
  verifier_->Answer("registry.test/app", Yes());
  const std::string pinned = Cat("registry.test/app:1@", kDigest);
  EXPECT_THAT(Replaced({.object = PodOf("registry.test/app:1")}),
              ElementsAre(Cat("/spec/containers/0/image=", pinned)));
  const Node second = Response(Endpoint::kMutate, ReviewText{.object = PodOf(pinned)});
  EXPECT_TRUE(second.Find("allowed")->bool_value());
  EXPECT_EQ(second.Find("patch"), nullptr);
  EXPECT_EQ(second.Find("patchType"), nullptr);
}

TEST_F(MutationTest, AnUpdatePinsOnlyWhatItChanged) {
  verifier_->Answer("registry.test/app", Yes());
  const std::string before = R"({"containers":[{"name":"a","image":"registry.test/app:1"}]})";
  const std::string after = R"({"containers":[{"name":"a","image":"registry.test/app:1"},
      {"name":"b","image":"registry.test/app:2"}]})";
  EXPECT_THAT(Replaced({.operation = "UPDATE", .object = PodWith(after), .old_object = PodWith(before)}),
              ElementsAre(Cat("/spec/containers/1/image=registry.test/app:2@", kDigest)));
}

// -- What a controller made.

ReviewText ReplicaSetOwnedBy(const std::string& owners) {
  return {
      .group = "apps",
      .kind = "ReplicaSet",
      .resource = "replicasets",
      .object = Cat(R"({"metadata":{"ownerReferences":)", owners,
                    R"(},"spec":{"template":{"spec":{"containers":[{"image":"registry.test/app:1"}]}}}})")};
}

TEST_F(MutationTest, WhatAControllerMadeFromATemplateIsVerifiedAndLeftAsItIs) {
  verifier_->Answer("registry.test/app", Yes());
  const ReviewText review = ReplicaSetOwnedBy(R"([{"kind":"A"},{"kind":"Deployment","controller":true}])");
  EXPECT_THAT(Replaced(review), ElementsAre());
  verifier_->Answer("registry.test/app", No(Reason::kNoSignature));
  EXPECT_FALSE(Response(Endpoint::kMutate, review).Find("allowed")->bool_value());
}

TEST_F(MutationTest, WhatNobodyControlsIsPinned) {
  verifier_->Answer("registry.test/app", Yes());
  for (const char* owners : {"null", "[]", R"([{"kind":"App"}])", R"([{"kind":"App","controller":false}])",
                             R"([{"kind":"App","controller":"true"}])", R"({"controller":true})"}) {
    EXPECT_THAT(Replaced(ReplicaSetOwnedBy(owners)),
                ElementsAre(Cat("/spec/template/spec/containers/0/image=registry.test/app:1@", kDigest)))
        << owners;
  }
}

TEST_F(MutationTest, ThePodsOfAControllerArePinned) {
  verifier_->Answer("registry.test/app", Yes());
  const std::string pod = R"({"metadata":{"ownerReferences":[{"kind":"ReplicaSet","controller":true}]},
      "spec":{"containers":[{"name":"a","image":"registry.test/app:1"}]}})";
  EXPECT_THAT(Replaced({.object = pod}),
              ElementsAre(Cat("/spec/containers/0/image=registry.test/app:1@", kDigest)));
}

TEST_F(MutationTest, ValidationNeverAnswersWithAPatch) {
  verifier_->Answer("registry.test/app", Yes());
  const Node response = Response(Endpoint::kValidate, ReviewText{.object = PodOf("registry.test/app:1")});
  EXPECT_TRUE(response.Find("allowed")->bool_value());
  EXPECT_EQ(response.Find("patch"), nullptr);
  EXPECT_EQ(response.Find("patchType"), nullptr);
}

TEST_F(MutationTest, ADenialHasNoPatch) {
  verifier_->Answer("registry.test/app", No(Reason::kNoSignature));
  const Node response = Response(Endpoint::kMutate, ReviewText{.object = PodOf("registry.test/app:1")});
  EXPECT_FALSE(response.Find("allowed")->bool_value());
  EXPECT_THAT(response.Find("status")->StringOr("message"), HasSubstr("no-signature"));
  EXPECT_EQ(response.Find("patch"), nullptr);
}

}  // namespace
}  // namespace chartseal::webhook
