#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/chart/archive.h"
#include "verifier/chart/content.h"
#include "verifier/chart/metadata.h"

// helm's record of one revision of a release (spec/helm-oci-kubernetes.md §4.2 to §4.4).
namespace chartseal::chart {

// One hook of a release: an object that helm creates at an event instead of with the others.
struct ReleaseHook {
  std::string name;
  std::string kind;
  std::string path;      // the template that it was rendered from, "app/templates/job.yaml"
  std::string manifest;  // rendered; one document
  // When helm creates it: "pre-install", "post-upgrade", "test", …; as the record has them.
  std::vector<std::string> events;
};

// A release as helm stored it: what its chart was, and what that chart rendered to. A value type.
struct Release {
  std::string name;
  std::string namespace_name;
  int64_t revision = 0;  // from 1
  std::string status;    // "pending-install", "deployed", …; never decides

  // What the content fingerprint is over. The version is as the record has it: whoever compares undoes the
  // suffix that Flux puts behind it (§4.6).
  Content content;
  // metadata.dependencies, as helm rewrote them at install: names are aliases, disabled ones are gone.
  std::vector<Dependency> dependencies;
  std::vector<File> templates;  // of the chart itself, in the record's order; subcharts are not recorded
  std::string manifest;         // every document, in the order of creation; hooks are not in it
  std::vector<ReleaseHook> hooks;

  // SHA-256, in hex, over all that must not change while a revision lives: chart, config, manifest, name,
  // namespace, version, apply_method, and of hooks what is rendered. What helm itself updates (info,
  // last_run, delete_policies) is not in it (§4.5.3).
  std::string core;
};

// Reads `encoded`, the value under `release`: of a ConfigMap as it stands, of a Secret after Kubernetes' own
// base64 was taken off. Base64 of gzip of JSON; without gzip's magic bytes it is JSON itself, as helm reads
// old records. Strict and bounded: limits::kMaxRelease*. Refused are: duplicate keys, another type than helm
// writes, names of files that repeat or that two tools could take for different files, trailing data of any
// kind. Errors: InvalidArgument with Reason::kReleaseMalformed (kJsonMalformed for what is no strict JSON),
// naming the member; ResourceExhausted with kLimitExceeded. `where` names the record in errors.
absl::StatusOr<Release> ReadRelease(std::string_view encoded, std::string_view where);

// The same of the JSON inside, as it stands. `helm install --dry-run -o json` prints one.
absl::StatusOr<Release> ReadReleaseJson(std::string_view json, std::string_view where);

// Release::core alone, which asks less of a record: that it is strict JSON within the limits. For comparing
// two of which helm may have written either, whatever ReadRelease() thinks of them. Errors as above.
absl::StatusOr<std::string> ReadReleaseCore(std::string_view encoded, std::string_view where);

}  // namespace chartseal::chart
