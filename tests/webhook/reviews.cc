#include "tests/webhook/reviews.h"

#include <gtest/gtest.h>

#include "verifier/base/strings.h"

namespace chartseal::webhook {

std::string ReviewText::Json() const {
  return Cat(R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u-1","kind":)",
             R"({"group":")", group, R"(","version":")", version, R"(","kind":")", kind,
             R"("},"resource":{"group":")", group, R"(","version":")", version, R"(","resource":")", resource,
             R"("},"subResource":")", subresource, R"(","name":"app","namespace":")", namespace_name,
             R"(","operation":")", operation, R"(","userInfo":{"username":"u"},"object":)", object,
             R"(,"oldObject":)", old_object, R"(,"dryRun":)", dry_run, R"(,"options":null}})");
}

AdmissionRequest ReviewText::Parsed() const {
  auto request = ParseAdmissionReview(Json());
  EXPECT_TRUE(request.ok()) << request.status();
  return request.ok() ? *std::move(request) : AdmissionRequest();
}

std::string PodWith(std::string_view spec) {
  return Cat(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":)", spec, "}");
}

std::string PodOf(std::string_view image) {
  return PodWith(Cat(R"({"containers":[{"name":"app","image":")", image, R"("}]})"));
}

}  // namespace chartseal::webhook
