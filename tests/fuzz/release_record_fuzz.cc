#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/chart/release_writer.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/chart/binding.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/chart/release_input.h"
#include "verifier/chart/rendered.h"

namespace {

using chartseal::Reason;
using chartseal::chart::Release;

void CheckError(const absl::Status& status) {
  switch (chartseal::ReasonOf(status)) {
    case Reason::kReleaseMalformed:
    case Reason::kJsonMalformed:
    case Reason::kYamlMalformed:
    case Reason::kLimitExceeded:
      return;
    default:
      std::abort();
  }
}

// What was read can be judged: it is equal to itself, and within the limits.
void Check(const absl::StatusOr<Release>& release) {
  if (!release.ok()) return CheckError(release.status());
  const chartseal::chart::Content& content = release->content;
  if (release->name.empty() || release->revision < 1 || content.metadata.name.empty()) std::abort();
  if (content.templates.size() + content.files.size() > chartseal::limits::kMaxReleaseFiles) std::abort();
  if (content.templates.size() != release->templates.size() || release->core.size() != 64) std::abort();
  if (!chartseal::chart::CompareContent(content, content).ok()) std::abort();
  if (chartseal::chart::ContentFingerprint(content).size() != 64) std::abort();
  const size_t documents = chartseal::chart::DocumentsOf(*release).size();
  if (documents > chartseal::limits::kMaxRenderedDocuments) std::abort();
  if (documents != chartseal::chart::CountDocuments(*release)) std::abort();
}

}  // namespace

// The input as whatever it looks like, and as the JSON of a record: as it stands, and packed as helm does,
// which bytes would have to be by chance.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto input = chartseal::chart::ReadReleaseInput(text, "input");
  if (!input.ok()) CheckError(input.status());
  const auto plain = chartseal::chart::ReadReleaseJson(text, "input");
  const auto packed = chartseal::chart::ReadRelease(chartseal::chart::Encoded(text), "input");
  Check(plain);
  Check(packed);
  if (plain.ok() && packed.ok() && plain->core != packed->core) std::abort();
  return 0;
}
