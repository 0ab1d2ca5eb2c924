#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "tests/chart/tar_writer.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/archive.h"

namespace {

using chartseal::Reason;
using chartseal::chart::Archive;

// No name is there twice, none is absolute or climbs, each is UTF-8; the limits hold.
void Check(const absl::StatusOr<Archive>& archive) {
  if (!archive.ok()) {
    const Reason reason = chartseal::ReasonOf(archive.status());
    if (reason != Reason::kArchiveMalformed && reason != Reason::kLimitExceeded) std::abort();
    return;
  }
  if (archive->directory.empty() || archive->files.empty()) std::abort();
  std::set<std::string> names;
  for (const auto& file : archive->files) {
    const std::string padded = "/" + file.name + "/";
    const bool wrong = file.name.empty() || padded.find("//") != padded.npos ||
                       padded.find("/../") != padded.npos || padded.find("/./") != padded.npos ||
                       padded.find('\\') != padded.npos || !chartseal::IsUtf8(file.name) ||
                       !names.insert(file.name).second;
    if (wrong || file.bytes.size() > chartseal::limits::kMaxChartFileBytes) std::abort();
  }
}

}  // namespace

// The input as an archive, and as the tar data of one, which gets deeper than bytes that would have to be
// deflated by chance. Of a tar file, checksums are put right, too.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Check(chartseal::chart::ReadArchive(bytes, "input"));
  std::string tar(bytes);
  for (size_t at = 0; at + 512 <= tar.size(); at += 512) {
    if (tar.compare(at + 257, 5, "ustar") != 0) continue;
    tar.replace(at + 148, 8, "        ");
    size_t sum = 0;
    for (size_t i = at; i < at + 512; ++i) sum += static_cast<unsigned char>(tar[i]);
    tar.replace(at + 148, 8, chartseal::chart::OctalDigits(sum, 6) + std::string("\0 ", 2));
  }
  Check(chartseal::chart::ReadArchive(chartseal::chart::Gzip(tar), "input"));
  return 0;
}
