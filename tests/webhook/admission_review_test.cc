#include "webhook/admission_review.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "tests/webhook/reviews.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

using ::testing::HasSubstr;

std::string Replaced(const std::string& text, const char* from, std::string_view to) {
  const std::string out = absl::StrReplaceAll(text, {{from, ToAbsl(to)}});
  EXPECT_NE(out, text) << "nothing to replace: " << from;
  return out;
}

std::string Valid() { return ReviewText{.object = PodOf("ghcr.io/acme/app:1")}.Json(); }

void ExpectRefused(const std::string& body, Reason reason, const std::string& part) {
  const auto request = ParseAdmissionReview(body);
  ASSERT_FALSE(request.ok()) << body.substr(0, 300);
  EXPECT_EQ(Name(ReasonOf(request.status())), Name(reason)) << request.status();
  EXPECT_THAT(Message(request.status()), HasSubstr(part));
}

Node Written(const AdmissionResponse& response) {
  auto node = ParseJson(WriteAdmissionReview(response), "answer");
  EXPECT_TRUE(node.ok()) << node.status();
  return *node->Find("response");
}

TEST(ParseAdmissionReview, ReadsWhatTheApiServerSends) {
  const AdmissionRequest request = ReviewText{.group = "apps",
                                              .kind = "Deployment",
                                              .resource = "deployments",
                                              .subresource = "scale",
                                              .operation = "UPDATE",
                                              .object = R"({"a":1})",
                                              .old_object = R"({"b":2})",
                                              .dry_run = "true"}
                                       .Parsed();
  EXPECT_EQ(request.uid, "u-1");
  EXPECT_EQ(request.kind.ToString(), "apps/v1 Deployment");
  EXPECT_EQ(request.resource, "deployments");
  EXPECT_EQ(request.resource_group, "apps");
  EXPECT_EQ(request.resource_version, "v1");
  EXPECT_EQ(request.subresource, "scale");
  EXPECT_EQ(request.namespace_name, "shop");
  EXPECT_EQ(request.operation, Operation::kUpdate);
  EXPECT_TRUE(request.dry_run);
  EXPECT_FALSE(request.object.Find("a").is_null());
  EXPECT_FALSE(request.old_object.Find("b").is_null());
}

TEST(ParseAdmissionReview, CoreGroupIsPrintedWithoutASlash) {
  EXPECT_EQ(ReviewText{.object = "{}"}.Parsed().kind.ToString(), "v1 Pod");
}

TEST(ParseAdmissionReview, DeleteNeedsNoObject) {
  EXPECT_EQ(ReviewText{.operation = "DELETE"}.Parsed().operation, Operation::kDelete);
}

TEST(ParseAdmissionReview, MembersThatAreNotReliedOnAreIgnored) {
  EXPECT_TRUE(ParseAdmissionReview(Replaced(Valid(), "\"uid\"", R"("futureField":{"x":[1]},"uid")")).ok());
}

TEST(ParseAdmissionReview, AbsentNameIsEmpty) {
  EXPECT_TRUE(ParseAdmissionReview(Replaced(Valid(), R"("name":"app","namespace")", R"("namespace")")).ok());
}

TEST(ParseAdmissionReview, RefusesAnotherApiVersion) {
  ExpectRefused(Replaced(Valid(), "admission.k8s.io/v1", "admission.k8s.io/v1beta1"),
                Reason::kReviewMalformed,
                "expected \"admission.k8s.io/v1\", found \"admission.k8s.io/v1beta1\"");
}

TEST(ParseAdmissionReview, RefusesAnotherKind) {
  ExpectRefused(Replaced(Valid(), "\"AdmissionReview\"", "\"admissionreview\""), Reason::kReviewMalformed,
                "expected \"AdmissionReview\"");
}

TEST(ParseAdmissionReview, RefusesAMissingUid) {
  ExpectRefused(Replaced(Valid(), R"("uid":"u-1",)", ""), Reason::kReviewMalformed,
                "request.uid: is missing or empty");
}

