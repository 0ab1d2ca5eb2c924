#include "publisher/signing/legacy_tag.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "publisher/signing/legacy_writer.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

class TagWriter {
 public:
  TagWriter(RegistryWriter& writer, const oci::Reference& tagged, const MadeSignature& made,
            oci::Descriptor layer, absl::Time deadline)
      : writer_(writer), tagged_(tagged), made_(made), layer_(std::move(layer)), deadline_(deadline) {}

  absl::Status Run() {
    absl::Status status;
    for (int attempt = 0; attempt < limits::kMaxIndexWriteAttempts; ++attempt) {
      ASSIGN_OR_RETURN(const std::optional<oci::ManifestBytes> existing, Read());
      ASSIGN_OR_RETURN(const bool there, IsThere(existing));
      if (there) return absl::OkStatus();
      status = Write(existing);
      if (ReasonOf(status) != Reason::kTagMoved) return status;
    }
    return status;
  }

 private:
  const std::string& tag() const { return *tagged_.tag(); }

  absl::StatusOr<std::optional<oci::ManifestBytes>> Read() {
    auto manifest = writer_.client().FetchManifestByTag(tagged_, tag(), limits::kMaxManifestBytes, deadline_);
    if (absl::IsNotFound(manifest.status())) return std::nullopt;
    RETURN_IF_ERROR(manifest.status());
    return *std::move(manifest);
  }

  absl::StatusOr<bool> IsThere(const std::optional<oci::ManifestBytes>& existing) const {
    if (!existing) return false;
    ASSIGN_OR_RETURN(const oci::Manifest manifest,
                     oci::Manifest::Parse(existing->bytes, existing->media_type, tagged_.ToString()));
    const auto& layers = manifest.layers();
    return std::any_of(layers.begin(), layers.end(), [this](const auto& layer) { return IsSame(layer); });
  }

  // An envelope holds its signature; of a payload the annotation must verify with our key, whatever its
  // bytes: ECDSA signs the same thing differently each time.
  bool IsSame(const oci::Descriptor& layer) const {
    if (layer.digest != layer_.digest) return false;
    if (layer_.media_type == kEnvelopeType) return true;
    const auto found = layer.annotations.find(std::string(kSignatureAnnotation));
    if (found == layer.annotations.end()) return false;
    const auto signature = Base64Decode(found->second);
    const crypto::PublicKey& key = *made_.verified.key;
    return signature.ok() &&
           key.Verify(key.default_scheme(), made_.layer, *signature) == crypto::SignatureCheck::kValid;
  }

  absl::Status Write(const std::optional<oci::ManifestBytes>& existing) {
    ASSIGN_OR_RETURN(const LegacyManifest next, AppendLayer(existing, layer_, tagged_.ToString()));
    RETURN_IF_ERROR(writer_.PushBlob(tagged_, next.config, next.config_media_type, deadline_).status());
    return writer_.WriteTag(tagged_, tag(), next.manifest, next.media_type, deadline_);
  }

  RegistryWriter& writer_;
  const oci::Reference& tagged_;
  const MadeSignature& made_;
  const oci::Descriptor layer_;
  const absl::Time deadline_;
};

}  // namespace

absl::Status AppendToLegacyTag(RegistryWriter& writer, const oci::Reference& tagged,
                               const MadeSignature& made, std::string_view predicate_type,
                               absl::Time deadline) {
  const std::string_view media_type = predicate_type.empty() ? kSimpleSigningType : kEnvelopeType;
  ASSIGN_OR_RETURN(auto annotations, LegacyAnnotations(made, predicate_type));
  ASSIGN_OR_RETURN(oci::Descriptor layer, writer.PushBlob(tagged, made.layer, media_type, deadline));
  layer.media_type = std::string(media_type);
  layer.annotations = std::move(annotations);
  return TagWriter(writer, tagged, made, std::move(layer), deadline).Run();
}

}  // namespace chartseal::publisher
