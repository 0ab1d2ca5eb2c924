#pragma once

#include <string>
#include <string_view>

namespace chartseal::publisher {

// One gzip member with helm's header (spec/helm-oci-kubernetes.md §1.5: its extra field, the comment "Helm",
// no time) and the deflate level fixed, so that the same bytes give the same archive. zlib decides the
// deflate bytes: another version of it may give others.
std::string GzipAsHelm(std::string_view bytes);

}  // namespace chartseal::publisher
