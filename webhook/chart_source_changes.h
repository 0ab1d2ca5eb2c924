#pragma once

#include <vector>

#include "verifier/base/verdict.h"
#include "verifier/workload/chart_sources.h"
#include "webhook/admission_review.h"
#include "webhook/extractors.h"

// What a request about an object that names charts changes (spec/helm-oci-kubernetes.md §5).
namespace chartseal::webhook {

// Charts that the request brings in: all of them on CREATE, on UPDATE those that were not there, at the same
// place in the same way. What stands in a status may have stood anywhere: controllers write down there what
// they begin with.
//
// Rejections as workload::ExtractChartSources(). None for an update of an object that cannot be read and
// could not be read before, while all but metadata and status is as it was (and of a status the operation
// that Argo CD goes on from): controllers write the status of malformed objects, too. Otherwise an old object
// that cannot be read exempts nothing.
Checked<std::vector<workload::ChartSource>> ChartSourcesToVerify(const AdmissionRequest& request);

// ImagesToVerify() of kinds that name images beside charts, none of others; malformed ones as above.
Checked<std::vector<ImageUse>> OwnImagesToVerify(const AdmissionRequest& request,
                                                 const ImagePathTable& paths);

}  // namespace chartseal::webhook
