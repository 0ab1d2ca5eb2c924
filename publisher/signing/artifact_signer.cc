#include "publisher/signing/artifact_signer.h"

#include <utility>

#include "publisher/signing/bundle_writer.h"
#include "publisher/signing/legacy_tag.h"
#include "publisher/signing/legacy_writer.h"
#include "publisher/signing/referrer_manifest.h"
#include "publisher/signing/statement_writer.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/oci/manifest.h"

namespace chartseal::publisher {
namespace {

// What is said about the artifact: that it is signed, or a predicate.
struct Assertion {
  std::string_view predicate_type;  // empty: a signature
  std::string_view predicate_json;
  const AttachOptions& options;

  bool is_signature() const { return predicate_type.empty(); }
  std::string_view StatementType() const {
    return is_signature() ? sigstore::kCosignSignPredicate : predicate_type;
  }
  std::string Statement(const crypto::Digest& subject) const {
    if (is_signature()) return MakeSignStatement(subject, options.annotations);
    return MakeStatement(subject, predicate_type, predicate_json, options.annotations);
  }
};

absl::Status CheckAnnotations(const std::map<std::string, std::string>& annotations) {
  for (const auto& [key, value] : annotations) {
    if (!key.empty() && IsUtf8(key) && IsUtf8(value)) continue;
    return absl::InvalidArgumentError(
        Cat("annotation ", Printable(key, 80), ": key and value must be UTF-8, and the key not empty"));
  }
  return absl::OkStatus();
}

class Attaching {
 public:
  Attaching(const Signer& signer, RegistryWriter& writer, const oci::Reference& artifact,
            const Assertion& assertion, absl::Time deadline)
      : signer_(signer), writer_(writer), artifact_(artifact), assertion_(assertion), deadline_(deadline) {}

  // Nothing is written before everything is made: what fails up to there leaves nothing behind but the
  // entries of logs.
  absl::StatusOr<std::vector<Attachment>> Run() {
    RETURN_IF_ERROR(CheckAnnotations(assertion_.options.annotations));
    RETURN_IF_ERROR(FindSubject());
    const SignatureLayout layout = assertion_.options.layout;
    // The legacy layout asks more of the services: where it cannot be made, nothing is sent at all.
    if (layout != SignatureLayout::kBundle) RETURN_IF_ERROR(MakeLegacy());
    if (layout != SignatureLayout::kLegacy) RETURN_IF_ERROR(MakeBundle());
    if (bundle_) RETURN_IF_ERROR(Told(PushBundle(), "as a bundle"));
    if (legacy_) RETURN_IF_ERROR(Told(PushLegacy(), "in the legacy layout"));
    return std::move(attachments_);
  }

 private:
  absl::Status FindSubject() {
    if (!artifact_.digest()) {
      return Malformed(Reason::kReferenceMalformed, artifact_.ToString(),
                       "only a digest can be signed, and this names none");
    }
    subject_ = assertion_.options.subject;
    if (subject_ && subject_->digest == *artifact_.digest()) return absl::OkStatus();
    ASSIGN_OR_RETURN(
        const oci::ManifestBytes bytes,
        writer_.client().FetchManifest(artifact_, *artifact_.digest(), limits::kMaxManifestBytes, deadline_));
    ASSIGN_OR_RETURN(const oci::Manifest manifest,
                     oci::Manifest::Parse(bytes.bytes, bytes.media_type, artifact_.ToString()));
    subject_ = oci::Descriptor{
        manifest.media_type(), *artifact_.digest(), static_cast<int64_t>(bytes.bytes.size()), "", {}};
    return absl::OkStatus();
  }

  absl::Status MakeBundle() {
    ASSIGN_OR_RETURN(
        bundle_, signer_.SignStatement(assertion_.Statement(subject_->digest), subject_->digest, deadline_));
    return absl::OkStatus();
  }

  absl::Status MakeLegacy() {
    const crypto::Digest& digest = subject_->digest;
    if (assertion_.is_signature()) {
      const std::string payload = MakeSimpleSigning(artifact_.Name(), digest, assertion_.options.annotations);
      ASSIGN_OR_RETURN(legacy_, signer_.SignPayload(payload, digest, deadline_));
    } else {
      ASSIGN_OR_RETURN(legacy_, signer_.SignLegacyStatement(assertion_.Statement(digest), digest, deadline_));
    }
    return absl::OkStatus();
  }