TEST(ParseAdmissionReview, RefusesAnEmptyUid) {
  ExpectRefused(Replaced(Valid(), "\"u-1\"", "\"\""), Reason::kReviewMalformed,
                "request.uid: is missing or empty");
}

TEST(ParseAdmissionReview, RefusesAUidThatIsNoText) {
  ExpectRefused(Replaced(Valid(), "\"u-1\"", "7"), Reason::kReviewMalformed, "expected a string");
}

TEST(ParseAdmissionReview, RefusesAUidOverTheLimit) {
  const std::string uid(limits::kMaxReviewNameBytes + 1, 'u');
  ExpectRefused(Replaced(Valid(), "u-1", uid), Reason::kReviewMalformed, "request.uid: is 513 bytes long");
}

TEST(ParseAdmissionReview, RefusesAnUnknownOperation) {
  ExpectRefused(Replaced(Valid(), "\"CREATE\"", "\"create\""), Reason::kReviewMalformed,
                "expected CREATE, UPDATE, DELETE or CONNECT, found \"create\"");
}

TEST(ParseAdmissionReview, RefusesACreateWithoutObject) {
  ExpectRefused(ReviewText{}.Json(), Reason::kReviewMalformed, "request.object: is missing");
}

TEST(ParseAdmissionReview, RefusesAnObjectThatIsAList) {
  ExpectRefused(ReviewText{.object = "[]"}.Json(), Reason::kReviewMalformed,
                "request.object: expected an object, found a list");
}

TEST(ParseAdmissionReview, RefusesAnOldObjectThatIsText) {
  ExpectRefused(ReviewText{.operation = "UPDATE", .object = "{}", .old_object = "\"x\""}.Json(),
                Reason::kReviewMalformed, "request.oldObject: expected an object, found a string");
}

TEST(ParseAdmissionReview, RefusesAMissingKind) {
  ExpectRefused(Replaced(Valid(), R"("kind":"Pod"},"resource")", R"("kind":""},"resource")"),
                Reason::kReviewMalformed, "request.kind.kind: is missing or empty");
}

TEST(ParseAdmissionReview, RefusesAMissingRequest) {
  ExpectRefused(R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"})", Reason::kReviewMalformed,
                "request");
}

TEST(ParseAdmissionReview, RefusesAMemberGivenTwice) {
  ExpectRefused(Replaced(Valid(), R"("uid":"u-1")", R"("uid":"u-1","uid":"u-2")"), Reason::kJsonMalformed,
                "uid");
}

TEST(ParseAdmissionReview, RefusesTrailingText) {
  ExpectRefused(Valid() + "x", Reason::kJsonMalformed, "AdmissionReview");
}

TEST(ParseAdmissionReview, RefusesAnEmptyBody) {
  ExpectRefused("", Reason::kJsonMalformed, "AdmissionReview");
}

TEST(ParseAdmissionReview, RefusesAnArrayOfReviews) {
  ExpectRefused("[" + Valid() + "]", Reason::kReviewMalformed, "expected an object");
}

TEST(ParseAdmissionReview, RefusesObjectsThatNestTooDeep) {
  const std::string deep = std::string(80, '[') + std::string(80, ']');
  ExpectRefused(ReviewText{.object = "{\"a\":" + deep + "}"}.Json(), Reason::kLimitExceeded,
                "AdmissionReview");
}

TEST(WriteAdmissionReview, AllowsWithoutAStatus) {
  EXPECT_EQ(WriteAdmissionReview({.uid = "u-1", .allowed = true}),
            R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",)"
            R"("response":{"uid":"u-1","allowed":true}})");
}

