#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "verifier/chart/release.h"
#include "webhook/admission_review.h"

// Requests that are about helm's records of releases (spec/helm-oci-kubernetes.md §4.2, §4.5).
namespace chartseal::webhook {

// What is to be done with a request about a Secret or ConfigMap.
enum class ReleaseStep {
  kAdmit,    // no record comes of it, or none that differs from the one there
  kCompare,  // an update of a record: its core may be what it was
  kVerify,   // a record that was not there before
};

// Looks at the request alone, and unpacks nothing.
//
// helm finds records by the label owner=helm and reads what stands under `release`; type and name are how it
// writes them. So a record is what has type or name, and what has the label and something under that key. An
// update that takes away the last of these takes the record away from helm, as deleting it would; whoever
// gives it back brings a new one.
ReleaseStep StepOf(const AdmissionRequest& request);

// The record in the new object. Its name must be the one that helm would give the object, by which helm looks
// for a revision. Errors as chart::EncodedReleaseOf() and chart::ReadRelease().
absl::StatusOr<chart::Release> ReadRecord(const AdmissionRequest& request);

// Whether the record is what it was but for what helm itself updates; false when either cannot be read.
// Memory for one of both at a time.
bool HasSameCore(const AdmissionRequest& request);

}  // namespace chartseal::webhook
