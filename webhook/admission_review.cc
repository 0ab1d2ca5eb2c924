#include "webhook/admission_review.h"

#include <algorithm>
#include <array>

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
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

// One object of the review, and where it stands in it.
class Part {
 public:
  Part(JsonValue value, std::string path) : value_(value), path_(std::move(path)) {}

  JsonValue Find(std::string_view field) const { return value_.Find(field); }

  absl::Status ErrorAt(std::string_view field, std::string_view what) const {
    return Malformed(Reason::kReviewMalformed, Cat(kWhere, ": ", path_, path_.empty() ? "" : ".", field),
                     what);
  }

  absl::StatusOr<Part> Object(std::string_view field) const {
    const JsonValue value = Find(field);
    if (value.is_null()) return ErrorAt(field, "missing");
    if (!value.is_map()) return WrongKind(field, value, "an object");
    return Part(value, Cat(path_, path_.empty() ? "" : ".", field));
  }

  // A text of at most limits::kMaxReviewNameBytes; "" when it is not there and need not be.
  absl::StatusOr<std::string> Text(std::string_view field, bool required) const {
    const JsonValue value = Find(field);
    if (!value.is_null() && !value.is_string()) return WrongKind(field, value, "a string");
    const std::string_view text = value.is_null() ? std::string_view() : value.string_value();
    if (required && text.empty()) return ErrorAt(field, "is missing or empty");
    if (text.size() > limits::kMaxReviewNameBytes) {
      return ErrorAt(field, Cat("is ", text.size(), " bytes long, at most ", limits::kMaxReviewNameBytes,
                                " are allowed"));
    }
    return std::string(text);
  }

  absl::Status Expect(std::string_view field, std::string_view expected) const {
    ASSIGN_OR_RETURN(const std::string found, Text(field, false));
    if (found == expected) return absl::OkStatus();
    return ErrorAt(field, Cat("expected \"", expected, "\", found \"", Printable(found),
                              "\"; register the webhook with admissionReviewVersions: [\"v1\"]"));
  }

  absl::StatusOr<bool> Bool(std::string_view field) const {
    const JsonValue value = Find(field);
    if (value.is_null()) return false;
    if (value.kind() != Node::Kind::kBool) return WrongKind(field, value, "true or false");
    return value.bool_value();
  }

  // The object as it was sent, or null. Anything but an object where one must be is an error.
  absl::StatusOr<JsonValue> AnObject(std::string_view field, bool required) const {
    const JsonValue value = Find(field);
    if (value.is_null() && required) {
      return ErrorAt(field, "is missing; CREATE and UPDATE carry the object");
    }
    if (!value.is_null() && !value.is_map()) return WrongKind(field, value, "an object");
    return value;
  }

 private:
  absl::Status WrongKind(std::string_view field, JsonValue found, std::string_view expected) const {
    return ErrorAt(field, Cat("expected ", expected, ", found ", KindName(found.kind())));
  }

  JsonValue value_;
  std::string path_;
};

absl::StatusOr<GroupVersionKind> ReadKind(const Part& request) {
  ASSIGN_OR_RETURN(const Part part, request.Object("kind"));
  GroupVersionKind kind;
  ASSIGN_OR_RETURN(kind.group, part.Text("group", false));
  ASSIGN_OR_RETURN(kind.version, part.Text("version", true));
  ASSIGN_OR_RETURN(kind.kind, part.Text("kind", true));
  return kind;
}

absl::Status ReadResource(const Part& part, AdmissionRequest& request) {
  if (part.Find("resource").is_null()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Part resource, part.Object("resource"));
  ASSIGN_OR_RETURN(request.resource_group, resource.Text("group", false));
  ASSIGN_OR_RETURN(request.resource_version, resource.Text("version", false));
  ASSIGN_OR_RETURN(request.resource, resource.Text("resource", false));
  return absl::OkStatus();
}

absl::StatusOr<Operation> ReadOperation(const Part& request) {
  ASSIGN_OR_RETURN(const std::string text, request.Text("operation", false));
  for (const auto& [operation, name] : kOperations) {
    if (name == text) return operation;
  }
  return request.ErrorAt("operation",
                         Cat("expected CREATE, UPDATE, DELETE or CONNECT, found \"", Printable(text), "\""));
}

