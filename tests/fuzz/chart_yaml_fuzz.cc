#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/chart/go_json.h"
#include "verifier/chart/go_time.h"
#include "verifier/chart/metadata.h"

namespace {

using chartseal::Node;
using chartseal::Reason;

void CheckRefusal(const absl::Status& status) {
  switch (chartseal::ReasonOf(status)) {
    case Reason::kChartMalformed:
    case Reason::kChartScalarAmbiguous:
    case Reason::kChartDuplicate:
    case Reason::kYamlMalformed:
    case Reason::kLimitExceeded:
      return;
    default:
      std::abort();
  }
}

// What was read becomes JSON that strict readers take, and UTF-8.
void CheckWritten(const Node& node) {
  const std::string json = chartseal::chart::WriteGoJson(node);
  if (!chartseal::IsUtf8(json) || json.find("\\ufffd") != json.npos) std::abort();
  const auto read = chartseal::ParseJson(json, "written");
  if (!read.ok() || chartseal::chart::WriteGoJson(*read) != json) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto metadata = chartseal::chart::ParseMetadata(text, "input");
  metadata.ok() ? CheckWritten(ToNode(*metadata)) : CheckRefusal(metadata.status());
  const auto lock = chartseal::chart::ParseLock(text, "input");
  lock.ok() ? CheckWritten(ToNode(*lock)) : CheckRefusal(lock.status());
  if (lock.ok() && chartseal::chart::ParseGoTime(lock->generated)->text != lock->generated) std::abort();
  const auto requirements = chartseal::chart::ParseRequirements(text, "input");
  if (!requirements.ok()) CheckRefusal(requirements.status());
  return 0;
}
