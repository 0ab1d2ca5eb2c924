#include "verifier/chart/release.h"

#include <array>

#include "verifier/base/encoding.h"
#include "verifier/base/json_document.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/chart/entry_name.h"
#include "verifier/chart/gzip_reader.h"
#include "verifier/chart/metadata_reader_internal.h"
#include "verifier/chart/record_object.h"
#include "verifier/chart/release_core.h"
#include "verifier/chart/rendered.h"
#include "verifier/crypto/digest.h"

namespace chartseal::chart {
namespace {

// The fields of helm's structs Release, Info, Chart, File, Hook and HookExecution (§4.2).
constexpr std::array<std::string_view, 9> kReleaseNames = {
    "name", "info", "chart", "config", "manifest", "hooks", "version", "namespace", "apply_method"};
constexpr std::array<std::string_view, 7> kInfoNames = {
    "first_deployed", "last_deployed", "deleted", "description", "status", "notes", "resources"};
constexpr std::array<std::string_view, 8> kChartNames = {"metadata", "lock",          "templates", "values",
                                                         "schema",   "schemamodtime", "files",     "modtime"};
constexpr std::array<std::string_view, 3> kFileNames = {"name", "data", "modtime"};
constexpr std::array<std::string_view, 9> kHookNames = {"name",
                                                        "kind",
                                                        "path",
                                                        "manifest",
                                                        "events",
                                                        "last_run",
                                                        "weight",
                                                        "delete_policies",
                                                        "output_log_policies"};
constexpr std::array<std::string_view, 3> kLastRunNames = {"started_at", "completed_at", "phase"};

// As helm asks: gzip's magic bytes and its only method.
constexpr std::string_view kGzipMagic = "\x1f\x8b\x08";

absl::Status TooLarge(std::string_view where, size_t found, size_t limit, std::string_view what) {
  return WithReason(
      absl::ResourceExhaustedError(Cat(where, ": ", found, " ", what, ", more than the limit of ", limit)),
      Reason::kLimitExceeded);
}

// Memory follows what comes out, so that it is never more than twice the limit, whatever the record claims.
absl::StatusOr<std::string> Gunzip(std::string_view gzip, std::string_view where) {
  constexpr size_t kLimit = limits::kMaxReleaseJsonBytes;
  ASSIGN_OR_RETURN(GzipReader reader, GzipReader::Open(gzip, where, kLimit));
  std::string out;
  size_t size = 0;
  for (size_t room = 4 * gzip.size() + 1; size == out.size(); room = out.size()) {
    out.resize(std::min(out.size() + room, kLimit + 1));
    ASSIGN_OR_RETURN(const size_t read, reader.Read({out.data() + size, out.size() - size}));
    size += read;
  }
  RETURN_IF_ERROR(reader.Finish());
  out.resize(size);
  return out;
}

absl::StatusOr<std::string> Unpack(std::string_view encoded, std::string_view where) {
  if (encoded.size() > limits::kMaxReleaseBytes) {
    return TooLarge(where, encoded.size(), limits::kMaxReleaseBytes, "bytes");
  }
  if (encoded.find_first_of("\r\n") != encoded.npos) {
    return Malformed(Reason::kReleaseMalformed, where, "a line break in base64");
  }
  absl::StatusOr<std::string> bytes = Base64Decode(encoded);
  if (!bytes.ok()) return WithReason(Annotate(bytes.status(), where), Reason::kReleaseMalformed);
  if (!bytes->starts_with(kGzipMagic)) return bytes;
  absl::StatusOr<std::string> json = Gunzip(*bytes, where);
  if (json.ok() || ReasonOf(json.status()) == Reason::kLimitExceeded) return json;
  return WithReason(json.status(), Reason::kReleaseMalformed);
}

std::string HexSha256(std::string_view bytes) { return HexEncode(crypto::Sha256(bytes)); }

class ReleaseReader {
 public:
  ReleaseReader(const RecordObject& root, std::string_view where) : root_(root), where_(where) {}

