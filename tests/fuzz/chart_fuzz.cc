#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tests/chart/tar_writer.h"
#include "verifier/base/status.h"
#include "verifier/chart/chart.h"
#include "verifier/chart/chart_templates.h"
#include "verifier/chart/fingerprint.h"

namespace {

using chartseal::Reason;
using chartseal::chart::Chart;
using chartseal::chart::File;

// Files of a chart, written as "@NAME\nCONTENT" one after the other.
std::vector<File> FilesOf(std::string_view text) {
  std::vector<File> files;
  while (!text.empty()) {
    const size_t end = std::min(text.find("\n@"), text.size());
    const std::string_view one = text.substr(0, end);
    const size_t line = std::min(one.find('\n'), one.size());
    const size_t skip = one.starts_with('@') ? 1 : 0;
    File file;
    file.name = std::string(one.substr(std::min(skip, line), line - std::min(skip, line)));
    file.bytes = std::string(line < one.size() ? one.substr(line + 1) : "");
    if (file.name.ends_with(".tgz")) {  // an archive that holds this content as its Chart.yaml
      file.bytes = chartseal::chart::Tgz(chartseal::chart::TarWriter().Add("sub/Chart.yaml", file.bytes));
    }
    files.push_back(file);
    text.remove_prefix(end < text.size() ? end + 1 : end);
  }
  return files;
}

bool IsReasonForCharts(Reason reason) {
  switch (reason) {
    case Reason::kArchiveMalformed:
    case Reason::kChartMalformed:
    case Reason::kChartScalarAmbiguous:
    case Reason::kChartDuplicate:
    case Reason::kChartNameInvalid:
    case Reason::kChartVersionInvalid:
    case Reason::kYamlMalformed:
    case Reason::kLimitExceeded:
      return true;
    default:
      return false;
  }
}

}  // namespace

// Every refusal says why, also that of a chart whose aliases multiply. A chart has the same fingerprint from
// its files and from their archive, and the predicate about it can be read.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<File> files = FilesOf({reinterpret_cast<const char*>(data), size});
  const auto chart = Chart::FromFiles(files, "input");
  if (!chart.ok()) {
    if (!IsReasonForCharts(chartseal::ReasonOf(chart.status()))) std::abort();
    return 0;
  }
  const auto templates = chartseal::chart::SourceTemplates::Of(*chart);
  if (!templates.ok() && chartseal::ReasonOf(templates.status()) != Reason::kLimitExceeded) std::abort();
  const std::string fingerprint = ContentFingerprint(*chart);
  const auto read = chartseal::chart::FingerprintOf(ContentPredicate(*chart));
  if (!read.ok() || *read != fingerprint) std::abort();
  chartseal::chart::TarWriter tar;
  for (const File& file : files) {
    if (file.name.size() > 90) return 0;  // would want a prefix or a pax header
    tar.Add("c/" + file.name, file.bytes);
  }
  const auto archived = Chart::FromArchive(Tgz(tar), "input");
  if (!archived.ok() || ContentFingerprint(*archived) != fingerprint) std::abort();
  return 0;
}
