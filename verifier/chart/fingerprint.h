#pragma once

#include <string>
#include <string_view>

#include "verifier/base/node.h"
#include "verifier/base/verdict.h"
#include "verifier/chart/chart.h"
#include "verifier/chart/content.h"

namespace chartseal::chart {

// predicateType of the statement that binds a content fingerprint to a chart's manifest digest
// (docs/content-fingerprint.md).
inline constexpr std::string_view kContentPredicate = "https://chartseal.dev/attestation/chart-content/v1";

// What the fingerprint of a chart is over.
Content ContentOf(const Chart& chart);

// What the content fingerprint is the hash of, before canonicalisation (spec/helm-oci-kubernetes.md §4.4).
Node FingerprintInput(const Chart& chart);
// SHA-256 of the canonical JSON of that, in hex: 64 characters. The same from a directory, its archive and
// the release records of every helm version; subcharts and values do not count.
std::string ContentFingerprint(const Chart& chart);

// The predicate: {"fingerprint":{"version":1,"sha256":"…"},"chart":{"name":…,"version":…}}.
Node ContentPredicate(const Chart& chart);
Node ContentPredicate(const Content& content);
// The fingerprint that such a predicate states. Rejection kStatementMalformed when it is none of that shape
// and version.
Checked<std::string> FingerprintOf(const Node& predicate);

}  // namespace chartseal::chart
