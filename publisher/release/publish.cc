#include "publisher/release/publish.h"

#include "publisher/push/chart_push.h"
#include "publisher/release/existing.h"
#include "publisher/release/fresh_check.h"
#include "publisher/release/mirror.h"
#include "verifier/base/macros.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/oci/media_types.h"

namespace chartseal::publisher {
namespace {

// What a step that ended well says of itself.
struct StepDone {
  StepOutcome outcome = StepOutcome::kDone;
  std::string detail;
};

// The steps in their order, and what one leaves for the next.
class Chain {
 public:
  Chain(const PublishMeans& means, const PublishOptions& options, absl::Time deadline)
      : means_(means), options_(options), deadline_(deadline) {}

  PublishResult Run();

 private:
  using Step = absl::StatusOr<StepDone> (Chain::*)();
  absl::StatusOr<StepDone> MakePackage();
  absl::StatusOr<StepDone> Push();
  absl::StatusOr<StepDone> Sign();
  absl::StatusOr<StepDone> Attest();
  absl::StatusOr<StepDone> Verify();
  absl::StatusOr<StepDone> Mirror();

  void Perform(PublishStep& step, Step action, const std::string& about);
  absl::StatusOr<std::shared_ptr<oci::ArtifactSource>> Fresh() const { return means_.fresh_source(); }
  // Whether an earlier run may have signed: not when it did not come as far as the tag.
  bool MayHaveMore() const { return pushed_->was_there; }
  void Remember(const sigstore::VerifiedSignature& signature);
  AttachOptions AttachOptionsFor(SignatureLayout layout) const {
    return {
        .layout = layout,
        .annotations = options_.annotations,
        .created = options_.now,
        .subject = oci::Descriptor{std::string(oci::kOciManifest), pushed_->digest, pushed_->size, "", {}}};
  }

