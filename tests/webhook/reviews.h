#pragma once

#include <string>
#include <string_view>

#include "webhook/admission_review.h"

// AdmissionReview texts and objects for tests, written by hand rather than by the code under test.
namespace chartseal::webhook {

struct ReviewText {
  std::string group = "";
  std::string version = "v1";
  std::string kind = "Pod";
  std::string resource = "pods";
  std::string subresource = "";
  std::string operation = "CREATE";
  std::string namespace_name = "shop";
  std::string object = "null";
  std::string old_object = "null";
  std::string dry_run = "false";

  std::string Json() const;
  // Json(), parsed; the test fails when that does not work.
  AdmissionRequest Parsed() const;
};

// {"metadata":{"name":"p"},"spec":SPEC}
std::string PodWith(std::string_view spec);
// A pod of one container "app" with this image.
std::string PodOf(std::string_view image);

}  // namespace chartseal::webhook
