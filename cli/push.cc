#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/created_flag.h"
#include "cli/flags.h"
#include "cli/report.h"
#include "cli/subcommands.h"
#include "publisher/package/package.h"
#include "publisher/push/chart_push.h"
#include "publisher/push/registry_writer.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::cli {
namespace {

constexpr char kExample[] =
    "Example: chartseal push app-1.2.3.tgz oci://ghcr.io/acme/charts\n"
    "         pushes ghcr.io/acme/charts/app:1.2.3, as helm push does: the same digest for the same file";

struct PushFlags {
  std::string archive;
  std::string parent;
  CreatedFlag created;
  bool replace_tag = false;
  RegistryFlags registry = {.timeout = "5m"};
  OutputFormat output = OutputFormat::kText;
};

// The .prov beside the archive, as helm push takes it along; "" when there is none.
absl::StatusOr<std::string> ProvenanceBeside(const std::string& archive) {
  const std::string path = archive + ".prov";
  auto provenance = ReadFile(path, limits::kMaxProvenanceBytes);
  if (absl::IsNotFound(provenance.status())) return "";
  RETURN_IF_ERROR(provenance.status());
  if (provenance->empty()) {
    return WithReason(absl::FailedPreconditionError(Cat(Printable(path, 1024),
                                                        ": is empty; remove it, or sign "
                                                        "the archive again")),
                      Reason::kFileUnusable);
  }
  return provenance;
}

// The two lines that helm prints, for those who look for them.
void PrintText(const publisher::PushedChart& pushed) {
  std::cout << "Pushed: " << pushed.reference.host() << "/" << pushed.reference.repository() << ":"
            << pushed.tag << "\nDigest: " << pushed.digest.ToString() << "\n";
}

void PrintJson(const std::string& created, const publisher::PushedChart& pushed) {
  Node root = Node::MakeMap();
  root.Set("reference", pushed.reference.ToString())
      .Set("digest", pushed.digest.ToString())
      .Set("tag", pushed.tag)
      .Set("created", created)
      .Set("wasThere", Node::Bool(pushed.was_there));
  std::cout << WriteJson(root, JsonStyle::kPretty) << "\n";
}

absl::StatusOr<ExitCode> Push(const PushFlags& flags) {
  if (!flags.parent.starts_with("oci://")) {
    return UsageError(Cat("expected oci://HOST/PARENT to push to, found \"", Printable(flags.parent), "\""));
  }
  ASSIGN_OR_RETURN(const publisher::Package package, publisher::ReadPackage(flags.archive));
  ASSIGN_OR_RETURN(const std::string provenance, ProvenanceBeside(flags.archive));
  ASSIGN_OR_RETURN(const std::string created, flags.created.For(flags.archive));
  const auto target = publisher::ChartReference(flags.parent, package.chart.metadata());
  if (!target.ok()) return UsageError(Message(target.status()));
  ASSIGN_OR_RETURN(auto client, flags.registry.MakeClient({*target}));
  ASSIGN_OR_RETURN(const absl::Time deadline, flags.registry.Deadline());
  publisher::RegistryWriter writer(std::move(client));
  ASSIGN_OR_RETURN(const publisher::PushedChart pushed,
                   publisher::PushChart(writer, *target,
                                        {.chart = &package.chart,
                                         .archive = package.bytes,
                                         .provenance = provenance,
                                         .created = created,
                                         .replace_tag = flags.replace_tag},
                                        deadline));
  if (flags.output == OutputFormat::kText) {
    PrintText(pushed);
  } else {
    PrintJson(created, pushed);
  }
  return ExitCode::kYes;
}

}  // namespace

void AddPush(CLI::App& app, Action& action) {
  auto flags = std::make_shared<PushFlags>();
  CLI::App* command =
      app.add_subcommand("push", "Push a packaged chart to a registry, and see that its tag names it");
  command->add_option("TGZ", flags->archive, "The chart's archive; a .prov beside it is pushed too")
      ->type_name("")
      ->required();
  command->add_option("PARENT", flags->parent, "oci://HOST/PARENT; the chart's name and version are added")
      ->type_name("")
      ->required();
  flags->created.AddTo(*command, "the time of the file");
  command->add_flag("--replace-tag", flags->replace_tag,
                    "Let the tag be moved when it names another digest already");
  flags->registry.AddTo(*command);
  AddOutputFlag(*command, flags->output);
  command->footer(kExample);
  command->callback([flags, &action] { action = ActionOf(flags, Push); });
}

}  // namespace chartseal::cli
