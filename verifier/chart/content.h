#pragma once

#include <optional>
#include <string>
#include <vector>

#include "verifier/base/node.h"
#include "verifier/chart/metadata.h"

namespace chartseal::chart {

// A file by the hash of its bytes.
struct ContentFile {
  std::string name;    // below the chart's directory
  std::string sha256;  // in hex
};

// What the content fingerprint is over, wherever it was read: a chart, or helm's record of a release
// (spec/helm-oci-kubernetes.md §4.3, §4.4), which holds the same things in another form.
struct Content {
  Metadata metadata;  // dependencies do not count
  std::optional<Lock> lock;
  std::string schema_sha256;  // of values.schema.json, in hex; empty when there is none
  std::vector<ContentFile> templates;
  std::vector<ContentFile> files;
};

// As the functions of the same names in chart/fingerprint.h.
Node FingerprintInput(const Content& content);
std::string ContentFingerprint(const Content& content);

}  // namespace chartseal::chart
