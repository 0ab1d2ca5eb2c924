#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/json_document.h"
#include "verifier/workload/kind.h"

// AdmissionReview v1 of group admission.k8s.io (spec/helm-oci-kubernetes.md §6.1): its reader and its writer.
namespace chartseal::webhook {

enum class Operation { kCreate, kUpdate, kDelete, kConnect };
// "CREATE", "UPDATE", "DELETE", "CONNECT". Static lifetime.
std::string_view Name(Operation operation);

using workload::GroupVersionKind;

// What the API server asks. A value type; what ParseAdmissionReview() returns is complete for its operation.
struct AdmissionRequest {
  std::string uid;               // never empty
  GroupVersionKind kind;         // of `object`, in the version that the registration asked for
  std::string resource;          // "deployments"
  std::string resource_group;    // "apps"; empty for the core group
  std::string resource_version;  // "v1"
  std::string subresource;
  std::string name;            // empty on CREATE with generateName
  std::string namespace_name;  // empty for cluster-scoped objects
  Operation operation = Operation::kCreate;
  bool dry_run = false;
  JsonValue object;                              // an object on CREATE and UPDATE; maybe null otherwise
  JsonValue old_object;                          // an object on UPDATE when it was sent, null otherwise
  std::shared_ptr<const JsonDocument> document;  // what both are read from
};

// Reads the body of a request. Strict in what is relied on: apiVersion and kind exact, uid present and
// bounded, operation known, object there where the operation has one. Members that are not relied on are
// ignored, since the API server may add some. InvalidArgument or ResourceExhausted with
// Reason::kReviewMalformed, kJsonMalformed or kLimitExceeded.
absl::StatusOr<AdmissionRequest> ParseAdmissionReview(std::string_view body);

// The answer to one request. `message` counts for denials only. Warnings are shown to the person at the
// keyboard by kubectl and helm. Audit annotations end up in the API server's audit log; their keys are
// letters, digits, '-' and '.'.
struct AdmissionResponse {
  std::string uid;
  bool allowed = false;
  std::string message;
  std::vector<std::string> warnings;
  std::vector<std::pair<std::string, std::string>> audit_annotations;
  std::string patch;  // JSON text of an RFC 6902 array; empty: none. Of answers to /mutate only
};

// Which of the two kinds of webhook answers: the API server fails a call whose validating answer has a patch.
enum class AnswerFor { kValidation, kMutation };

// The body of the answer: a denial is 403 Forbidden. Holds what the API server enforces: same uid; patch and
// patchType both or neither, and neither in an answer for validation or in a denial. Message, warnings and
// annotations beyond the limits are cut, and the cut is visible.
std::string WriteAdmissionReview(const AdmissionResponse& response,
                                 AnswerFor answer_for = AnswerFor::kValidation);

}  // namespace chartseal::webhook
