#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "verifier/base/verdict.h"
#include "verifier/chart/release.h"
#include "verifier/net/clock.h"
#include "webhook/extractors.h"
#include "webhook/image_verifier.h"
#include "webhook/last_seen_tags.h"
#include "webhook/namespace_labels.h"
#include "webhook/policy_snapshot.h"
#include "webhook/question.h"

// The images of a whole release, before any object of it exists (spec/helm-oci-kubernetes.md §4.5.8).
namespace chartseal::webhook {

// Where the images of a release are looked for and judged; borrowed for the call.
struct ReleaseImageSetting {
  const ImagePathTable& paths;
  std::string_view namespace_name;          // of the object that holds the record
  const NamespaceLabels* labels = nullptr;  // null: no labels of namespaces are known
  std::shared_ptr<const PolicySnapshot> snapshot;
  net::Clock clock;
};

// What is asked about one image. `question.uses` name documents and the fields in them: "app/templates/
// web.yaml: Deployment web: spec.template.spec.containers[web].image".
struct ReleaseImage {
  Question question;
  // As whom the pods of the first document that names it would pull.
  std::shared_ptr<const PullContext> pull;
  // A pull secret of it is in the release and so not there yet: whether the image can be read shows later.
  bool secret_to_come = false;
  // Only of hooks that `helm test` creates and an install does not.
  bool only_tests = false;
};

struct ReleaseImages {
  std::vector<ReleaseImage> images;
  // The first thing that kept images from being found, where no policy would deny the release for them.
  std::optional<Rejection> missed;
};

// Every distinct image that workloads in manifest and hooks name. Each by the policies of the namespace that
// its document names; else by those of the namespace that the record names and of the one in which the record
// lies: where their policies differ it is asked about twice. Kinds that the table does not know name none;
// lists are unfolded as helm unfolds them. None when no policy covers any image at all: then images are
// nobody's question here.
//
// Rejections, which name the document: kYamlMalformed for one that cannot be read and may name an image,
// since helm reads some of those; kImageFieldMalformed; kLimitExceeded; kDeadlineExceeded when `deadline`
// passes. But each only where some policy, or noMatch, could deny the release for an image that nobody knows.
Checked<ReleaseImages> FindReleaseImages(const chart::Release& release, const ReleaseImageSetting& setting,
                                         absl::Time deadline);

// How they are asked about; borrowed for the call.
struct ReleaseImageJudges {
  ImageVerifier& verifier;
  LastSeenTags& tags;
  std::string_view core;  // of the release
  policy::NoMatch no_match = policy::NoMatch::kDeny;
  const net::Clock& clock;
};

// A report on each, in order, and one with a warning of what was missed. From memory where that knows the
// answer; a tag that cannot be resolved stands for what it stood for when this very release was admitted.
// What could not be told for want of a secret to come, and what is wrong with images of tests, is a warning:
// the pods will be judged when they are created. Blocks; returns soon after `deadline`.
std::vector<ImageReport> JudgeReleaseImages(const ReleaseImages& found, const ReleaseImageJudges& judges,
                                            absl::Time deadline);

// Keeps what the tags of images that were admitted stood for.
void KeepTags(std::string_view core, const std::vector<ImageReport>& reports, LastSeenTags& tags);

}  // namespace chartseal::webhook
