// {"group":…, "version":…, "kind":…, "objects":[…]}: whatever stands in objects of a cluster, an audit finds
// images or charts in them, or says why it cannot.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "audit/chart_audit.h"
#include "audit/images_in_use.h"
#include "audit/release_records.h"
#include "verifier/base/strict_json.h"

namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chartseal;
  const auto input = ParseJson(std::string_view(reinterpret_cast<const char*>(data), size), "input");
  if (!input.ok() || !input->is_map()) return 0;
  const Node* objects = input->Find("objects");
  if (objects == nullptr || !objects->is_list()) return 0;
  const audit::Collection collection = {
      {std::string(input->StringOr("group")), std::string(input->StringOr("version")),
       std::string(input->StringOr("kind"))},
      "things"};
  audit::ImagesInUse images;
  audit::ReleaseRecords releases;
  for (const Node& object : objects->list()) {
    if (!object.is_map()) continue;
    images.Add(object, collection);
    releases.Add(object, collection);
    for (const audit::ChartInUse& chart : audit::ChartsIn(object, collection)) {
      Check(!chart.unreadable || chart.unreadable->reason != Reason::kNone);
    }
  }
  for (const audit::ImageInUse& image : std::move(images).Take()) {
    Check(image.unreadable.has_value() == image.image.empty());
    Check(!image.unreadable || image.unreadable->reason != Reason::kNone);
  }
  Check(std::move(releases).Take(false).size() <= objects->list().size());
  return 0;
}
