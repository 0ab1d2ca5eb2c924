#include "publisher/release/mirror.h"

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/verification/blob_verifier.h"

namespace chartseal::publisher {
namespace {

bool Holds(const std::string& bundle, const std::string& name, const MirrorInput& input) {
  policy::Requirement requirement;
  requirement.authorities.push_back(input.authority);
  const sigstore::Artifact artifact{.digest = input.package.digest, .bytes = input.package.bytes};
  const auto verdict = verification::VerifyBlob(artifact, bundle, name, requirement, input.root);
  return verdict.ok() && verdict->accepted;
}

}  // namespace

absl::StatusOr<Mirrored> MirrorTo(GithubRelease& release, const MirrorInput& input, absl::Time deadline) {
  Mirrored mirrored;
  const ReleaseAsset archive{
      .name = input.package.file_name, .bytes = input.package.bytes, .media_type = "application/gzip"};
  ASSIGN_OR_RETURN(mirrored.archive, release.Put(archive, deadline));
  const std::string name = archive.name + ".sigstore.json";
  ASSIGN_OR_RETURN(const auto there, release.Get(name, limits::kMaxBundleBytes, deadline));
  if (there.has_value() && Holds(*there, name, input)) {
    mirrored.bundle = AssetOutcome::kWasThere;
    return mirrored;
  }
  ASSIGN_OR_RETURN(const MadeSignature made, input.signer.SignBlob(input.package.bytes, deadline));
  const ReleaseAsset bundle{
      .name = name, .bytes = made.bundle_json, .media_type = "application/vnd.dev.sigstore.bundle.v0.3+json"};
  auto put = release.Put(bundle, deadline);
  if (!put.ok()) {
    return Annotate(put.status(), Cat(archive.name, " is in the release, its bundle is not"));
  }
  mirrored.bundle = *put;
  return mirrored;
}

}  // namespace chartseal::publisher
