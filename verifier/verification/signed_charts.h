#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/chart/chart.h"
#include "verifier/crypto/digest.h"
#include "verifier/oci/artifact_source.h"
#include "verifier/oci/reference.h"
#include "verifier/policy/policy.h"
#include "verifier/sigstore/trusted_root.h"
#include "verifier/verification/conclusion.h"
#include "verifier/verification/evidence.h"

// Charts in registries, and what policies say of who signed them.
namespace chartseal::verification {

// What one reference stands for at this moment.
struct SignedChart {
  crypto::Digest digest;  // of the manifest
  // Of each policy that was asked about, in order: yes, no, or why that could not be told. About the
  // signature and the attestations that the policy asks for; never about content.
  std::vector<absl::StatusOr<std::shared_ptr<const Conclusion>>> conclusions;
  // The content fingerprint in hex, when it is known without the archive: every policy accepts a statement of
  // it (chart::kContentPredicate) by one of its own authorities, or the archive was read before. `stated`
  // tells the two apart.
  std::optional<std::string> fingerprint;
  bool stated = false;
  // For records and metrics.
  bool remembered = false;  // no evidence was fetched
  absl::Duration registry_time;
  absl::Duration crypto_time;
  std::shared_ptr<const Evidence> evidence;  // when it is at hand
};

// How a chart was looked up; for records.
struct Lookup {
  bool remembered = false;
  absl::Duration registry_time;
  absl::Duration crypto_time;
  std::shared_ptr<const Evidence> evidence;  // when it is at hand
};

inline Lookup LookupOf(const SignedChart& chart) {
  return {chart.remembered, chart.registry_time, chart.crypto_time, chart.evidence};
}

// Thread-safe.
class SignedCharts {
 public:
  virtual ~SignedCharts() = default;

  // Asks about `reference`, which has a digest or else a tag that is resolved afresh. An error as a whole
  // when it could not be resolved: kNotFound when the registry says that there is no such tag. Returns soon
  // after `deadline`.
  virtual absl::StatusOr<SignedChart> Ask(const oci::Reference& reference,
                                          const std::vector<const policy::Policy*>& policies,
                                          absl::Time deadline) = 0;

  // The same for who needs no fingerprint: no statement of the content is looked for, and that there is none
  // is not to be asked again and again. As Ask() unless it is overridden.
  virtual absl::StatusOr<SignedChart> AskSigner(const oci::Reference& reference,
                                                const std::vector<const policy::Policy*>& policies,
                                                absl::Time deadline);

  // Every tag of the repository, as ArtifactSource::ListTags(): for releases whose version does not say which
  // tag they are of. Unimplemented where nobody can be asked; then none is looked at.
  virtual absl::StatusOr<std::vector<std::string>> ListTags(const oci::Reference& repository,
                                                            absl::Time deadline);

  // The chart itself. Errors as PullChart().
  virtual absl::StatusOr<std::shared_ptr<const chart::Chart>> Pull(const oci::Reference& repository,
                                                                   const crypto::Digest& digest,
                                                                   absl::Time deadline) = 0;
};

// Asks a registry each time, and remembers nothing: for the command line.
class RegistryCharts : public SignedCharts {
 public:
  // `source` is borrowed and must outlive this. `root` is for authorities without one of their own.
  RegistryCharts(oci::ArtifactSource& source, std::shared_ptr<const sigstore::TrustedRoot> root)
      : source_(source), root_(std::move(root)) {}

  absl::StatusOr<SignedChart> Ask(const oci::Reference& reference,
                                  const std::vector<const policy::Policy*>& policies,
                                  absl::Time deadline) override;
  absl::StatusOr<SignedChart> AskSigner(const oci::Reference& reference,
                                        const std::vector<const policy::Policy*>& policies,
                                        absl::Time deadline) override;
  absl::StatusOr<std::vector<std::string>> ListTags(const oci::Reference& repository,
                                                    absl::Time deadline) override;
  absl::StatusOr<std::shared_ptr<const chart::Chart>> Pull(const oci::Reference& repository,
                                                           const crypto::Digest& digest,
                                                           absl::Time deadline) override;

 private:
  // `statements`: one for each policy, or none.
  absl::StatusOr<SignedChart> Find(const oci::Reference& reference,
                                   const std::vector<const policy::Policy*>& policies,
                                   const std::vector<policy::Policy>& statements, absl::Time deadline);

  oci::ArtifactSource& source_;
  const std::shared_ptr<const sigstore::TrustedRoot> root_;
};

// The policy that asks for a statement of the content fingerprint by `policy`'s own authorities, and for
// nothing else.
policy::Policy ContentStatementPolicy(const policy::Policy& policy);

// The fingerprint that all of these state; nullopt when one is no yes, states none, or another.
std::optional<std::string> StatedFingerprint(
    const std::vector<absl::StatusOr<std::shared_ptr<const Conclusion>>>& statements);

}  // namespace chartseal::verification
