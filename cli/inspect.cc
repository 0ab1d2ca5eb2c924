#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

#include "cli/flags.h"
#include "cli/report.h"
#include "cli/subcommands.h"
#include "verifier/base/encoding.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/verification/inspection.h"

namespace chartseal::cli {
namespace {

using verification::Finding;
using verification::Inspection;

struct InspectFlags {
  std::string reference;
  TrustFlags trust;
  RegistryFlags registry;
  OutputFormat output = OutputFormat::kText;
};

// A tree drawn with lines; children know whether they are the last of their kind.
struct Branch {
  std::string text;
  std::vector<Branch> children = {};
};

void Draw(const Branch& branch, const std::string& indent, bool root) {
  if (root) std::printf("%s\n", branch.text.c_str());
  for (size_t i = 0; i < branch.children.size(); ++i) {
    const bool last = i + 1 == branch.children.size();
    std::printf("%s%s%s\n", indent.c_str(), last ? "└── " : "├── ",
                ForTerminal(branch.children[i].text).c_str());
    Draw(branch.children[i], indent + (last ? "    " : "│   "), false);
  }
}

std::string StateOf(const Finding& finding) {
  if (finding.undecodable) return "cannot be decoded";
  if (finding.accepted && !finding.signature->statement && !finding.signature->payload) {
    return "cryptography holds, but a message signature does not count in a registry";
  }
  if (finding.accepted) return "cryptography holds";
  return finding.rejection.reason == Reason::kKeyRequired ? "signed with a key pair (use verify --key)"
                                                          : "not valid";
}

Branch ToBranch(const Finding& finding) {
  Branch branch{Cat(verification::Name(finding.layout), " ", finding.source, ": ", StateOf(finding))};
  const auto add = [&](std::string_view label, std::string_view value) {
    if (!value.empty()) branch.children.push_back({Cat(label, ": ", Printable(value, 512))});
  };
  add("predicate", finding.predicate_type);
  if (!finding.accepted) add("reason", finding.rejection.ToString());
  if (!finding.signature) return branch;
  if (finding.signature->claims) {
    add("signer", finding.signature->claims->identity);
    add("issuer", finding.signature->claims->issuer);
  }
  for (const absl::Time& time : finding.signature->signed_times) {
    add("signed at", Rfc3339(time));
  }
  for (const auto& entry : finding.signature->log_entries) {
    add("log entry", Cat(entry.log_index, " in ", entry.log_url));
  }
  return branch;
}

Branch Group(std::string_view title, const std::vector<Finding>& findings) {
  Branch group{Cat(title, " (", findings.size(), ")")};
  for (const Finding& finding : findings) group.children.push_back(ToBranch(finding));
  return group;
}

void PrintTree(const Inspection& inspection, const oci::Reference& reference) {
  Branch root{Cat(reference.Name(), "@", inspection.digest.ToString())};
  root.children.push_back(
      {Cat("type: ",
           Printable(inspection.artifact_type.empty() ? inspection.media_type : inspection.artifact_type))});
  root.children.push_back(Group("signatures", inspection.signatures));
  root.children.push_back(Group("attestations", inspection.attestations));
  Branch others{Cat("others (", inspection.others.size(), ")")};
  for (const auto& other : inspection.others) {
    others.children.push_back({Cat(other.digest.ToString(), " ", Printable(other.artifact_type))});
  }
  root.children.push_back(std::move(others));
  if (!inspection.gaps.empty()) {
    Branch gaps{Cat("could not be fetched (", inspection.gaps.size(), ")")};
    for (const absl::Status& gap : inspection.gaps) gaps.children.push_back({Message(gap)});
    root.children.push_back(std::move(gaps));
  }
  Draw(root, "", true);
}

Node ToNode(const std::vector<Finding>& findings) {
  Node list = Node::MakeList();
  for (const Finding& finding : findings) list.Append(DescribeFinding(finding, /*with_predicate=*/false));
  return list;
}

void PrintJson(const Inspection& inspection, const oci::Reference& reference) {
  Node root = Node::MakeMap();
  root.Set("repository", reference.Name()).Set("digest", inspection.digest.ToString());
  root.Set("mediaType", inspection.media_type).Set("artifactType", inspection.artifact_type);
  root.Set("signatures", ToNode(inspection.signatures)).Set("attestations", ToNode(inspection.attestations));
  Node others = Node::MakeList();
  for (const auto& other : inspection.others) {
    others.Append(
        Node::MakeMap().Set("digest", other.digest.ToString()).Set("artifactType", other.artifact_type));
  }
  Node gaps = Node::MakeList();
  for (const absl::Status& gap : inspection.gaps) {
    gaps.Append(Node::MakeMap().Set("reason", Name(ReasonOf(gap))).Set("detail", Message(gap)));
  }
  root.Set("others", std::move(others)).Set("gaps", std::move(gaps));
  std::cout << WriteJson(root, JsonStyle::kPretty) << "\n";
}

absl::StatusOr<ExitCode> InspectCommand(const InspectFlags& flags) {
  ASSIGN_OR_RETURN(const auto references, ParseReferences({flags.reference}));
  ASSIGN_OR_RETURN(const auto root, flags.trust.Load());
  ASSIGN_OR_RETURN(const auto client, flags.registry.MakeClient(references));
  ASSIGN_OR_RETURN(const absl::Time deadline, flags.registry.Deadline());
  ASSIGN_OR_RETURN(const Inspection inspection,
                   verification::Inspect(*client, references[0], *root, deadline));
  if (flags.output == OutputFormat::kJson) {
    PrintJson(inspection, references[0]);
  } else {
    PrintTree(inspection, references[0]);
  }
  return inspection.gaps.empty() ? ExitCode::kYes : ExitCode::kCouldNotTell;
}

}  // namespace

void AddInspect(CLI::App& app, Action& action) {
  auto flags = std::make_shared<InspectFlags>();
  CLI::App* command = app.add_subcommand("inspect", "Draw the tree of everything attached to a digest");
  command->add_option("REF", flags->reference, "[oci://]host/repository[:tag][@sha256:…]")
      ->type_name("")
      ->required();
  flags->trust.AddTo(*command);
  flags->registry.AddTo(*command);
  AddOutputFlag(*command, flags->output);
  command->callback([flags, &action] { action = ActionOf(flags, InspectCommand); });
}

}  // namespace chartseal::cli