  absl::StatusOr<Release> Read() {
    RETURN_IF_ERROR(root_.CheckNames(kReleaseNames));
    RETURN_IF_ERROR(ReadHead());
    RETURN_IF_ERROR(ReadInfo());
    RETURN_IF_ERROR(ReadChart());
    ASSIGN_OR_RETURN(release_.manifest, root_.String("manifest"));
    RETURN_IF_ERROR(ReadHooks());
    RETURN_IF_ERROR(CheckDocuments());
    RETURN_IF_ERROR(root_.Object("config").status());
    RETURN_IF_ERROR(root_.String("apply_method").status());
    release_.core = CoreOfRelease(root_.value());
    return std::move(release_);
  }

 private:
  absl::Status ReadHead() {
    ASSIGN_OR_RETURN(release_.name, root_.String("name"));
    if (release_.name.empty()) return root_.ErrorAt("name", "missing");
    ASSIGN_OR_RETURN(release_.namespace_name, root_.String("namespace"));
    ASSIGN_OR_RETURN(release_.revision, root_.Integer("version"));
    if (release_.revision < 1) return root_.ErrorAt("version", "expected a revision, from 1");
    return absl::OkStatus();
  }

  absl::Status ReadInfo() {
    ASSIGN_OR_RETURN(const std::optional<RecordObject> info, root_.Object("info"));
    if (!info) return absl::OkStatus();
    RETURN_IF_ERROR(info->CheckNames(kInfoNames));
    ASSIGN_OR_RETURN(release_.status, info->String("status"));
    return absl::OkStatus();
  }

  absl::Status ReadChart() {
    ASSIGN_OR_RETURN(const std::optional<RecordObject> chart, root_.Object("chart"));
    if (!chart) return root_.ErrorAt("chart", "missing");
    RETURN_IF_ERROR(chart->CheckNames(kChartNames));
    RETURN_IF_ERROR(ReadMetadata(*chart));
    RETURN_IF_ERROR(chart->Object("values").status());
    ASSIGN_OR_RETURN(const std::string schema, chart->Bytes("schema"));
    if (!schema.empty()) release_.content.schema_sha256 = HexSha256(schema);
    ASSIGN_OR_RETURN(release_.templates, ReadFiles(*chart, "templates"));
    ASSIGN_OR_RETURN(const std::vector<File> files, ReadFiles(*chart, "files"));
    release_.content.templates = Hashed(release_.templates);
    release_.content.files = Hashed(files);
    return absl::OkStatus();
  }

  absl::Status ReadMetadata(const RecordObject& chart) {
    ASSIGN_OR_RETURN(const std::optional<RecordObject> metadata, chart.Object("metadata"));
    if (!metadata) return chart.ErrorAt("metadata", "missing");
    ASSIGN_OR_RETURN(release_.content.metadata, internal::ReadMetadataFields(*metadata));
    for (const auto& [name, text] : {std::pair("name", &release_.content.metadata.name),
                                     std::pair("version", &release_.content.metadata.version)}) {
      if (text->empty()) return metadata->ErrorAt(name, "missing");
    }
    ASSIGN_OR_RETURN(release_.dependencies, internal::ReadDependencyList(*metadata));
    ASSIGN_OR_RETURN(const std::optional<RecordObject> lock, chart.Object("lock"));
    if (!lock) return absl::OkStatus();
    ASSIGN_OR_RETURN(release_.content.lock, internal::ReadLockFields(*lock));
    return absl::OkStatus();
  }

