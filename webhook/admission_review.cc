#include "webhook/admission_review.h"

#include <array>

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

constexpr std::string_view kApiVersion = "admission.k8s.io/v1";
constexpr std::string_view kKind = "AdmissionReview";
constexpr std::string_view kWhere = "AdmissionReview";
constexpr std::string_view kCut = "...";

constexpr std::array<std::pair<Operation, std::string_view>, 4> kOperations = {{
    {Operation::kCreate, "CREATE"},
    {Operation::kUpdate, "UPDATE"},
    {Operation::kDelete, "DELETE"},
    {Operation::kConnect, "CONNECT"},
}};

absl::Status ExpectText(ObjectReader& reader, std::string_view field, std::string_view expected) {
  ASSIGN_OR_RETURN(const std::string found, reader.String(field));
  if (found == expected) return absl::OkStatus();
  return reader.ErrorAt(field, Cat("expected \"", expected, "\", found \"", Printable(found),
                                   "\"; register the webhook with admissionReviewVersions: [\"v1\"]"));
}

absl::StatusOr<std::string> Bounded(ObjectReader& reader, std::string_view field, bool required) {
  ASSIGN_OR_RETURN(std::string text, reader.StringOr(field, ""));
  if (required && text.empty()) return reader.ErrorAt(field, "is missing or empty");
  if (text.size() > limits::kMaxReviewNameBytes) {
    return reader.ErrorAt(
        field, Cat("is ", text.size(), " bytes long, at most ", limits::kMaxReviewNameBytes, " are allowed"));
  }
  return text;
}

absl::StatusOr<GroupVersionKind> ReadKind(ObjectReader& request) {
  ASSIGN_OR_RETURN(ObjectReader reader, request.Object("kind"));
  GroupVersionKind kind;
  ASSIGN_OR_RETURN(kind.group, Bounded(reader, "group", false));
  ASSIGN_OR_RETURN(kind.version, Bounded(reader, "version", true));
  ASSIGN_OR_RETURN(kind.kind, Bounded(reader, "kind", true));
  return kind;
}

