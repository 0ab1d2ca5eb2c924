#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"

// The Kubernetes objects that hold helm's records of releases (spec/helm-oci-kubernetes.md §4.2).
namespace chartseal::chart {

// Of Secrets that helm writes; cannot be changed after creation.
inline constexpr std::string_view kReleaseSecretType = "helm.sh/release.v1";
// Of the names of both kinds of objects: then release, ".v" and revision.
inline constexpr std::string_view kReleaseNamePrefix = "sh.helm.release.v1.";

// Whether `object`, whatever it is, is a Secret or ConfigMap (v1) that helm takes for a record, or may: one
// of helm's type, or with a name of its shape, or labelled owner=helm, by which helm finds them.
bool IsReleaseObject(const Node& object);

// What ReadRelease() reads: the value under `release` of a Secret or ConfigMap (v1) from a file or an API
// server, with Kubernetes' own base64 of Secrets taken off. `stringData` is read as Kubernetes would on
// writing; a value in both is refused. Does not ask IsReleaseObject(). Errors: InvalidArgument with
// Reason::kReleaseMalformed, naming the member; ResourceExhausted with kLimitExceeded.
absl::StatusOr<std::string> EncodedReleaseOf(const Node& object, std::string_view where);

// The name that helm gives the object that holds this revision.
std::string ReleaseObjectName(std::string_view release, int64_t revision);

// The other way round: "sh.helm.release.v1.web.v3" is revision 3 of "web". Nullopt for names that helm does
// not give, of which "….v03" is one.
std::optional<std::pair<std::string, int64_t>> ReleaseOfName(std::string_view object_name);

}  // namespace chartseal::chart