  // `member` is templates or files: lists of names and bytes, no name of both repeating.
  absl::StatusOr<std::vector<File>> ReadFiles(const RecordObject& chart, std::string_view member) {
    ASSIGN_OR_RETURN(const std::vector<RecordObject> entries,
                     chart.Objects(member, limits::kMaxReleaseFiles - file_count_));
    file_count_ += entries.size();
    std::vector<File> out;
    out.reserve(entries.size());
    for (const RecordObject& entry : entries) {
      RETURN_IF_ERROR(entry.CheckNames(kFileNames));
      File& file = out.emplace_back();
      ASSIGN_OR_RETURN(file.name, entry.String("name"));
      if (absl::Status status = CheckFileName(file.name); !status.ok()) {
        return entry.ErrorAt("name", Cat(Printable(file.name), ": ", Message(status)));
      }
      if (absl::Status status = names_.Add(file.name); !status.ok()) {
        return entry.ErrorAt("name", Cat(Printable(file.name), ": ", Message(status)));
      }
      ASSIGN_OR_RETURN(file.bytes, entry.Bytes("data"));
    }
    return out;
  }

  static std::vector<ContentFile> Hashed(const std::vector<File>& files) {
    std::vector<ContentFile> out;
    out.reserve(files.size());
    for (const File& file : files) out.push_back({file.name, HexSha256(file.bytes)});
    return out;
  }

  absl::Status ReadHooks() {
    ASSIGN_OR_RETURN(const std::vector<RecordObject> hooks, root_.Objects("hooks", limits::kMaxReleaseHooks));
    for (const RecordObject& hook : hooks) RETURN_IF_ERROR(ReadHook(hook));
    return absl::OkStatus();
  }

  absl::Status CheckDocuments() const {
    const size_t count = CountDocuments(release_);
    if (count <= limits::kMaxRenderedDocuments) return absl::OkStatus();
    return TooLarge(where_, count, limits::kMaxRenderedDocuments, "documents in manifest and hooks");
  }

  absl::Status ReadHook(const RecordObject& object) {
    RETURN_IF_ERROR(object.CheckNames(kHookNames));
    ReleaseHook& hook = release_.hooks.emplace_back();
    ASSIGN_OR_RETURN(hook.name, object.String("name"));
    ASSIGN_OR_RETURN(hook.kind, object.String("kind"));
    ASSIGN_OR_RETURN(hook.path, object.String("path"));
    ASSIGN_OR_RETURN(hook.manifest, object.String("manifest"));
    ASSIGN_OR_RETURN(hook.events, object.Strings("events", limits::kMaxReleaseHooks));
    for (const auto* member : {"delete_policies", "output_log_policies"}) {
      RETURN_IF_ERROR(object.Strings(member, limits::kMaxReleaseHooks).status());
    }
    RETURN_IF_ERROR(object.Integer("weight").status());
    ASSIGN_OR_RETURN(const std::optional<RecordObject> last_run, object.Object("last_run"));
    return last_run ? last_run->CheckNames(kLastRunNames) : absl::OkStatus();
  }

  const RecordObject& root_;
  std::string_view where_;
  Release release_;
  FileNames names_;
  size_t file_count_ = 0;
};

}  // namespace

absl::StatusOr<Release> ReadRelease(std::string_view encoded, std::string_view where) {
  ASSIGN_OR_RETURN(const std::string json, Unpack(encoded, where));
  return ReadReleaseJson(json, where);
}

absl::StatusOr<Release> ReadReleaseJson(std::string_view json, std::string_view where) {
  ASSIGN_OR_RETURN(const auto document, JsonDocument::Parse(json, where, limits::kMaxReleaseJsonBytes));
  ASSIGN_OR_RETURN(const RecordObject root, RecordObject::Of(document->root(), where, ""));
  return ReleaseReader(root, where).Read();
}

absl::StatusOr<std::string> ReadReleaseCore(std::string_view encoded, std::string_view where) {
  ASSIGN_OR_RETURN(const std::string json, Unpack(encoded, where));
  ASSIGN_OR_RETURN(const auto document, JsonDocument::Parse(json, where, limits::kMaxReleaseJsonBytes));
  ASSIGN_OR_RETURN(const RecordObject root, RecordObject::Of(document->root(), where, ""));
  return CoreOfRelease(root.value());
}

}  // namespace chartseal::chart
