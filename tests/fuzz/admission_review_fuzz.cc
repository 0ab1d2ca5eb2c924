// Any bytes as the body of a POST /validate: read, find images, compare with the old object, answer.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/base/strict_json.h"
#include "webhook/admission_review.h"
#include "webhook/extractors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal::webhook;
  const auto request = ParseAdmissionReview({reinterpret_cast<const char*>(data), size});
  if (!request.ok()) return 0;
  AdmissionResponse response{.uid = request->uid, .message = request->name};
  if (!BringsNoImages(*request)) {
    const auto images = ImagesToVerify(*request);
    if (!images.ok()) response.message = images.rejection().ToString();
    if (images.ok()) {
      for (const ImageUse& use : *images) response.warnings.push_back(use.path + use.reference);
    }
  }
  // The answer must be JSON whatever the request was.
  if (!chartseal::ParseJson(WriteAdmissionReview(response), "answer").ok()) std::abort();
  return 0;
}
