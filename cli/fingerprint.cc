#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "cli/flags.h"
#include "cli/release_record.h"
#include "cli/report.h"
#include "cli/subcommands.h"
#include "publisher/package/package.h"
#include "verifier/base/file.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/chart/go_json.h"

namespace chartseal::cli {
namespace {

constexpr char kExample[] =
    "The content fingerprint is the SHA-256 of what a chart says, whatever its archive's bytes are: of its\n"
    "metadata, lock, schema, templates and files, not of its default values and subcharts. A directory has "
    "the "
    "one\nof its archive, if it can be packaged; the record that helm keeps of a release has that of its "
    "chart.\ndocs/content-fingerprint.md defines it.\n\n"
    "Examples: chartseal fingerprint app-1.2.3.tgz\n"
    "          kubectl get secret sh.helm.release.v1.app.v3 -o json | chartseal fingerprint -\n"
    "          diff <(chartseal fingerprint --input a.tgz) <(chartseal fingerprint --input b.tgz)\n\n"
    "Exit codes: 0 done, 1 the chart breaks a rule of packaging, 2 wrong usage, 3 could not be read.";

struct FingerprintFlags {
  std::string path;
  bool input = false;
  OutputFormat output = OutputFormat::kText;
};

// What has a fingerprint, wherever it was read.
struct Source {
  chart::Content content;
  std::optional<chart::Release> release;  // of a record
};

constexpr std::string_view kGzipMagic = "\x1f\x8b";

// An archive by its name or its first bytes, which say so even where the rest is broken.
absl::StatusOr<bool> IsArchive(const std::string& path) {
  if (path == "-") return false;
  if (path.ends_with(".tgz") || path.ends_with(".tar.gz")) return true;
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  return file.bytes().starts_with(kGzipMagic);
}

absl::StatusOr<Source> Load(const std::string& path) {
  std::error_code ignored;
  const bool is_directory = std::filesystem::is_directory(path, ignored);
  if (!is_directory) {
    ASSIGN_OR_RETURN(const bool is_archive, IsArchive(path));
    if (!is_archive) {
      ASSIGN_OR_RETURN(ReleaseRecord record, ReadReleaseFile(path));
      chart::Content content = record.release.content;
      return Source{std::move(content), std::move(record.release)};
    }
  }
  auto package =
      is_directory ? publisher::MakePackage(path, absl::UnixEpoch()) : publisher::ReadPackage(path);
  if (!package.ok()) return package.status();
  return Source{chart::ContentOf(package->chart), std::nullopt};
}

void PrintJson(const Source& source) {
  const chart::Metadata& metadata = source.content.metadata;
  Node root = Node::MakeMap();
  root.Set("name", metadata.name)
      .Set("version", metadata.version)
      .Set("contentFingerprint", chart::ContentFingerprint(source.content))
      .Set("predicateType", chart::kContentPredicate)
      .Set("predicate", chart::ContentPredicate(source.content));
  if (source.release.has_value()) {
    Node release = Node::MakeMap();
    release.Set("name", source.release->name)
        .Set("namespace", source.release->namespace_name)
        .Set("revision", Node::Integer(source.release->revision));
    root.Set("release", std::move(release));
  }
  root.Set("input", chart::FingerprintInput(source.content));
  std::cout << WriteJson(root, JsonStyle::kPretty) << "\n";
}

absl::StatusOr<ExitCode> FingerprintCommand(const FingerprintFlags& flags) {
  if (flags.input && flags.output == OutputFormat::kJson) {
    return UsageError("--input prints JSON already; leave --output out");
  }
  ASSIGN_OR_RETURN(const Source source, Load(flags.path));
  if (flags.input) {  // without a newline: these are the bytes that are hashed
    std::cout << chart::WriteCanonicalJson(chart::FingerprintInput(source.content));
  } else if (flags.output == OutputFormat::kJson) {
    PrintJson(source);
  } else {
    std::cout << chart::ContentFingerprint(source.content) << "\n";
  }
  return ExitCode::kYes;
}

}  // namespace

void AddFingerprint(CLI::App& app, Action& action) {
  auto flags = std::make_shared<FingerprintFlags>();
  CLI::App* command = app.add_subcommand(
      "fingerprint", "Print the content fingerprint of a chart, or of a release's record; offline");
  command
      ->add_option(
          "TGZ|DIR|RECORD", flags->path,
          "The chart's archive or directory; or a release's record, a Secret or ConfigMap as JSON or "
          "YAML or what is in one; - for a record on standard input")
      ->type_name("")
      ->required();
  command->add_flag("--input", flags->input, "Print the canonical JSON whose SHA-256 the fingerprint is");
  AddOutputFlag(*command, flags->output);
  command->footer(kExample);
  command->callback([flags, &action] { action = ActionOf(flags, FingerprintCommand); });
}

}  // namespace chartseal::cli
