#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/chart/chart.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/oci/reference.h"

namespace chartseal::verification {

// The chart of this manifest, read strictly (spec/helm-oci-kubernetes.md §4.5.5): helm's config media type,
// exactly one chart layer and beside it nothing but a provenance file, digests and sizes as stated, the
// archive as chart/archive.h wants it, and a config blob that says of the chart what the archive's Chart.yaml
// says, which helm does not check. Whether anybody signed it plays no part. Errors: those of ArtifactSource
// and Chart::FromArchive(); InvalidArgument with kManifestMalformed for a manifest that is of no chart, with
// kChartMalformed for a config blob that says something else.
absl::StatusOr<std::shared_ptr<const chart::Chart>> PullChart(oci::ArtifactSource& source,
                                                              const oci::Reference& repository,
                                                              const crypto::Digest& digest,
                                                              absl::Time deadline);

}  // namespace chartseal::verification