TEST(WriteAdmissionReview, DeniesAsForbiddenWithTheMessage) {
  EXPECT_EQ(WriteAdmissionReview({.uid = "u-1", .message = "no \"signature\"\nfound"}),
            R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",)"
            R"("response":{"uid":"u-1","allowed":false,"status":)"
            R"({"code":403,"reason":"Forbidden","message":"no \"signature\"\nfound"}}})");
}

TEST(WriteAdmissionReview, AValidatingAnswerNeverCarriesAPatch) {
  const std::string text =
      WriteAdmissionReview({.uid = "u", .allowed = true, .warnings = {"w"}, .patch = "[]"});
  EXPECT_EQ(text.find("patch"), std::string::npos) << text;
}

TEST(WriteAdmissionReview, AMutatingAnswerCarriesPatchAndType) {
  EXPECT_EQ(WriteAdmissionReview({.uid = "u-1", .allowed = true, .patch = "[{}]"}, AnswerFor::kMutation),
            R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",)"
            R"("response":{"uid":"u-1","allowed":true,"patchType":"JSONPatch","patch":"W3t9XQ=="}})");
}

TEST(WriteAdmissionReview, AMutatingAnswerWithoutPatchHasNoTypeEither) {
  const std::string text = WriteAdmissionReview({.uid = "u", .allowed = true}, AnswerFor::kMutation);
  EXPECT_EQ(text.find("patch"), std::string::npos) << text;
}

TEST(WriteAdmissionReview, ADenialCarriesNoPatch) {
  const std::string text = WriteAdmissionReview({.uid = "u", .patch = "[{}]"}, AnswerFor::kMutation);
  EXPECT_EQ(text.find("patch"), std::string::npos) << text;
}

TEST(WriteAdmissionReview, WarningsAreCutAt120Bytes) {
  const Node response = Written({.uid = "u", .allowed = true, .warnings = {std::string(121, 'w')}});
  const std::string& warning = response.Find("warnings")->list().at(0).string_value();
  EXPECT_EQ(warning, std::string(117, 'w') + "...");
}

TEST(WriteAdmissionReview, CuttingLeavesCharactersWhole) {
  std::string text(116, 'w');
  for (int i = 0; i < 4; ++i) text += "\xC3\xA9";
  const Node response = Written({.uid = "u", .allowed = true, .warnings = {text}});
  EXPECT_EQ(response.Find("warnings")->list().at(0).string_value(), std::string(116, 'w') + "...");
}

TEST(WriteAdmissionReview, ManyWarningsEndWithHowManyWereLeftOut) {
  const Node response = Written({.uid = "u", .allowed = true, .warnings = std::vector<std::string>(20, "w")});
  const auto& list = response.Find("warnings")->list();
  ASSERT_EQ(list.size(), limits::kMaxWarnings);
  EXPECT_EQ(list.back().string_value(), "chartseal: and 5 more warnings");
}

TEST(WriteAdmissionReview, TheMessageIsCappedInTotal) {
  const Node response = Written({.uid = "u", .message = std::string(100'000, 'm')});
  const std::string& message = response.FindPath({"status", "message"})->string_value();
  EXPECT_EQ(message.size(), limits::kMaxDenialBytes);
  EXPECT_THAT(message, testing::EndsWith("m..."));
}

TEST(WriteAdmissionReview, AuditAnnotationsAreCappedInNumberAndSize) {
  AdmissionResponse response{.uid = "u", .allowed = true};
  for (int i = 0; i < 40; ++i) {
    response.audit_annotations.emplace_back(Cat("image-", i), std::string(2000, 'v'));
  }
  const Node written = Written(response);
  const Node& annotations = *written.Find("auditAnnotations");
  EXPECT_EQ(annotations.map().size(), limits::kMaxAuditAnnotations + 1);
  EXPECT_EQ(annotations.StringOr("image-0").size(), limits::kMaxAuditAnnotationBytes);
  EXPECT_EQ(annotations.StringOr("left-out"), "8 more");
}

}  // namespace
}  // namespace chartseal::webhook