  absl::Status PushBundle() {
    const std::string& json = bundle_->bundle_json;
    const Content blobs[] = {{json, kBundleMediaType, /*is_new=*/true}, {kEmptyConfig, oci::kOciEmpty}};
    RETURN_IF_ERROR(writer_.PushBlobs(artifact_, blobs, deadline_));
    const oci::Descriptor layer{std::string(kBundleMediaType),
                                crypto::Digest::Sha256Of(json),
                                static_cast<int64_t>(json.size()),
                                "",
                                {}};
    const std::string manifest =
        MakeReferrerManifest(*subject_, layer, assertion_.StatementType(), assertion_.options.created);
    ASSIGN_OR_RETURN(const oci::Descriptor referrer,
                     writer_.Attach(artifact_, manifest, oci::kOciManifest, deadline_));
    attachments_.push_back({"bundle", artifact_.WithDigestOnly(referrer.digest),
                            std::move(bundle_->bundle_json), std::move(bundle_->verified)});
    return absl::OkStatus();
  }

  absl::Status PushLegacy() {
    const std::string_view suffix = assertion_.is_signature() ? ".sig" : ".att";
    ASSIGN_OR_RETURN(const oci::Reference tagged,
                     artifact_.WithTag(oci::DigestTag(subject_->digest, suffix)));
    RETURN_IF_ERROR(AppendToLegacyTag(writer_, tagged, *legacy_, assertion_.predicate_type, deadline_));
    attachments_.push_back({"legacy", tagged, "", std::move(legacy_->verified)});
    return absl::OkStatus();
  }

  // What went before, so that nobody has to guess what the registry holds now.
  absl::Status Told(const absl::Status& status, std::string_view how) const {
    if (status.ok()) return status;
    std::string there;
    for (const Attachment& attachment : attachments_) {
      there += Cat("; attached already: ", attachment.layout, " ", attachment.location.ToString());
    }
    return Annotate(status, Cat(artifact_.ToString(), " was signed, but this was not attached ", how,
                                there.empty() ? "; nothing else was attached" : there));
  }

  const Signer& signer_;
  RegistryWriter& writer_;
  const oci::Reference& artifact_;
  const Assertion& assertion_;
  const absl::Time deadline_;
  std::optional<oci::Descriptor> subject_;
  std::optional<MadeSignature> bundle_;
  std::optional<MadeSignature> legacy_;
  std::vector<Attachment> attachments_;
};

// An attestation that said "signed" would pass for a signature (design §3.8).
absl::Status CheckPredicateType(std::string_view type) {
  if (!type.empty() && type != sigstore::kCosignSignPredicate && IsUtf8(type)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      Cat("predicate type \"", Printable(type), "\" cannot be attested; to sign, use sign"));
}

absl::Status CheckPredicate(std::string_view json) {
  if (json.size() > limits::kMaxPredicateBytes) {
    return WithReason(absl::ResourceExhaustedError(Cat("predicate: ", json.size(), " bytes; the limit is ",
                                                       limits::kMaxPredicateBytes)),
                      Reason::kLimitExceeded);
  }
  return ParseJson(json, "predicate", {.max_bytes = limits::kMaxPredicateBytes}).status();
}

}  // namespace

absl::StatusOr<std::vector<Attachment>> ArtifactSigner::Sign(const oci::Reference& artifact,
                                                             const AttachOptions& options,
                                                             absl::Time deadline) {
  return Attaching(signer_, writer_, artifact, {"", "", options}, deadline).Run();
}

absl::StatusOr<std::vector<Attachment>> ArtifactSigner::Attest(const oci::Reference& artifact,
                                                               std::string_view predicate_type,
                                                               std::string_view predicate_json,
                                                               const AttachOptions& options,
                                                               absl::Time deadline) {
  RETURN_IF_ERROR(CheckPredicateType(predicate_type));
  RETURN_IF_ERROR(CheckPredicate(predicate_json));
  return Attaching(signer_, writer_, artifact, {predicate_type, predicate_json, options}, deadline).Run();
}

absl::StatusOr<std::vector<Attachment>> ArtifactSigner::Attest(const oci::Reference& artifact,
                                                               std::string_view predicate_type,
                                                               const Node& predicate,
                                                               const AttachOptions& options,
                                                               absl::Time deadline) {
  return Attest(artifact, predicate_type, std::string_view(WriteJson(predicate)), options, deadline);
}

}  // namespace chartseal::publisher
