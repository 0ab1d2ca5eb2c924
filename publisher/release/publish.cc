#include "publisher/release/publish.h"

#include <algorithm>
#include <iterator>

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
  using Preparation = absl::Status (Chain::*)();
  struct Planned {
    const char* name;
    Preparation prepare;  // of what fails anyway, before anything is written; may be null
    Step action;
    bool wanted;
  };
  absl::StatusOr<StepDone> MakePackage();
  absl::StatusOr<StepDone> Push();
  absl::StatusOr<StepDone> Sign();
  absl::StatusOr<StepDone> Attest();
  absl::StatusOr<StepDone> Verify();
  absl::StatusOr<StepDone> Mirror();
  absl::Status FindSigner();
  absl::Status FindRelease();

  void Perform(PublishStep& step, Step action);
  void Prepare(PublishStep& step, Preparation prepare);
  void Fail(PublishStep& step, const absl::Status& why);
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
  std::unique_ptr<GithubRelease> release_;
};

void Chain::Fail(PublishStep& step, const absl::Status& why) {
  step.outcome = StepOutcome::kFailed;
  step.detail = Message(why);
  result_.status = Annotate(why, step.name);
  means_.progress.Failed(step.detail);
}

void Chain::Perform(PublishStep& step, Step action) {
  means_.progress.Begin(step.name, result_.published.reference);
  auto done = (this->*action)();
  if (!done.ok()) return Fail(step, done.status());
  step.outcome = done->outcome;
  step.detail = std::move(done->detail);
  means_.progress.Done(step.detail);
}

void Chain::Prepare(PublishStep& step, Preparation prepare) {
  const absl::Status status = (this->*prepare)();
  if (status.ok()) return;
  means_.progress.Begin(step.name, result_.published.reference);
  Fail(step, Annotate(status, "nothing was pushed yet"));
}

PublishResult Chain::Run() {
  const Planned all[] = {
      {"package", nullptr, &Chain::MakePackage, true},
      {"push", nullptr, &Chain::Push, true},
      {"sign", &Chain::FindSigner, &Chain::Sign, true},
      {"attest", nullptr, &Chain::Attest, options_.attest_content},
      {"verify", nullptr, &Chain::Verify, true},
      {"mirror", &Chain::FindRelease, &Chain::Mirror, static_cast<bool>(means_.github_release)},
  };
  std::vector<Planned> plan;
  std::copy_if(std::begin(all), std::end(all), std::back_inserter(plan),
               [](const Planned& planned) { return planned.wanted; });
  for (const Planned& planned : plan) result_.steps.push_back({.name = planned.name, .detail = ""});
  Perform(result_.steps[0], plan[0].action);
  for (size_t i = 1; i < plan.size() && result_.status.ok(); ++i) {
    if (plan[i].prepare != nullptr) Prepare(result_.steps[i], plan[i].prepare);
  }
  for (size_t i = 1; i < plan.size() && result_.status.ok(); ++i) Perform(result_.steps[i], plan[i].action);
  return std::move(result_);
}

// The forms in which this run signs.
std::vector<ContentForm> FormsOf(const PublishOptions& options, bool mirrors) {
  std::vector<ContentForm> forms;
  if (options.layout != SignatureLayout::kLegacy) forms.push_back(ContentForm::kStatement);
  if (options.layout != SignatureLayout::kBundle) forms.push_back(ContentForm::kLegacyPayload);
  if (options.layout != SignatureLayout::kBundle && options.attest_content) {
    forms.push_back(ContentForm::kLegacyStatement);
  }
  if (mirrors) forms.push_back(ContentForm::kBlob);
  return forms;
}

// Whether the signature that is foreseen would be by one of those whom the caller demands.
absl::Status CheckDemanded(const policy::Authority& demanded, const sigstore::Claims& foreseen) {
  if (demanded.identities.empty()) return absl::OkStatus();
  std::optional<Rejection> rejection;
  for (const policy::Identity& identity : demanded.identities) {
    const auto checked = identity.Check(foreseen);
    if (checked.ok()) return absl::OkStatus();
    if (!rejection.has_value()) rejection = checked.rejection();
  }
  return WithReason(absl::FailedPreconditionError(
                        Cat("the token of this run is not that of the demanded signer: ", rejection->detail,
                            "; expected ", rejection->expected, ", found ", Printable(rejection->found))),
                    rejection->reason);
}

// Who signs is demanded by the caller, foreseen from the token, or read off the certificate that is issued.
absl::Status Chain::FindSigner() {
  for (const ContentForm form : FormsOf(options_, static_cast<bool>(means_.github_release))) {
    RETURN_IF_ERROR(means_.signer.CanMake(form));
  }
  ASSIGN_OR_RETURN(const auto foreseen, means_.foreseen_signer(deadline_));
  authority_ = options_.demanded;
  if (!foreseen.has_value()) return absl::OkStatus();
  if (!authority_.has_value()) {
    authority_ = foreseen->authority;
  } else if (foreseen->claims.has_value()) {
    return CheckDemanded(*authority_, *foreseen->claims);
  }
  return absl::OkStatus();
}

absl::Status Chain::FindRelease() {
  ASSIGN_OR_RETURN(release_, means_.github_release(deadline_));
  return absl::OkStatus();
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

absl::StatusOr<StepDone> Chain::Sign() {
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
  result_.published.release_url = release_->url();
  const MirrorInput input{
      .package = *package_, .signer = means_.signer, .authority = *authority_, .root = *means_.root};
  ASSIGN_OR_RETURN(const Mirrored mirrored, MirrorTo(*release_, input, deadline_));
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
