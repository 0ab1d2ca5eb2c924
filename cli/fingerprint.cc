#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "cli/flags.h"
#include "cli/report.h"
#include "cli/subcommands.h"
#include "publisher/package/package.h"
#include "verifier/base/strict_json.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/chart/go_json.h"

namespace chartseal::cli {
namespace {

constexpr char kExample[] =
    "The content fingerprint is the SHA-256 of what a chart says, whatever its archive's bytes are: of its\n"
    "metadata, lock, schema, templates and files, not of its default values and subcharts. A directory has "
    "the "
    "one\nof its archive, if it can be packaged. docs/content-fingerprint.md defines it.\n\n"
    "Examples: chartseal fingerprint app-1.2.3.tgz\n"
    "          diff <(chartseal fingerprint --input a.tgz) <(chartseal fingerprint --input b.tgz)\n\n"
    "Exit codes: 0 done, 1 the chart breaks a rule of packaging, 2 wrong usage, 3 could not be read.";

struct FingerprintFlags {
  std::string path;
  bool input = false;
  OutputFormat output = OutputFormat::kText;
};

absl::StatusOr<chart::Chart> Load(const std::string& path) {
  std::error_code ignored;
  const bool is_directory = std::filesystem::is_directory(path, ignored);
  auto package =
      is_directory ? publisher::MakePackage(path, absl::UnixEpoch()) : publisher::ReadPackage(path);
  if (!package.ok()) return package.status();
  return std::move(package)->chart;
}

void PrintJson(const chart::Chart& chart) {
  Node root = Node::MakeMap();
  root.Set("name", chart.metadata().name)
      .Set("version", chart.metadata().version)
      .Set("contentFingerprint", chart::ContentFingerprint(chart))
      .Set("predicateType", chart::kContentPredicate)
      .Set("predicate", chart::ContentPredicate(chart));
  std::cout << WriteJson(root, JsonStyle::kPretty) << "\n";
}

absl::StatusOr<ExitCode> FingerprintCommand(const FingerprintFlags& flags) {
  if (flags.input && flags.output == OutputFormat::kJson) {
    return UsageError("--input prints JSON already; leave --output out");
  }
  auto chart = Load(flags.path);
  if (!chart.ok()) return chart.status();
  if (flags.input) {  // without a newline: these are the bytes that are hashed
    std::cout << chart::WriteCanonicalJson(chart::FingerprintInput(*chart));
  } else if (flags.output == OutputFormat::kJson) {
    PrintJson(*chart);
  } else {
    std::cout << chart::ContentFingerprint(*chart) << "\n";
  }
  return ExitCode::kYes;
}

}  // namespace

void AddFingerprint(CLI::App& app, Action& action) {
  auto flags = std::make_shared<FingerprintFlags>();
  CLI::App* command = app.add_subcommand("fingerprint", "Print the content fingerprint of a chart; offline");
  command->add_option("TGZ|DIR", flags->path, "The chart's archive or directory")->type_name("")->required();
  command->add_flag("--input", flags->input, "Print the canonical JSON whose SHA-256 the fingerprint is");
  AddOutputFlag(*command, flags->output);
  command->footer(kExample);
  command->callback([flags, &action] { action = ActionOf(flags, FingerprintCommand); });
}

}  // namespace chartseal::cli