  const PublishMeans& means_;
  const PublishOptions& options_;
  const absl::Time deadline_;
  PublishResult result_;
  std::optional<Package> package_;
  std::optional<PushedChart> pushed_;
  std::optional<policy::Authority> authority_;  // who signs
};

void Chain::Perform(PublishStep& step, Step action, const std::string& about) {
  means_.progress.Begin(step.name, about);
  auto done = (this->*action)();
  if (done.ok()) {
    step.outcome = done->outcome;
    step.detail = std::move(done->detail);
    means_.progress.Done(step.detail);
    return;
  }
  step.outcome = StepOutcome::kFailed;
  step.detail = Message(done.status());
  result_.status = Annotate(done.status(), step.name);
  means_.progress.Failed(step.detail);
}

PublishResult Chain::Run() {
  struct Planned {
    const char* name;
    Step action;
    bool wanted;
  };
  const Planned plan[] = {
      {"package", &Chain::MakePackage, true},
      {"push", &Chain::Push, true},
      {"sign", &Chain::Sign, true},
      {"attest", &Chain::Attest, options_.attest_content},
      {"verify", &Chain::Verify, true},
      {"mirror", &Chain::Mirror, static_cast<bool>(means_.github_release)},
  };
  for (const Planned& planned : plan) {
    if (planned.wanted) result_.steps.push_back({.name = planned.name, .detail = ""});
  }
  size_t index = 0;
  for (const Planned& planned : plan) {
    if (!planned.wanted) continue;
    Perform(result_.steps[index++], planned.action, result_.published.reference);
    if (!result_.status.ok()) break;
  }
  return std::move(result_);
}

absl::StatusOr<StepDone> Chain::MakePackage() {
  ASSIGN_OR_RETURN(package_, means_.package());
  Published& published = result_.published;
  published.file_name = package_->file_name;
  published.archive_digest = package_->digest.ToString();
  published.fingerprint = chart::ContentFingerprint(package_->chart);
  ASSIGN_OR_RETURN(const oci::Reference target, ChartReference(options_.parent, package_->chart.metadata()));
  published.reference = target.ToString();
  return StepDone{.detail = Cat(published.file_name, " ", published.archive_digest)};
}

absl::StatusOr<StepDone> Chain::Push() {
  ASSIGN_OR_RETURN(const oci::Reference target, ChartReference(options_.parent, package_->chart.metadata()));
  const ChartToPush chart{.chart = &package_->chart,
                          .archive = package_->bytes,
                          .provenance = {},
                          .created = options_.created,
                          .replace_tag = options_.replace_tag};
  ASSIGN_OR_RETURN(pushed_, PushChart(means_.writer, target, chart, deadline_));
  result_.published.reference = pushed_->reference.ToString();
  result_.published.digest = pushed_->digest.ToString();
  result_.published.tag = pushed_->tag;
  return StepDone{pushed_->was_there ? StepOutcome::kWasThere : StepOutcome::kDone,
                  result_.published.reference};
}

void Chain::Remember(const sigstore::VerifiedSignature& signature) {
  if (!signature.claims.has_value()) return;
  result_.published.identity = signature.claims->identity;
  result_.published.issuer = signature.claims->issuer;
}

std::string SignerText(const Published& published) {
  return published.identity.empty() ? "with the key" : Cat("by ", published.identity);
}

// Who signs is demanded by the caller, foreseen from the token, or read off the certificate that was issued.
absl::StatusOr<StepDone> Chain::Sign() {
  authority_ = options_.demanded;
  if (!authority_.has_value()) {
    ASSIGN_OR_RETURN(authority_, means_.foreseen_signer(deadline_));
  }
  std::optional<SignatureLayout> missing = options_.layout;
  if (authority_.has_value() && MayHaveMore()) {
    ASSIGN_OR_RETURN(const auto source, Fresh());
    const ExistingSignatures existing =
        FindSignatures(*source, pushed_->reference, *authority_, *means_.root, options_.layout, deadline_);
    if (existing.signature.has_value()) Remember(*existing.signature);
    missing = existing.missing;
  }
  if (!missing.has_value()) return StepDone{StepOutcome::kWasThere, SignerText(result_.published)};
  ArtifactSigner signer(means_.signer, means_.writer);
  ASSIGN_OR_RETURN(const auto attached,
                   signer.Sign(pushed_->reference, AttachOptionsFor(*missing), deadline_));
  for (const Attachment& attachment : attached) {
    Remember(attachment.verified);
    const auto& claims = attachment.verified.claims;
    if (claims.has_value() && !options_.demanded.has_value()) authority_ = ExactlyAs(*claims);
  }
  if (!authority_.has_value()) return absl::InternalError("a key pair signed, and nobody said which");
  return StepDone{.detail = SignerText(result_.published)};
}

absl::StatusOr<StepDone> Chain::Attest() {
  const std::string detail = Cat("content fingerprint ", result_.published.fingerprint);
  std::optional<SignatureLayout> missing = options_.layout;
  if (authority_.has_value() && MayHaveMore()) {
    ASSIGN_OR_RETURN(const auto source, Fresh());
    missing = FindFingerprint(*source, pushed_->reference, *authority_, *means_.root, options_.layout,
                              result_.published.fingerprint, deadline_);
  }
  if (!missing.has_value()) return StepDone{StepOutcome::kWasThere, detail};
  ArtifactSigner signer(means_.signer, means_.writer);
  RETURN_IF_ERROR(signer
                      .Attest(pushed_->reference, chart::kContentPredicate,
                              chart::ContentPredicate(package_->chart), AttachOptionsFor(*missing), deadline_)
                      .status());
  return StepDone{.detail = detail};
}

absl::StatusOr<StepDone> Chain::Verify() {
  ASSIGN_OR_RETURN(const auto source, Fresh());
  const WhatWasPublished expected{
      .reference = pushed_->reference,
      .archive = package_->digest,
      .fingerprint = options_.attest_content ? result_.published.fingerprint : ""};
  RETURN_IF_ERROR(CheckPublished(*source, expected, *authority_, means_.root, deadline_));
  return StepDone{.detail =
                      Cat("by digest and by tag ", pushed_->tag, ", signed ", SignerText(result_.published))};
}

absl::StatusOr<StepDone> Chain::Mirror() {
  ASSIGN_OR_RETURN(const auto release, means_.github_release(deadline_));
  result_.published.release_url = release->url();
  const MirrorInput input{
      .package = *package_, .signer = means_.signer, .authority = *authority_, .root = *means_.root};
  ASSIGN_OR_RETURN(const Mirrored mirrored, MirrorTo(*release, input, deadline_));
  const bool was_there =
      mirrored.archive == AssetOutcome::kWasThere && mirrored.bundle == AssetOutcome::kWasThere;
  return StepDone{
      was_there ? StepOutcome::kWasThere : StepOutcome::kDone,
      Cat(package_->file_name, " ", Name(mirrored.archive), ", its bundle ", Name(mirrored.bundle))};
}

}  // namespace

std::string_view Name(StepOutcome outcome) {
  switch (outcome) {
    case StepOutcome::kNotDone:
      return "not done";
    case StepOutcome::kDone:
      return "done";
    case StepOutcome::kWasThere:
      return "was there";
    case StepOutcome::kFailed:
      return "failed";
  }
  return "";
}

PublishResult Publish(const PublishMeans& means, const PublishOptions& options, absl::Time deadline) {
  return Chain(means, options, deadline).Run();
}

}  // namespace chartseal::publisher
