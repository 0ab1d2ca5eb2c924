#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/base/verdict.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/oci/reference.h"
#include "verifier/workload/chart_sources.h"

namespace chartseal::verification {

// What a version of a chart stands for at this moment.
struct ResolvedChart {
  std::string tag;  // that it was found by; empty for a digest alone
  crypto::Digest digest;
};

// Resolves as the controller would that reads the object (spec/helm-oci-kubernetes.md §2.2, §5): a digest is
// taken as it is, a tag and one version are asked for, and of a range the newest tag is taken that the
// program's own rules allow. Blocks; at most limits::kMaxResolvedTags tags are resolved.
//
// A rejection, kTagConflict: a tag beside a digest names other content, of which helm takes the one or the
// other. Could not tell: the errors of ArtifactSource; NotFound/kVersionUnknown when no tag satisfies the
// range; FailedPrecondition/kChartSourceUnresolved when several may be the newest and name different content,
// or when the version is told later; InvalidArgument/kChartSourceMalformed for a range or filter that cannot
// be read.
absl::StatusOr<Checked<ResolvedChart>> ResolveChart(oci::ArtifactSource& source,
                                                    const oci::Reference& repository,
                                                    const workload::ChartVersion& version,
                                                    absl::Time deadline);

// Who resolves, for those that ask about charts. Thread-safe.
class ChartResolver {
 public:
  virtual ~ChartResolver() = default;
  // As ResolveChart(). Returns soon after `deadline`.
  virtual absl::StatusOr<Checked<ResolvedChart>> Resolve(const oci::Reference& repository,
                                                         const workload::ChartVersion& version,
                                                         absl::Time deadline) = 0;
};

// Asks a registry in the calling thread.
class RegistryResolver : public ChartResolver {
 public:
  // `source` is borrowed and must outlive this.
  explicit RegistryResolver(oci::ArtifactSource& source) : source_(source) {}
  absl::StatusOr<Checked<ResolvedChart>> Resolve(const oci::Reference& repository,
                                                 const workload::ChartVersion& version,
                                                 absl::Time deadline) override {
    return ResolveChart(source_, repository, version, deadline);
  }

 private:
  oci::ArtifactSource& source_;
};

}  // namespace chartseal::verification
