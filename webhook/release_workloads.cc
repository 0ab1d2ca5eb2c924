#include "webhook/release_workloads.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/rendered.h"

namespace chartseal::webhook {
namespace {

constexpr std::string_view kHookAnnotation = "helm.sh/hook";

// Whether a reader who takes more than we do could find an image in this: fields that hold one are called
// so, or hold a URI with a scheme of OCI. Escapes and tags (!!binary) could spell either.
bool MayNameImage(std::string_view text) {
  return text.find("mage") != text.npos || text.find("oci:") != text.npos ||
         text.find_first_of("\\!") != text.npos;
}

Rejection Unreadable(const absl::Status& status) {
  return {.reason = ReasonOf(status),
          .detail = Printable(Message(status), limits::kMaxDenialLineBytes / 2),
          .expected = "YAML that every reader takes for the same, in each document that may name an image",
          .found = ""};
}

Rejection OutOfTime(std::string_view document) {
  return {.reason = Reason::kDeadlineExceeded,
          .detail = Cat("could not tell: reading the rendered documents took too long, up to ", document),
          .expected = "",
          .found = ""};
}

workload::GroupVersionKind KindOf(std::string_view api_version, std::string_view kind) {
  const size_t slash = api_version.find('/');
  if (slash == api_version.npos) return {"", std::string(api_version), std::string(kind)};
  return {std::string(api_version.substr(0, slash)), std::string(api_version.substr(slash + 1)),
          std::string(kind)};
}

bool IsTest(std::string_view event) {
  return event == "test" || event == "test-success" || event == "test-failure";
}

// Both by what is annotated and by what the record says: helm takes the latter from the former once, and runs
// a hook that is stored by the record alone.
bool IsOnlyTest(const chart::RenderedDocument& document, const Node& object) {
  if (!document.hook || document.events.empty()) return false;
  if (!std::all_of(document.events.begin(), document.events.end(), IsTest)) return false;
  const Node* events = object.FindPath({"metadata", "annotations", kHookAnnotation});
  if (events == nullptr || !events->is_string()) return false;
  for (const absl::string_view event : absl::StrSplit(events->string_value(), ',')) {
    const absl::string_view name = absl::StripAsciiWhitespace(event);
    if (!IsTest({name.data(), name.size()})) return false;
  }
  return true;
}

std::string SourceOf(const chart::RenderedDocument& document) {
  return document.source.empty() ? "a document without source" : Printable(document.source, 256);
}

// The objects of one document.
class Unfolder {
 public:
  Unfolder(const chart::RenderedDocument& document, ObjectVisitor& visitor)
      : document_(document), visitor_(visitor) {}

  // What stands in a list without kind and version has those of the list, less "List". Recursion is as deep
  // as the document, which limits::kMaxJsonDepth bounds.
  Checked<Passed> Visit(const Node& object, std::string_view list_api, std::string_view list_kind) const {
    if (!object.is_map()) return Passed();
    std::string_view api = object.StringOr("apiVersion");
    std::string_view kind = object.StringOr("kind");
    if (api.empty() && kind.empty()) {
      api = list_api;
      kind = list_kind;
    }
    const Node* items = object.Find("items");
    if (items == nullptr || !items->is_list()) return VisitOne(object, KindOf(api, kind));
    if (kind.ends_with("List")) kind.remove_suffix(4);
    for (const Node& item : items->list()) RETURN_IF_REJECTED(Visit(item, api, kind));
    return Passed();
  }

 private:
  Checked<Passed> VisitOne(const Node& object, workload::GroupVersionKind kind) const {
    const Node* metadata = object.Find("metadata");
    const std::string_view name = metadata == nullptr ? "" : metadata->StringOr("name");
    const std::string_view place = metadata == nullptr ? "" : metadata->StringOr("namespace");
    const std::string document =
        Cat(SourceOf(document_), ": ", Printable(kind.kind, 64), " ", Printable(name, 128));
    return visitor_.Visit({.document = document,
                           .kind = std::move(kind),
                           .object = object,
                           .namespace_name = place,
                           .only_test = IsOnlyTest(document_, object)});
  }

  const chart::RenderedDocument& document_;
  ObjectVisitor& visitor_;
};

}  // namespace

Checked<Passed> VisitObjects(const chart::Release& release, const net::Clock& clock, absl::Time deadline,
                             ObjectVisitor& visitor) {
  for (const chart::RenderedDocument& document : chart::DocumentsOf(release)) {
    const std::string where = SourceOf(document);
    if (clock() >= deadline) return OutOfTime(where);
    const absl::StatusOr<Node> object = chart::ReadRendered(document.text, where);
    if (object.ok()) {
      RETURN_IF_REJECTED(Unfolder(document, visitor).Visit(*object, "", ""));
    } else if (MayNameImage(document.text)) {
      RETURN_IF_REJECTED(visitor.VisitUnreadable(document.text, Unreadable(object.status())));
    }
  }
  return Passed();
}

}  // namespace chartseal::webhook
