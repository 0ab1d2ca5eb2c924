#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "cli/flags.h"
#include "cli/output_file.h"
#include "cli/report.h"
#include "cli/signing_flags.h"
#include "cli/signing_report.h"
#include "cli/subcommands.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::cli {
namespace {

constexpr char kExample[] = "Example: chartseal sign-blob app-1.2.3.tgz --bundle app-1.2.3.tgz.sigstore.json";

struct SignBlobFlags {
  std::string file;
  std::string bundle_file;
  SigningFlags signing;
  std::string timeout = kSigningTimeout;
  OutputFormat output = OutputFormat::kText;
};

// A file, or standard input.
class BlobToSign {
 public:
  static absl::StatusOr<BlobToSign> Open(const std::string& argument) {
    BlobToSign blob;
    if (argument == "-") {
      ASSIGN_OR_RETURN(blob.piped_, ReadFile(argument, limits::kMaxPipedBlobBytes));
      return blob;
    }
    ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(argument));
    blob.file_.emplace(std::move(file));
    if (blob.bytes().size() <= limits::kMaxSignedBlobBytes) return blob;
    return WithReason(absl::ResourceExhaustedError(Cat(Printable(argument), ": ", blob.bytes().size(),
                                                       " bytes; the limit is ", limits::kMaxSignedBlobBytes)),
                      Reason::kLimitExceeded);
  }

  // Valid as long as this object.
  std::string_view bytes() const { return file_ ? file_->bytes() : std::string_view(piped_); }

 private:
  BlobToSign() = default;
  std::optional<MappedFile> file_;
  std::string piped_;
};

absl::Status SignOne(const SignBlobFlags& flags, SigningReport& report) {
  ASSIGN_OR_RETURN(const publisher::Signer signer, flags.signing.MakeSigner());
  ASSIGN_OR_RETURN(const absl::Time deadline, RegistryFlags{.timeout = flags.timeout}.Deadline());
  ASSIGN_OR_RETURN(const BlobToSign blob, BlobToSign::Open(flags.file));
  report.Begin(flags.file);
  ASSIGN_OR_RETURN(publisher::MadeSignature made, signer.SignBlob(blob.bytes(), deadline));
  RETURN_IF_ERROR(WriteWholeFile(flags.bundle_file, made.bundle_json));
  report.Add({flags.file,
              "",
              crypto::Digest::Sha256Of(blob.bytes()).ToString(),
              flags.bundle_file,
              {},
              std::move(made.verified)});
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> SignBlob(const SignBlobFlags& flags) {
  SigningReport report("SIGNED", flags.output);
  const absl::Status status = SignOne(flags, report);
  return report.Finish(status);
}

}  // namespace

void AddSignBlob(CLI::App& app, Action& action) {
  auto flags = std::make_shared<SignBlobFlags>();
  CLI::App* command = app.add_subcommand("sign-blob", "Sign a file and write a Sigstore bundle");
  command->add_option("FILE", flags->file, "The file (- for standard input)")->type_name("")->required();
  command->add_option("--bundle", flags->bundle_file, "Where the bundle goes (JSON)")
      ->type_name("FILE")
      ->required();
  flags->signing.AddTo(*command);
  command->add_option("--timeout", flags->timeout, "Time allowed for everything, e.g. 30s")
      ->type_name("DURATION")
      ->capture_default_str();
  AddOutputFlag(*command, flags->output);
  command->footer(kExample);
  command->callback([flags, &action] { action = ActionOf(flags, SignBlob); });
}

}  // namespace chartseal::cli
