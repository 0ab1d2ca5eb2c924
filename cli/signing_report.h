#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/step_progress.h"
#include "publisher/signing/artifact_signer.h"

namespace chartseal::cli {

// One thing that was signed or attested.
struct SignedThing {
  std::string subject;    // as the user named it
  std::string reference;  // with the digest; empty for a file
  std::string digest;     // what was signed
  std::string bundle;     // of a file: where its bundle was written
  std::vector<publisher::Attachment> attachments;
  std::optional<sigstore::VerifiedSignature> blob_signature;  // of a file
};

// Tells of what is done as it is done, as docs/output.md describes: text at once, JSON at the end.
class SigningReport {
 public:
  // `done` is the first word of each answer in text: "SIGNED", "ATTESTED".
  SigningReport(std::string done, OutputFormat format)
      : done_(std::move(done)), format_(format), progress_(MakeStepProgress()) {}

  // Before it is signed: which digest a tag was resolved to.
  void Resolved(const std::string& named, const oci::Reference& reference);
  // For whoever watches: what is being signed now, until Add() or Finish().
  void Begin(std::string_view about);
  void Add(SignedThing thing);

  // After the last one, or after the first error: what was done before it is shown all the same.
  ExitCode Finish(const absl::Status& status);

 private:
  const std::string done_;
  const OutputFormat format_;
  const std::unique_ptr<publisher::Progress> progress_;
  bool under_way_ = false;
  std::vector<SignedThing> things_;
};

}  // namespace chartseal::cli
