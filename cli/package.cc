#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "cli/created_flag.h"
#include "cli/flags.h"
#include "cli/report.h"
#include "cli/subcommands.h"
#include "publisher/package/package.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/chart/fingerprint.h"

namespace chartseal::cli {
namespace {

constexpr char kExample[] =
    "Every entry gets the time SOURCE_DATE_EPOCH (seconds since 1970), or else that of the last commit of "
    "the "
    "directory,\nso that one tree gives one digest. The chart is packaged as it is committed: name, version "
    "and "
    "appVersion are those\nof Chart.yaml.\n\nExample: chartseal package charts/app -d dist\n\n"
    "Exit codes: 0 packaged, 1 the chart breaks a rule, 2 wrong usage, 3 could not be done.";

struct PackageFlags {
  std::string directory;
  std::string destination = ".";
  OutputFormat output = OutputFormat::kText;
};

void PrintText(const publisher::Package& package, const std::string& path) {
  std::cout << "Successfully packaged chart and saved it to: " << ForTerminal(path) << "\n"
            << "Digest: " << package.digest.ToString() << "\n";
}

void PrintJson(const publisher::Package& package, const std::string& path) {
  Node root = Node::MakeMap();
  root.Set("path", path)
      .Set("digest", package.digest.ToString())
      .Set("name", package.chart.metadata().name)
      .Set("version", package.chart.metadata().version)
      .Set("contentFingerprint", chart::ContentFingerprint(package.chart));
  std::cout << WriteJson(root, JsonStyle::kPretty) << "\n";
}

absl::StatusOr<ExitCode> PackageCommand(const PackageFlags& flags) {
  ASSIGN_OR_RETURN(const absl::Time time, SourceTimeOf(flags.directory));
  ASSIGN_OR_RETURN(const publisher::Package package, publisher::MakePackage(flags.directory, time));
  ASSIGN_OR_RETURN(const std::string path, publisher::WritePackage(package, flags.destination));
  flags.output == OutputFormat::kJson ? PrintJson(package, path) : PrintText(package, path);
  return ExitCode::kYes;
}

}  // namespace

void AddPackage(CLI::App& app, Action& action) {
  auto flags = std::make_shared<PackageFlags>();
  CLI::App* command =
      app.add_subcommand("package", "Make the archive of a chart, as helm package does, reproducibly");
  command->add_option("DIR", flags->directory, "The chart's directory")->type_name("")->required();
  command->add_option("-d,--destination", flags->destination, "Where to write the archive")->type_name("DIR");
  AddOutputFlag(*command, flags->output);
  command->footer(kExample);
  command->callback([flags, &action] { action = ActionOf(flags, PackageCommand); });
}

}  // namespace chartseal::cli