absl::Status ReadResource(ObjectReader& reader, AdmissionRequest& request) {
  ASSIGN_OR_RETURN(std::optional<ObjectReader> resource, reader.OptionalObject("resource"));
  if (!resource.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(request.resource, Bounded(*resource, "resource", false));
  ASSIGN_OR_RETURN(request.resource_group, Bounded(*resource, "group", false));
  ASSIGN_OR_RETURN(request.resource_version, Bounded(*resource, "version", false));
  return absl::OkStatus();
}

absl::StatusOr<Operation> ReadOperation(ObjectReader& request) {
  ASSIGN_OR_RETURN(const std::string text, request.String("operation"));
  for (const auto& [operation, name] : kOperations) {
    if (name == text) return operation;
  }
  return request.ErrorAt("operation",
                         Cat("expected CREATE, UPDATE, DELETE or CONNECT, found \"", Printable(text), "\""));
}

// The object as it was sent, or null. Anything but an object where one must be is an error.
absl::StatusOr<Node> TakeObject(ObjectReader& request, std::string_view field, bool required) {
  const Node* node = request.Raw(field);
  if (node == nullptr || node->is_null()) {
    if (required) return request.ErrorAt(field, "is missing; CREATE and UPDATE carry the object");
    return Node();
  }
  if (!node->is_map()) {
    return request.ErrorAt(field, Cat("expected an object, found ", KindName(node->kind())));
  }
  return *node;
}

absl::StatusOr<AdmissionRequest> ReadRequest(ObjectReader& reader) {
  AdmissionRequest request;
  ASSIGN_OR_RETURN(request.uid, Bounded(reader, "uid", true));
  ASSIGN_OR_RETURN(request.kind, ReadKind(reader));
  RETURN_IF_ERROR(ReadResource(reader, request));
  ASSIGN_OR_RETURN(request.subresource, Bounded(reader, "subResource", false));
  ASSIGN_OR_RETURN(request.name, Bounded(reader, "name", false));
  ASSIGN_OR_RETURN(request.namespace_name, Bounded(reader, "namespace", false));
  ASSIGN_OR_RETURN(request.operation, ReadOperation(reader));
  ASSIGN_OR_RETURN(request.dry_run, reader.BoolOr("dryRun", false));
  const bool writes = request.operation == Operation::kCreate || request.operation == Operation::kUpdate;
  if (!writes) return request;  // nothing is looked at: nothing new enters the cluster
  ASSIGN_OR_RETURN(request.object, TakeObject(reader, "object", true));
  if (request.operation == Operation::kUpdate) {
    ASSIGN_OR_RETURN(request.old_object, TakeObject(reader, "oldObject", false));
  }
  return request;
}

// Cuts at a character boundary, so that the text stays UTF-8.
std::string Shorten(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  size_t end = max_bytes - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return Cat(text.substr(0, end), kCut);
}

Node WriteStatus(const AdmissionResponse& response) {
  Node status = Node::MakeMap();
  status.Set("code", Node::Integer(403)).Set("reason", "Forbidden");
  status.Set("message", Shorten(response.message, limits::kMaxDenialBytes));
  return status;
}

Node WriteWarnings(const std::vector<std::string>& warnings) {
  Node list = Node::MakeList();
  const bool cut = warnings.size() > limits::kMaxWarnings;
  const size_t shown = cut ? limits::kMaxWarnings - 1 : warnings.size();
  for (size_t i = 0; i < shown; ++i) {
    list.Append(Node::String(Shorten(warnings[i], limits::kMaxWarningBytes)));
  }
  if (cut) list.Append(Node::String(Cat("chartseal: and ", warnings.size() - shown, " more warnings")));
  return list;
}

Node WriteAuditAnnotations(const AdmissionResponse& response) {
  Node map = Node::MakeMap();
  for (const auto& [key, value] : response.audit_annotations) {
    if (map.map().size() == limits::kMaxAuditAnnotations) break;
    map.Set(key, Shorten(value, limits::kMaxAuditAnnotationBytes));
  }
  const size_t left_out = response.audit_annotations.size() - map.map().size();
  if (left_out > 0) map.Set("left-out", Cat(left_out, " more"));
  return map;
}

}  // namespace

std::string_view Name(Operation operation) {
  for (const auto& [known, name] : kOperations) {
    if (known == operation) return name;
  }
  return "unknown";
}

std::string GroupVersionKind::ToString() const {
  return group.empty() ? Cat(version, " ", kind) : Cat(group, "/", version, " ", kind);
}

absl::StatusOr<AdmissionRequest> ParseAdmissionReview(std::string_view body) {
  ASSIGN_OR_RETURN(const Node document, ParseJson(body, kWhere));
  ASSIGN_OR_RETURN(ObjectReader review, ObjectReader::Root(document, kWhere, Reason::kReviewMalformed));
  RETURN_IF_ERROR(ExpectText(review, "apiVersion", kApiVersion));
  RETURN_IF_ERROR(ExpectText(review, "kind", kKind));
  ASSIGN_OR_RETURN(ObjectReader request, review.Object("request"));
  return ReadRequest(request);
}

std::string WriteAdmissionReview(const AdmissionResponse& response, AnswerFor answer_for) {
  Node answer = Node::MakeMap();
  answer.Set("uid", response.uid).Set("allowed", Node::Bool(response.allowed));
  if (!response.allowed) answer.Set("status", WriteStatus(response));
  if (!response.warnings.empty()) answer.Set("warnings", WriteWarnings(response.warnings));
  if (!response.audit_annotations.empty()) answer.Set("auditAnnotations", WriteAuditAnnotations(response));
  if (answer_for == AnswerFor::kMutation && response.allowed && !response.patch.empty()) {
    answer.Set("patchType", "JSONPatch").Set("patch", Base64Encode(response.patch));
  }
  Node review = Node::MakeMap();
  review.Set("apiVersion", kApiVersion).Set("kind", kKind).Set("response", std::move(answer));
  return WriteJson(review);
}

}  // namespace chartseal::webhook
