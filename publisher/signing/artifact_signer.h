#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "publisher/push/registry_writer.h"
#include "publisher/signing/signer.h"
#include "verifier/base/node.h"
#include "verifier/oci/manifest.h"
#include "verifier/oci/reference.h"

namespace chartseal::publisher {

// Where a signature is put (spec/sigstore.md §1).
enum class SignatureLayout { kBundle, kLegacy, kBoth };

struct AttachOptions {
  SignatureLayout layout = SignatureLayout::kBundle;
  std::map<std::string, std::string> annotations;  // cosign -a: signed with it
  absl::Time created;                              // for the referrer's annotation
  // The artifact's manifest, for a caller who has just seen that the registry has it; else it is asked for.
  std::optional<oci::Descriptor> subject = std::nullopt;
};

// Something that was attached to a digest.
struct Attachment {
  std::string layout;       // "bundle" or "legacy"
  oci::Reference location;  // the referrer by digest, or the legacy tag
  std::string bundle_json;  // of the bundle layout
  sigstore::VerifiedSignature verified;
};

// Signs artifacts of a registry by digest and attaches what it made. Everything is made and verified before
// anything is pushed; what was pushed before a failure is named in its message. Thread-safe.
class ArtifactSigner {
 public:
  // Borrows both.
  ArtifactSigner(const Signer& signer, RegistryWriter& writer) : signer_(signer), writer_(writer) {}

  // `artifact` has a digest, and the registry has that manifest. Errors: those of Signer and RegistryWriter;
  // NotFound.
  absl::StatusOr<std::vector<Attachment>> Sign(const oci::Reference& artifact, const AttachOptions& options,
                                               absl::Time deadline);
  // An in-toto statement of `predicate_type` with this predicate about the artifact. As text, the predicate
  // is signed byte for byte; InvalidArgument/kJsonMalformed when it is no strict JSON,
  // ResourceExhausted/kLimitExceeded beyond limits::kMaxPredicateBytes. InvalidArgument for an empty type and
  // for that of a signature.
  absl::StatusOr<std::vector<Attachment>> Attest(const oci::Reference& artifact,
                                                 std::string_view predicate_type,
                                                 std::string_view predicate_json,
                                                 const AttachOptions& options, absl::Time deadline);
  absl::StatusOr<std::vector<Attachment>> Attest(const oci::Reference& artifact,
                                                 std::string_view predicate_type, const Node& predicate,
                                                 const AttachOptions& options, absl::Time deadline);

 private:
  const Signer& signer_;
  RegistryWriter& writer_;
};

}  // namespace chartseal::publisher