absl::StatusOr<AdmissionRequest> ReadRequest(const Part& part) {
  AdmissionRequest request;
  ASSIGN_OR_RETURN(request.uid, part.Text("uid", true));
  ASSIGN_OR_RETURN(request.kind, ReadKind(part));
  RETURN_IF_ERROR(ReadResource(part, request));
  ASSIGN_OR_RETURN(request.subresource, part.Text("subResource", false));
  ASSIGN_OR_RETURN(request.name, part.Text("name", false));
  ASSIGN_OR_RETURN(request.namespace_name, part.Text("namespace", false));
  ASSIGN_OR_RETURN(request.operation, ReadOperation(part));
  ASSIGN_OR_RETURN(request.dry_run, part.Bool("dryRun"));
  const bool writes = request.operation == Operation::kCreate || request.operation == Operation::kUpdate;
  if (!writes) return request;  // nothing is looked at: nothing new enters the cluster
  ASSIGN_OR_RETURN(request.object, part.AnObject("object", true));
  if (request.operation == Operation::kUpdate) {
    ASSIGN_OR_RETURN(request.old_object, part.AnObject("oldObject", false));
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

// Written as text, since an answer is written for every request: only what is unusual needs an escape.
void AppendText(std::string& out, std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  if (!plain) {
    out += WriteJson(Node::String(std::string(text)));
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

void AppendStatus(std::string& out, const AdmissionResponse& response) {
  out += R"(,"status":{"code":403,"reason":"Forbidden","message":)";
  AppendText(out, Shorten(response.message, limits::kMaxDenialBytes));
  out += '}';
}

void AppendWarnings(std::string& out, const std::vector<std::string>& warnings) {
  const bool cut = warnings.size() > limits::kMaxWarnings;
  const size_t shown = cut ? limits::kMaxWarnings - 1 : warnings.size();
  out += R"(,"warnings":[)";
  for (size_t i = 0; i < shown; ++i) {
    if (i > 0) out += ',';
    AppendText(out, Shorten(warnings[i], limits::kMaxWarningBytes));
  }
  if (cut) {
    out += ',';
    AppendText(out, Cat("chartseal: and ", warnings.size() - shown, " more warnings"));
  }
  out += ']';
}

void AppendAuditAnnotations(std::string& out, const AdmissionResponse& response) {
  const auto& all = response.audit_annotations;
  const size_t shown = std::min(all.size(), limits::kMaxAuditAnnotations);
  out += R"(,"auditAnnotations":{)";
  for (size_t i = 0; i < shown; ++i) {
    if (i > 0) out += ',';
    AppendText(out, all[i].first);
    out += ':';
    AppendText(out, Shorten(all[i].second, limits::kMaxAuditAnnotationBytes));
  }
  if (shown < all.size()) {
    out += R"(,"left-out":)";
    AppendText(out, Cat(all.size() - shown, " more"));
  }
  out += '}';
}

}  // namespace

std::string_view Name(Operation operation) {
  for (const auto& [known, name] : kOperations) {
    if (known == operation) return name;
  }
  return "unknown";
}

absl::StatusOr<AdmissionRequest> ParseAdmissionReview(std::string_view body) {
  ASSIGN_OR_RETURN(std::shared_ptr<const JsonDocument> document, JsonDocument::Parse(body, kWhere));
  const JsonValue root = document->root();
  if (!root.is_map()) {
    return Malformed(Reason::kReviewMalformed, kWhere,
                     Cat("expected an object, found ", KindName(root.kind())));
  }
  const Part review(root, "");
  RETURN_IF_ERROR(review.Expect("apiVersion", kApiVersion));
  RETURN_IF_ERROR(review.Expect("kind", kKind));
  ASSIGN_OR_RETURN(const Part part, review.Object("request"));
  ASSIGN_OR_RETURN(AdmissionRequest request, ReadRequest(part));
  request.document = std::move(document);
  return request;
}

std::string WriteAdmissionReview(const AdmissionResponse& response, AnswerFor answer_for) {
  std::string out = Cat(R"({"apiVersion":")", kApiVersion, R"(","kind":")", kKind, R"(","response":{"uid":)");
  AppendText(out, response.uid);
  out += response.allowed ? R"(,"allowed":true)" : R"(,"allowed":false)";
  if (!response.allowed) AppendStatus(out, response);
  if (!response.warnings.empty()) AppendWarnings(out, response.warnings);
  if (!response.audit_annotations.empty()) AppendAuditAnnotations(out, response);
  if (answer_for == AnswerFor::kMutation && response.allowed && !response.patch.empty()) {
    out += R"(,"patchType":"JSONPatch","patch":")" + Base64Encode(response.patch) + '"';
  }
  out += "}}";
  return out;
}

}  // namespace chartseal::webhook
