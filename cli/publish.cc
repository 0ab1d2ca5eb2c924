#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

#include "absl/time/clock.h"
#include "cli/created_flag.h"
#include "cli/environment.h"
#include "cli/flags.h"
#include "cli/report.h"
#include "cli/signing_flags.h"
#include "cli/step_progress.h"
#include "cli/subcommands.h"
#include "publisher/package/package.h"
#include "publisher/push/chart_push.h"
#include "publisher/release/existing.h"
#include "publisher/release/publish.h"
#include "publisher/release/step_outputs.h"
#include "verifier/base/encoding.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::cli {
namespace {

using publisher::Published;
using publisher::PublishOptions;
using publisher::PublishResult;
using publisher::PublishStep;
using publisher::StepOutcome;

constexpr char kExample[] =
    "Example: chartseal publish install/kubernetes/app oci://ghcr.io/acme/charts --github-release "
    "acme/app@v1.4.2\n"
    "The steps are package, push, sign, attest, verify, mirror, in this order. The first failure ends it; "
    "run again, it does\n"
    "what is missing.\n\n"
    "Exit codes: 0 published, 1 a definite no (the chart breaks a rule, the version is taken, it does not "
    "verify), 2 wrong\n"
    "usage, 3 could not be done.";

struct PublishFlags {
  std::string directory;
  std::string parent;
  CreatedFlag created;
  std::string github_release;
  bool replace_assets = false;
  bool replace_tag = false;
  bool no_content_attestation = false;
  IdentityFlags who;
  AttachFlags attach;
  SigningFlags signing;
  RegistryFlags registry = {.timeout = "5m"};
  OutputFormat output = OutputFormat::kText;
};

// Whoever the key or the token of this run names.
absl::StatusOr<std::optional<publisher::ForeseenSigner>> Foresee(const PublishFlags& flags,
                                                                 const publisher::Signer& signer,
                                                                 absl::Time deadline) {
  if (const publisher::KeyPair* pair = signer.key_pair(); pair != nullptr) {
    policy::Authority authority;
    authority.name = "signer";
    authority.key = sigstore::ManagedKey{pair->key->public_key(), std::nullopt, std::nullopt};
    if (!pair->services.has_value()) authority.thresholds = {.transparency_logs = 0, .signed_times = 0};
    return publisher::ForeseenSigner{std::move(authority), std::nullopt};
  }
  ASSIGN_OR_RETURN(const publisher::IdentityToken token, flags.signing.ObtainToken(deadline));
  if (!token.expected_identity().has_value()) return std::nullopt;
  sigstore::Claims claims;
  claims.identity = *token.expected_identity();
  claims.issuer = token.issuer();
  return publisher::ForeseenSigner{publisher::ExactlyAs(claims), claims};
}

absl::StatusOr<PublishOptions> OptionsOf(const PublishFlags& flags, absl::Time source_time) {
  const absl::Time now = absl::Now();
  ASSIGN_OR_RETURN(const publisher::AttachOptions attach, flags.attach.ToOptions(now));
  ASSIGN_OR_RETURN(const std::optional<std::string> created, flags.created.Given());
  PublishOptions options{.parent = flags.parent,
                         .created = created.value_or(Rfc3339(source_time)),
                         .now = now,
                         .layout = attach.layout,
                         .annotations = attach.annotations,
                         .attest_content = !flags.no_content_attestation,
                         .demanded = std::nullopt,
                         .replace_tag = flags.replace_tag};
  if (flags.who.Any()) {
    if (!flags.signing.key_file.empty()) {
      return UsageError("--key and the --certificate-… flags exclude each other: a key has no certificate");
    }
    ASSIGN_OR_RETURN(options.demanded, flags.who.ToAuthority());
  }
  return options;
}

// A variable that is set to nothing is as good as none.
std::string GithubToken() {
  for (const char* name : {"GITHUB_TOKEN", "GH_TOKEN"}) {
    if (const std::string token = Environment(name).value_or(""); !token.empty()) return token;
  }
  return "";
}

absl::StatusOr<std::unique_ptr<publisher::GithubRelease>> FindRelease(const PublishFlags& flags,
                                                                      const publisher::ReleaseName& name,
                                                                      absl::Time deadline) {
  const std::string token = GithubToken();
  if (token.empty()) {
    return WithReason(
        absl::FailedPreconditionError(Cat(
            "release ", name.ToString(),
            ": GITHUB_TOKEN is not set, and nothing can be uploaded without; set it in the step's env, to "
            "${{ github.token }} in a job that has 'permissions: contents: write'")),
        Reason::kGithubFailed);
  }
  ASSIGN_OR_RETURN(auto http, net::MakeHttpClient());
  publisher::GithubOptions options{.replace = flags.replace_assets, .http = std::move(http)};
  options.api_url = Environment("GITHUB_API_URL").value_or(options.api_url);
  options.token = oci::Secret(token);
  return publisher::FindGithubRelease(name, std::move(options), deadline);
}

// "  push      done       ghcr.io/…".
void PrintRow(std::string_view name, std::string_view outcome, std::string_view detail) {
  std::string row = Cat("  ", name, std::string(name.size() < 10 ? 10 - name.size() : 1, ' '), outcome);
  if (!detail.empty()) row += Cat(std::string(outcome.size() < 11 ? 11 - outcome.size() : 1, ' '), detail);
  std::printf("%s\n", ForTerminal(row).c_str());
}

// Why a step failed stands in whole on standard error.
void PrintText(const PublishResult& result) {
  const Published& published = result.published;
  const std::string where = Cat(published.reference.empty() ? "" : "  ", published.reference);
  std::printf("%s%s\n", result.status.ok() ? "PUBLISHED" : "NOT PUBLISHED", ForTerminal(where).c_str());
  const Reason reason = ReasonOf(result.status);
  for (const PublishStep& step : result.steps) {
    const bool failed = step.outcome == StepOutcome::kFailed;
    PrintRow(step.name, Name(step.outcome), failed ? Name(reason) : std::string_view(step.detail));
  }
  if (!result.status.ok()) {
    if (const std::string next = NextStep(reason); !next.empty()) PrintRow("next", next, "");
  } else if (!published.release_url.empty()) {
    PrintRow("release", published.release_url, "");
  }
}

Node ToNode(const PublishResult& result) {
  const Published& published = result.published;
  Node root = Node::MakeMap();
  const ExitCode code = ExitCodeOf(result.status);
  root.Set("verdict", code == ExitCode::kYes ? "yes" : code == ExitCode::kNo ? "no" : "could-not-tell");
  if (!result.status.ok()) {
    const Reason reason = ReasonOf(result.status);
    root.Set("reason", Name(reason)).Set("detail", Message(result.status));
    if (const std::string next = NextStep(reason); !next.empty()) root.Set("next", next);
  }
  Node steps = Node::MakeList();
  for (const PublishStep& step : result.steps) {
    steps.Append(
        Node::MakeMap().Set("name", step.name).Set("outcome", Name(step.outcome)).Set("detail", step.detail));
  }
  root.Set("steps", std::move(steps));
  const std::pair<const char*, const std::string*> members[] = {
      {"file", &published.file_name},
      {"archiveDigest", &published.archive_digest},
      {"ref", &published.reference},
      {"digest", &published.digest},
      {"tag", &published.tag},
      {"identity", &published.identity},
      {"issuer", &published.issuer},
      {"contentFingerprint", &published.fingerprint},
      {"release", &published.release_url},
  };
  for (const auto& [name, value] : members) {
    if (!value->empty()) root.Set(name, *value);
  }
  return root;
}

// Later steps of the job get what they need only when all went well.
absl::Status WriteOutputs(const PublishResult& result) {
  RETURN_IF_ERROR(publisher::WriteStepSummary(result, Environment));
  if (!result.status.ok()) return absl::OkStatus();
  return publisher::WriteStepOutputs({{"digest", result.published.digest},
                                      {"ref", result.published.reference},
                                      {"tag", result.published.tag}},
                                     Environment);
}

ExitCode Report(const PublishResult& result, OutputFormat format) {
  if (format == OutputFormat::kJson) {
    std::cout << WriteJson(ToNode(result), JsonStyle::kPretty) << "\n";
  } else {
    PrintText(result);
  }
  if (!result.status.ok()) return Fail(result.status, OutputFormat::kText);
  return ExitCode::kYes;
}

absl::StatusOr<ExitCode> Publish(const PublishFlags& flags) {
  std::optional<publisher::ReleaseName> release;
  if (!flags.github_release.empty()) {
    auto name = publisher::ReleaseName::Parse(flags.github_release);
    if (!name.ok()) return UsageError(Message(name.status()));
    release = *std::move(name);
  }
  // Where any chart would go: the parent is wrong or right whatever the chart is called.
  chart::Metadata any;
  any.name = "chart";
  any.version = "1.0.0";
  const auto somewhere = publisher::ChartReference(flags.parent, any);
  if (!somewhere.ok()) return UsageError(Message(somewhere.status()));
  ASSIGN_OR_RETURN(const absl::Time source_time, SourceTimeOf(flags.directory));
  ASSIGN_OR_RETURN(const PublishOptions options, OptionsOf(flags, source_time));
  ASSIGN_OR_RETURN(const publisher::Signer signer, flags.signing.MakeSigner());
  ASSIGN_OR_RETURN(const auto root, flags.signing.trust.Load());
  ASSIGN_OR_RETURN(const oci::RegistryOptions registry, flags.registry.ToOptions({*somewhere}));
  ASSIGN_OR_RETURN(const auto client, oci::RegistryClient::Create(registry));
  ASSIGN_OR_RETURN(const absl::Time deadline, flags.registry.Deadline());
  publisher::RegistryWriter writer(client);
  const auto progress = MakeStepProgress();
  publisher::PublishMeans means{
      .package = [&] { return publisher::MakePackage(flags.directory, source_time); },
      .writer = writer,
      .signer = signer,
      .foreseen_signer = [&](absl::Time until) { return Foresee(flags, signer, until); },
      .fresh_source = [&]() -> absl::StatusOr<std::shared_ptr<oci::ArtifactSource>> {
        return oci::RegistryClient::Create(registry);
      },
      .root = root,
      .github_release = nullptr,
      .progress = *progress};
  if (release.has_value()) {
    means.github_release = [&](absl::Time until) { return FindRelease(flags, *release, until); };
  }
  const PublishResult result = publisher::Publish(means, options, deadline);
  const absl::Status written = WriteOutputs(result);
  const ExitCode code = Report(result, flags.output);
  return written.ok() || code != ExitCode::kYes ? code : absl::StatusOr<ExitCode>(written);
}

void AddIdentityFlags(CLI::App& app, IdentityFlags& who) {
  constexpr char kGroup[] = "Who must have signed (default: whoever the token of this run names)";
  app.add_option("--certificate-identity", who.identity, "The signer's identity, exactly")
      ->type_name("IDENTITY")
      ->group(kGroup);
  app.add_option("--certificate-identity-regexp", who.identity_regexp,
                 "RE2 expression that the whole identity must match")
      ->type_name("REGEXP")
      ->group(kGroup);
  app.add_option("--certificate-oidc-issuer", who.issuer, "Who vouched for the identity, exactly")
      ->type_name("URL")
      ->group(kGroup);
  app.add_option("--certificate-oidc-issuer-regexp", who.issuer_regexp,
                 "RE2 expression that the whole issuer must match")
      ->type_name("REGEXP")
      ->group(kGroup);
}

}  // namespace

