#include "verifier/oci/mirrors.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::oci {
namespace {

bool HasSomething(const ReferrersResult& result) { return !result.descriptors.empty(); }
bool HasSomething(const std::vector<std::string>& tags) { return !tags.empty(); }
template <typename T>
bool HasSomething(const T&) {
  return true;
}

// Nobody was there, as opposed to somebody who gave a wrong answer.
bool NotReached(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

// Which place an error is about: the logical name is what people know, so only a mirror is named.
absl::Status AtPlace(const absl::Status& status, const Place& place) {
  return place.mirror.empty() ? status : Annotate(status, Cat("mirror ", place.mirror));
}

}  // namespace

MirroredSource::MirroredSource(std::shared_ptr<ArtifactSource> inner, MirrorTable table,
                               MirrorOptions options)
    : inner_(std::move(inner)), table_(std::move(table)), options_(std::move(options)) {}

// What could not be asked outweighs "not there": an incomplete mirror proves nothing while another place that
// may have it is silent.
template <typename T>
absl::StatusOr<T> MirroredSource::Ask(const Reference& reference, absl::Time deadline,
                                      const Question<T>& question) {
  ASSIGN_OR_RETURN(const std::vector<Place> places, InOrder(reference));
  std::optional<absl::Status> unreached;
  std::optional<absl::StatusOr<T>> nothing;
  for (size_t i = 0; i < places.size(); ++i) {
    absl::StatusOr<T> answer = question(places[i].reference, ShareOf(places.size() - i, deadline));
    if (!answer.ok() && NotReached(answer.status())) {
      PassOver(places[i], answer.status());
      if (!unreached.has_value()) unreached = AtPlace(answer.status(), places[i]);
      continue;
    }
    Reached(places[i]);
    if (answer.ok() && HasSomething(*answer)) return answer;
    if (!answer.ok() && !absl::IsNotFound(answer.status())) return AtPlace(answer.status(), places[i]);
    // An empty list says more than "not found".
    if (!nothing.has_value() || answer.ok()) nothing = std::move(answer);
  }
  if (unreached.has_value()) return *std::move(unreached);
  return *std::move(nothing);
}

// Mirrors that could not be reached lately come last, so that not every request waits for them again.
absl::StatusOr<std::vector<Place>> MirroredSource::InOrder(const Reference& reference) {
  ASSIGN_OR_RETURN(std::vector<Place> places, table_.PlacesOf(reference));
  if (places.size() < 2) return places;
  const absl::Time now = options_.clock();
  const std::lock_guard lock(mutex_);
  std::stable_partition(places.begin(), places.end(), [&](const Place& place) {
    const auto found = away_until_.find(place.mirror);
    return place.mirror.empty() || found == away_until_.end() || found->second <= now;
  });
  return places;
}

// Half of what is left, so that one silent mirror leaves time to ask elsewhere; all of it for the last.
absl::Time MirroredSource::ShareOf(size_t places_left, absl::Time deadline) const {
  if (places_left < 2) return deadline;
  const absl::Time now = options_.clock();
  return now + (deadline - now) / 2;
}

void MirroredSource::PassOver(const Place& place, const absl::Status& why) {
  if (place.mirror.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    away_until_[place.mirror] = options_.clock() + limits::kMirrorPause;
  }
  if (options_.on_passed_over) options_.on_passed_over(place.mirror, why);
}

void MirroredSource::Reached(const Place& place) {
  if (place.mirror.empty()) return;
  const std::lock_guard lock(mutex_);
  away_until_.erase(place.mirror);
}

absl::StatusOr<Descriptor> MirroredSource::ResolveTag(const Reference& reference, absl::Time deadline) {
  return Ask<Descriptor>(reference, deadline, [&](const Reference& at, absl::Time until) {
    return inner_->ResolveTag(at, until);
  });
}

absl::StatusOr<ManifestBytes> MirroredSource::FetchManifest(const Reference& repository,
                                                            const crypto::Digest& digest, size_t max_bytes,
                                                            absl::Time deadline) {
  return Ask<ManifestBytes>(repository, deadline, [&](const Reference& at, absl::Time until) {
    return inner_->FetchManifest(at, digest, max_bytes, until);
  });
}

absl::StatusOr<ManifestBytes> MirroredSource::FetchManifestByTag(const Reference& repository,
                                                                 std::string_view tag, size_t max_bytes,
                                                                 absl::Time deadline) {
  return Ask<ManifestBytes>(repository, deadline, [&](const Reference& at, absl::Time until) {
    return inner_->FetchManifestByTag(at, tag, max_bytes, until);
  });
}

absl::StatusOr<std::string> MirroredSource::FetchBlob(const Reference& repository, const Descriptor& blob,
                                                      size_t max_bytes, absl::Time deadline) {
  return Ask<std::string>(repository, deadline, [&](const Reference& at, absl::Time until) {
    return inner_->FetchBlob(at, blob, max_bytes, until);
  });
}

absl::StatusOr<ReferrersResult> MirroredSource::ListReferrers(const Reference& repository,
                                                              const crypto::Digest& digest,
                                                              absl::Time deadline) {
  return Ask<ReferrersResult>(repository, deadline, [&](const Reference& at, absl::Time until) {
    return inner_->ListReferrers(at, digest, until);
  });
}

absl::StatusOr<std::vector<std::string>> MirroredSource::ListTags(const Reference& repository,
                                                                  absl::Time deadline) {
  return Ask<std::vector<std::string>>(repository, deadline, [&](const Reference& at, absl::Time until) {
    return inner_->ListTags(at, until);
  });
}

}  // namespace chartseal::oci
