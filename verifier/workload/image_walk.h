#pragma once

#include <vector>

#include "verifier/base/json_document.h"
#include "verifier/base/verdict.h"
#include "verifier/workload/image_paths.h"
#include "verifier/workload/images.h"

// Along the paths of a rule through an object.
namespace chartseal::workload {

// All images that `object` names, each place once: pod specs, then images, then URIs, each in document order.
// Members that are not there name none, except where Kubernetes requires them (ImagePathRule::core). Members
// that "*" finds and that are of another type are not meant. Else kImageFieldMalformed is what a value of
// another type is, and an image that is no name; kLimitExceeded more images than are looked at.
//
// Of custom resources, images that are empty or hold an expression ("$(params.image)", "{{image}}") are left
// out: their pods are verified.
Checked<std::vector<ImageUse>> ImagesBy(const ImagePathRule& rule, JsonValue object);

// The pod specs of the object, as far as they can be found.
std::vector<JsonValue> PodSpecsBy(const ImagePathRule& rule, JsonValue object);

}  // namespace chartseal::workload
