#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "publisher/push/registry_writer.h"
#include "verifier/chart/chart.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/reference.h"

namespace chartseal::publisher {

struct ChartToPush {
  const chart::Chart* chart = nullptr;  // borrowed
  std::string_view archive;             // the .tgz, borrowed
  std::string_view provenance;          // the .prov beside it, borrowed; empty for none
  std::string created;                  // RFC 3339, for the annotation
  bool replace_tag = false;             // let the tag be moved from another digest
};

struct PushedChart {
  oci::Reference reference;  // repository, tag and digest
  crypto::Digest digest;     // of the manifest, computed here
  std::string tag;           // the version with "_" for "+"
  bool was_there = false;    // the registry had the tag with this digest already
  int64_t size = 0;          // of the manifest
};

// `oci://host/parent` plus the chart's name and version, as helm does it (spec/helm-oci-kubernetes.md §2.2).
// InvalidArgument with kReferenceMalformed.
absl::StatusOr<oci::Reference> ChartReference(std::string_view parent, const chart::Metadata& metadata);

// The config blob and the manifest, byte for byte what `helm push` sends (§2.1).
struct ChartManifest {
  std::string config;
  std::string manifest;
};
ChartManifest MakeChartManifest(const ChartToPush& chart);

// Pushes blobs, manifest and tag, and reads the tag back. `target` from ChartReference. Errors as
// RegistryWriter.
absl::StatusOr<PushedChart> PushChart(RegistryWriter& writer, const oci::Reference& target,
                                      const ChartToPush& chart, absl::Time deadline);

}  // namespace chartseal::publisher
