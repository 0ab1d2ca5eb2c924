#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/net/clock.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/oci/mirror_table.h"

namespace chartseal::oci {

struct MirrorOptions {
  net::Clock clock = net::SystemClock();
  // Told of each mirror that was passed over because it could not be reached, for logs and metrics. Called
  // from several threads.
  std::function<void(std::string_view mirror, const absl::Status& why)> on_passed_over;
};

// Reads what a reference names from the places that a MirrorTable gives (docs/decisions/0008). Callers keep
// using the logical name: policies, verdicts and errors are about that one.
//
// The next place is asked only when one could not be reached (Unavailable, or its share of the time ran out)
// or does not have what was asked for. Everything else is the answer, errors included: a mirror that serves
// other bytes than the digest says, refuses the credentials, or has an untrusted certificate is reported,
// never passed over in silence. "Not found", and "nothing attached", is said only when every place has said
// so; when one of them could not be asked, that is the answer. Each place is asked once for each call, so
// that requests stay bounded. Thread-safe when the inner source is.
class MirroredSource : public ArtifactSource {
 public:
  MirroredSource(std::shared_ptr<ArtifactSource> inner, MirrorTable table, MirrorOptions options = {});

  absl::StatusOr<Descriptor> ResolveTag(const Reference& reference, absl::Time deadline) override;
  absl::StatusOr<ManifestBytes> FetchManifest(const Reference& repository, const crypto::Digest& digest,
                                              size_t max_bytes, absl::Time deadline) override;
  absl::StatusOr<ManifestBytes> FetchManifestByTag(const Reference& repository, std::string_view tag,
                                                   size_t max_bytes, absl::Time deadline) override;
  absl::StatusOr<std::string> FetchBlob(const Reference& repository, const Descriptor& blob, size_t max_bytes,
                                        absl::Time deadline) override;
  // The list of the first place that has one with something on it.
  absl::StatusOr<ReferrersResult> ListReferrers(const Reference& repository, const crypto::Digest& digest,
                                                absl::Time deadline) override;
  // The same. What a mirror does not have yet is not on it.
  absl::StatusOr<std::vector<std::string>> ListTags(const Reference& repository,
                                                    absl::Time deadline) override;

 private:
  // Asks one place, until the time that is its share.
  template <typename T>
  using Question = std::function<absl::StatusOr<T>(const Reference&, absl::Time)>;
  template <typename T>
  absl::StatusOr<T> Ask(const Reference& reference, absl::Time deadline, const Question<T>& question);

  absl::StatusOr<std::vector<Place>> InOrder(const Reference& reference);
  absl::Time ShareOf(size_t places_left, absl::Time deadline) const;
  void PassOver(const Place& place, const absl::Status& why);
  void Reached(const Place& place);

  const std::shared_ptr<ArtifactSource> inner_;
  const MirrorTable table_;
  const MirrorOptions options_;
  std::mutex mutex_;
  std::map<std::string, absl::Time> away_until_;  // by mirror; at most one for each entry of the table
};

}  // namespace chartseal::oci
