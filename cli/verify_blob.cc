#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/flags.h"
#include "cli/predicate_names.h"
#include "cli/report.h"
#include "cli/subcommands.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/verification/blob_verifier.h"

namespace chartseal::cli {
namespace {

struct BlobFlags {
  std::string blob;
  std::string bundle_file;
  std::string type;
  IdentityFlags identity;
  TrustFlags trust;
  OutputFormat output = OutputFormat::kText;
};

bool IsDigestArgument(const std::string& text) {
  struct stat info;
  return text.starts_with("sha256:") && crypto::Digest::Parse(text).ok() && stat(text.c_str(), &info) != 0;
}

// What FILE names: a digest, the content of a file, or standard input.
class Blob {
 public:
  static absl::StatusOr<Blob> Open(const std::string& argument) {
    Blob blob;
    if (IsDigestArgument(argument)) {
      blob.digest_ = *crypto::Digest::Parse(argument);
      return blob;
    }
    if (argument == "-") {
      ASSIGN_OR_RETURN(blob.piped_, ReadFile(argument, limits::kMaxPipedBlobBytes));
      return blob;
    }
    ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(argument));
    blob.file_ = std::make_shared<const MappedFile>(std::move(file));
    return blob;
  }

  // Borrows from this blob.
  sigstore::Artifact artifact() const {
    if (digest_) return {*digest_, std::nullopt};
    const std::string_view bytes = file_ ? file_->bytes() : std::string_view(piped_);
    return {crypto::Digest::Sha256Of(bytes), bytes};
  }

 private:
  std::optional<crypto::Digest> digest_;
  std::shared_ptr<const MappedFile> file_;
  std::string piped_;
};

absl::StatusOr<ExitCode> VerifyBlobCommand(const BlobFlags& flags) {
  policy::Requirement requirement;
  ASSIGN_OR_RETURN(requirement.authorities.emplace_back(), flags.identity.ToAuthority());
  if (!flags.type.empty()) {
    requirement.signature = false;
    ASSIGN_OR_RETURN(requirement.attestation_types.emplace_back(), PredicateType(flags.type));
  }
  ASSIGN_OR_RETURN(const std::string bundle, ReadFile(flags.bundle_file, limits::kMaxBundleBytes));
  ASSIGN_OR_RETURN(const auto root, flags.trust.Load());
  ASSIGN_OR_RETURN(const Blob blob, Blob::Open(flags.blob));
  const std::vector<Outcome> outcomes = {
      {flags.blob, "",
       verification::VerifyBlob(blob.artifact(), bundle, flags.bundle_file, requirement, *root)}};
  Print(outcomes, flags.output, /*with_predicate=*/true);
  return ExitCodeOf(outcomes);
}

}  // namespace

void AddVerifyBlob(CLI::App& app, Action& action) {
  auto flags = std::make_shared<BlobFlags>();
  CLI::App* command =
      app.add_subcommand("verify-blob", "Verify a file, or its digest, against a Sigstore bundle; offline");
  command->add_option("FILE", flags->blob, "The file (- for standard input), or sha256:HEX")
      ->type_name("")
      ->required();
  command->add_option("--bundle", flags->bundle_file, "The Sigstore bundle (JSON)")
      ->type_name("FILE")
      ->required();
  command->add_option("--type", flags->type, "Take the bundle as an attestation of this predicate type")
      ->type_name("TYPE");
  flags->identity.AddTo(*command);
  flags->trust.AddTo(*command);
  AddOutputFlag(*command, flags->output);
  command->callback([flags, &action] { action = ActionOf(flags, VerifyBlobCommand); });
}

}  // namespace chartseal::cli
