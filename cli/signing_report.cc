#include "cli/signing_report.h"

#include <cstdio>
#include <iostream>

#include "cli/report.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::cli {
namespace {

void PrintText(const std::string& done, const SignedThing& thing) {
  std::printf("%s  %s\n", done.c_str(), ForTerminal(thing.subject).c_str());
  PrintLine("digest", thing.digest);
  if (thing.blob_signature) PrintSigner(*thing.blob_signature);
  PrintLine("bundle", thing.bundle);
  for (const publisher::Attachment& attachment : thing.attachments) {
    PrintSigner(attachment.verified);
    PrintLine("attached as", Cat(attachment.layout, " ", attachment.location.ToString()));
  }
  std::fflush(stdout);
}

Node DescribeAttachment(const publisher::Attachment& attachment) {
  Node node = Node::MakeMap();
  node.Set("layout", attachment.layout).Set("location", attachment.location.ToString());
  if (attachment.verified.statement) {
    node.Set("predicateType", attachment.verified.statement->predicate_type);
  }
  node.Set("signer", Describe(attachment.verified, /*with_predicate=*/false));
  return node;
}

Node DescribeThing(const SignedThing& thing) {
  Node node = Node::MakeMap();
  node.Set("subject", thing.subject).Set("verdict", "yes");
  if (!thing.reference.empty()) node.Set("reference", thing.reference);
  node.Set("digest", thing.digest);
  if (thing.blob_signature) {
    node.Set("bundle", thing.bundle);
    node.Set("signer", Describe(*thing.blob_signature, /*with_predicate=*/false));
    return node;
  }
  Node attachments = Node::MakeList();
  for (const publisher::Attachment& attachment : thing.attachments)
    attachments.Append(DescribeAttachment(attachment));
  node.Set("attachments", std::move(attachments));
  return node;
}

}  // namespace

void SigningReport::Resolved(const std::string& named, const oci::Reference& reference) {
  if (format_ == OutputFormat::kJson) return;  // the result has it
  std::printf("RESOLVED  %s is %s\n", ForTerminal(named).c_str(), reference.digest()->ToString().c_str());
  std::fflush(stdout);
}

void SigningReport::Begin(std::string_view about) {
  progress_->Begin("sign", about);
  under_way_ = true;
}

void SigningReport::Add(SignedThing thing) {
  progress_->Done(thing.digest);
  under_way_ = false;
  if (format_ == OutputFormat::kText) PrintText(done_, thing);
  things_.push_back(std::move(thing));
}

ExitCode SigningReport::Finish(const absl::Status& status) {
  if (under_way_) progress_->Failed(Name(ReasonOf(status)));
  if (format_ == OutputFormat::kText || (!status.ok() && things_.empty())) {
    return status.ok() ? ExitCode::kYes : Fail(status, format_);
  }
  const ExitCode code = status.ok() ? ExitCode::kYes : Fail(status, OutputFormat::kText);
  Node root = Node::MakeMap();
  root.Set("verdict", code == ExitCode::kYes ? "yes" : code == ExitCode::kNo ? "no" : "could-not-tell");
  if (!status.ok()) root.Set("reason", Name(ReasonOf(status))).Set("detail", Message(status));
  Node results = Node::MakeList();
  for (const SignedThing& thing : things_) results.Append(DescribeThing(thing));
  root.Set("results", std::move(results));
  std::cout << WriteJson(root, JsonStyle::kPretty) << "\n";
  return code;
}

}  // namespace chartseal::cli
