#pragma once

#include <string>
#include <utility>

#include "tests/verification/recorded.h"

// Decision records about releases.
namespace chartseal::verification {

inline const std::string kContent(64, 'c');

// The record of a release of the chart that `record` has as its image.
inline DecisionRecord OfRelease(DecisionRecord record) {
  RecordedPlace place;
  place.chart = std::move(record.images.at(0));
  record.images.clear();
  place.chart.image = "registry.test/acme/charts/app:1.2.3";
  place.chart.paths.clear();
  place.signers = "issuer https://issuer.test";
  place.fingerprint = kContent;
  place.stated = true;
  place.documents = {{"app/templates/web.yaml", "apps/v1 Deployment web", false, false, "template", true},
                     {"app/charts/db/templates/db.yaml", "v1 Service db", true, true, "template", false}};
  record.request.version = "v1";
  record.request.group = "";
  record.request.kind = "Secret";
  record.release = RecordedRelease{.chart = "app",
                                   .version = "1.2.3",
                                   .fingerprint = kContent,
                                   .places = {std::move(place)},
                                   .decisive = 0,
                                   .rulings = {}};
  return record;
}

// The record of a release, as if no policy said where its chart may lie.
inline DecisionRecord OfNoPlace(DecisionRecord record) {
  record.release->places.clear();
  record.release->decisive.reset();
  record.release->rulings = {{"", "enforce", "no", Reason::kNoPolicyMatches}};
  record.policies.clear();
  record.verdict = kVerdictDenied;
  record.reason = Reason::kNoPolicyMatches;
  return record;
}

}  // namespace chartseal::verification
