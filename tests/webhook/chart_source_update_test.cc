// What updates of objects that name charts may bring, and what was there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/webhook/chart_source_fixture.h"

namespace chartseal::webhook {
namespace {

using ::testing::IsEmpty;

constexpr char kApplicationOf[] = "argoproj.io";

class ChartSourceUpdateTest : public ChartSourceGateTest {
 protected:
  static ReviewText Update(ReviewText review, std::string old_object) {
    review.operation = "UPDATE";
    review.old_object = std::move(old_object);
    return review;
  }
  static ReviewText Application(std::string object) {
    return ReviewOf(kApplicationOf, "Application", std::move(object));
  }
};

// -- The operation of an Application, which its controller writes into the status when it begins.

constexpr char kSpec[] =
    R"("spec":{"source":{"repoURL":"registry.test/charts","chart":"app","targetRevision":"1.2.0"}})";
constexpr char kRollback[] =
    R"({"sync":{"source":{"repoURL":"registry.test/charts","chart":"app","targetRevision":"0.9.0"}}})";

std::string Begun(const std::string& operation, const std::string& phase = "Running") {
  return Cat("{", kSpec, R"(,"status":{"operationState":{"phase":")", phase, R"(","operation":)", operation,
             "}}}");
}

TEST_F(ChartSourceUpdateTest, AnOperationCannotBeWrittenIntoTheStatusInstead) {
  Unsigned("0.9.0");
  const std::string before = Cat("{", kSpec, "}");
  ExpectDenied(Update(Application(Begun(kRollback)), before), Reason::kSubjectDigestMismatch,
               "status.operationState.operation.sync.source");
  ExpectDenied(Update(Application(Begun(R"({"sync":{"revision":"0.9.0"}})")), before),
               Reason::kSubjectDigestMismatch, "status.operationState.operation.sync");
  ExpectDenied(Application(Begun(kRollback)), Reason::kSubjectDigestMismatch);
  // One that is over begins anew as soon as the phase is another.
  ExpectAllowed(Update(Application(Begun(kRollback, "Failed")), before));
  ExpectDenied(Update(Application(Begun(kRollback)), Begun(kRollback, "Failed")),
               Reason::kSubjectDigestMismatch);
  ReviewText through_status = Update(Application(Begun(kRollback)), before);
  through_status.subresource = "status";
  ExpectDenied(through_status, Reason::kSubjectDigestMismatch);
}

TEST_F(ChartSourceUpdateTest, TheControllerMovesAnOperationIntoTheStatusWithoutAQuestion) {
  source_->FailAll(Unreachable());
  for (const char* const operation :
       {kRollback, R"({"sync":{"revision":"0.9.0"}})", R"({"sync":{"revision":"1.2.0"}})"}) {
    SCOPED_TRACE(operation);
    const std::string asked_for = Cat("{", kSpec, R"(,"operation":)", operation, "}");
    std::string begun = Begun(operation);
    ExpectAllowed(Update(Application(begun), asked_for));
    EXPECT_TRUE(asked_nobody_);
    begun.insert(1, Cat(R"("operation":)", operation, ","));
    ExpectAllowed(Update(Application(begun), asked_for));
    EXPECT_TRUE(asked_nobody_);
    ExpectAllowed(Update(Application(Begun(operation, "Terminating")), begun));
    EXPECT_TRUE(asked_nobody_);
  }
  EXPECT_THAT(memory().asked(), IsEmpty());
}

TEST_F(ChartSourceUpdateTest, AnOperationCannotBeMovedOutOfTheStatus) {
  Unsigned("0.9.0");
  const std::string asked_for = Cat("{", kSpec, R"(,"operation":)", kRollback, "}");
  ExpectDenied(Update(Application(asked_for), Begun(kRollback, "Failed")), Reason::kSubjectDigestMismatch,
               "operation.sync.source");
}

// -- Objects that could not be read before.

constexpr char kUnreadable[] = R"({"metadata":{},"spec":{"url":7}})";

TEST_F(ChartSourceUpdateTest, AMalformedObjectMayHaveItsStatusAndItsAnnotationsWritten) {
  source_->FailAll(Unreachable());
  ExpectDenied(FluxReview(R"({"url":7})"), Reason::kChartSourceMalformed);
  ExpectAllowed(Update(FluxReview(R"({"url":7})", R"({"annotations":{"a":"b"}})"), kUnreadable));
  ReviewText written = FluxReview("");
  written.object = R"({"metadata":{},"spec":{"url":7},"status":{"conditions":[{"type":"Stalled"}]}})";
  ExpectAllowed(Update(written, kUnreadable));
  EXPECT_TRUE(asked_nobody_);
  EXPECT_THAT(memory().asked(), IsEmpty());
}

TEST_F(ChartSourceUpdateTest, AMalformedObjectThatSaysSomethingElseIsDenied) {
  ExpectDenied(Update(FluxReview(R"({"url":8})"), kUnreadable), Reason::kChartSourceMalformed);
  ExpectDenied(Update(FluxReview(R"({"url":7,"interval":"5m"})"), kUnreadable),
               Reason::kChartSourceMalformed);
  ExpectDenied(Update(FluxReview(R"({"url":7})"), R"({"metadata":{},"spec":{"url":7,"interval":"5m"}})"),
               Reason::kChartSourceMalformed);
  ExpectDenied(Update(FluxReview(R"({"url":7})"), ByRef(R"({"tag":"1.2.0"})").object),
               Reason::kChartSourceMalformed);
  ReviewText created = FluxReview(R"({"url":7})");
  created.old_object = kUnreadable;
  ExpectDenied(created, Reason::kChartSourceMalformed);
}

TEST_F(ChartSourceUpdateTest, AMalformedApplicationWithAnotherOperationIsDenied) {
  const std::string old_object = R"({"spec":{"sources":[1]},"status":{"operationState":{"phase":"Failed",
      "operation":{"sync":{"revision":"1.2.0"}}}}})";
  ExpectAllowed(Update(Application(old_object), old_object));
  for (const char* const changed :
       {R"({"spec":{"sources":[1]},"operation":{"sync":{}},"status":{"operationState":{"phase":"Failed",
            "operation":{"sync":{"revision":"1.2.0"}}}}})",
        R"({"spec":{"sources":[1]},"status":{"operationState":{"phase":"Running",
            "operation":{"sync":{"revision":"1.2.0"}}}}})",
        R"({"spec":{"sources":[1]},"status":{"operationState":{"phase":"Failed",
            "operation":{"sync":{"revision":"6.6.6"}}}}})"}) {
    ExpectDenied(Update(Application(changed), old_object), Reason::kChartSourceMalformed);
  }
}

TEST_F(ChartSourceUpdateTest, TheSameHoldsForImagesBesideCharts) {
  const auto chart = [](const char* more, const char* image) {
    return ReviewOf("helm.cattle.io", "HelmChart",
                    Cat(R"({"metadata":{)", more, R"(},"spec":{"chart":"oci://)", kCharts,
                        R"(","version":"1.2.0","jobImage":)", image, "}}"));
  };
  const std::string old_object = chart("", "7").object;
  ExpectAllowed(Update(chart(R"("labels":{"a":"b"})", "7"), old_object));
  ExpectDenied(Update(chart("", "8"), old_object), Reason::kImageFieldMalformed, "spec.jobImage");
}

}  // namespace
}  // namespace chartseal::webhook