void AddPublish(CLI::App& app, Action& action) {
  auto flags = std::make_shared<PublishFlags>();
  CLI::App* command = app.add_subcommand(
      "publish", "Package, push, sign, attest and verify a chart, and mirror it to a GitHub Release");
  command->add_option("DIR", flags->directory, "The chart's directory")->required()->type_name("");
  command->add_option("PARENT", flags->parent, "oci://HOST/PATH below which the chart's repository is")
      ->required()
      ->type_name("");
  command
      ->add_option("--github-release", flags->github_release,
                   "Put the archive and its bundle into this release as assets; GITHUB_TOKEN must be set")
      ->type_name("OWNER/REPO@TAG");
  command->add_flag("--replace-assets", flags->replace_assets,
                    "Replace an asset of the same name that has other content");
  command->add_flag("--replace-tag", flags->replace_tag, "Move the tag when it already names another digest");
  flags->created.AddTo(*command, "the time of the last commit that changed the directory");
  command->add_flag("--no-content-attestation", flags->no_content_attestation,
                    "Leave out the statement of the content fingerprint");
  AddIdentityFlags(*command, flags->who);
  flags->attach.AddTo(*command);
  flags->signing.AddTo(*command);
  flags->registry.AddTo(*command);
  AddOutputFlag(*command, flags->output);
  command->footer(kExample);
  command->callback([flags, &action] { action = ActionOf(flags, Publish); });
}

}  // namespace chartseal::cli
