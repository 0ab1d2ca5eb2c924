#include "verifier/chart/rendered.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/base/strings.h"
#include "verifier/chart/plain_scalar.h"

// Kubernetes' clients take a stream apart at lines before they read any YAML, and so does this; what the
// lines and the YAML of a document do not agree on is refused when the document is read.
namespace chartseal::chart {
namespace {

constexpr std::string_view kSeparator = "---";
constexpr std::string_view kSourceComment = "# Source: ";
// End a line for go-yaml and not for those who take a stream apart.
constexpr std::array<std::string_view, 3> kOtherBreaks = {"\u0085", "\u2028", "\u2029"};

// Takes the first line off `text`, without its end.
std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view WithoutBlanks(std::string_view line) {
  const size_t begin = line.find_first_not_of(" \t\r");
  return begin == line.npos ? "" : line.substr(begin);
}

// Clients refuse a stream with another line that begins so; but "---#" is content to them where it is the
// first.
bool IsSeparator(std::string_view line) {
  if (!line.starts_with(kSeparator)) return false;
  const std::string_view behind = line.substr(kSeparator.size());
  const std::string_view rest = WithoutBlanks(behind);
  return rest.empty() || (rest.starts_with('#') && rest.size() < behind.size());
}

// The first break that only some readers see, or npos.
size_t FindOtherBreak(std::string_view text) {
  for (size_t at = text.find('\r'); at != text.npos; at = text.find('\r', at + 1)) {
    if (at + 1 == text.size() || text[at + 1] != '\n') return at;
  }
  for (const std::string_view mark : kOtherBreaks) {
    if (const size_t at = text.find(mark); at != text.npos) return at;
  }
  return text.npos;
}

bool HasContent(std::string_view text) {
  if (FindOtherBreak(text) != text.npos) return true;
  while (!text.empty()) {
    const std::string_view line = WithoutBlanks(TakeLine(text));
    if (!line.empty() && !line.starts_with('#')) return true;
  }
  return false;
}

// Calls add(document) for each document between separators.
template <typename Add>
void Split(std::string_view stream, Add add) {
  std::string_view rest = stream;
  const char* begin = rest.data();
  while (!rest.empty()) {
    const char* const line_begin = rest.data();
    if (!IsSeparator(TakeLine(rest))) continue;
    add(std::string_view(begin, line_begin - begin));
    begin = rest.data();
  }
  add(std::string_view(begin, stream.data() + stream.size() - begin));
}

// Calls add(document) for each document of a manifest.
template <typename Add>
void ForEachDocument(std::string_view manifest, Add add) {
  std::string_view source;  // of a comment behind which another separator stood, in the template already
  Split(manifest, [&](std::string_view text) {
    RenderedDocument document{.source = source, .text = text};
    source = "";
    std::string_view rest = text;
    const std::string_view line = TakeLine(rest);
    if (line.starts_with(kSourceComment) && FindOtherBreak(line) == line.npos) {
      document.source = line.substr(kSourceComment.size());
      document.text = rest;
      if (!HasContent(rest)) source = document.source;
    }
    if (HasContent(document.text)) add(document);
  });
}

// As above, of all manifests of a release.
template <typename Add>
void ForEachDocument(const Release& release, Add add) {
  ForEachDocument(std::string_view(release.manifest), add);
  for (const ReleaseHook& hook : release.hooks) {
    Split(hook.manifest, [&](std::string_view text) {
      if (!HasContent(text)) return;
      add(RenderedDocument{.source = hook.path, .text = text, .hook = true, .events = hook.events});
    });
  }
}

absl::StatusOr<Node> ReadPlain(std::string_view text, bool is_key) {
  Node value = GoValueOfPlain(text);
  if (is_key && value.is_null()) {
    return WithReason(absl::InvalidArgumentError("not valid YAML: null as a key"), Reason::kYamlMalformed);
  }
  if (is_key) return Node::String(GoKeyOf(value));
  if (value.kind() == Node::Kind::kNumber && !std::isfinite(value.number_value())) {
    return WithReason(absl::InvalidArgumentError("not valid YAML: a number that JSON does not have"),
                      Reason::kYamlMalformed);
  }
  return value;
}

absl::Status Error(std::string_view where, ptrdiff_t line, std::string_view what) {
  return Malformed(Reason::kYamlMalformed, Cat(where, ":", line), what);
}

// What the line where a document begins must not be: a directive, which asks for another YAML, or blanks
// outside of ASCII, behind which clients look for JSON.
bool BeginsOtherwise(std::string_view line) {
  const std::string_view inner = WithoutBlanks(line);
  return line.starts_with('%') || static_cast<unsigned char>(inner.front()) > 0x7E;
}

absl::Status CheckLines(std::string_view text, std::string_view where) {
  if (const size_t at = FindOtherBreak(text); at != text.npos) {
    return Error(where, 1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n'),
                 Cat("a character that ends a line for some readers of YAML and not for others: ",
                     Printable(text.substr(at, 3))));
  }
  bool has_begun = false;
  for (ptrdiff_t line = 1; !text.empty(); ++line) {
    const std::string_view content = TakeLine(text);
    if (content.starts_with(kSeparator)) return Error(where, line, "\"---\" with something behind it");
    const std::string_view inner = WithoutBlanks(content);
    if (has_begun || inner.empty() || inner.starts_with('#')) continue;
    if (BeginsOtherwise(content)) return Error(where, line, "begins with neither a key nor a comment");
    has_begun = true;
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<RenderedDocument> DocumentsOf(const Release& release) {
  std::vector<RenderedDocument> documents;
  ForEachDocument(release, [&](const RenderedDocument& document) { documents.push_back(document); });
  return documents;
}

size_t CountDocuments(const Release& release) {
  size_t count = 0;
  ForEachDocument(release, [&](const RenderedDocument&) { ++count; });
  return count;
}

absl::StatusOr<Node> ReadRendered(std::string_view text, std::string_view where) {
  RETURN_IF_ERROR(CheckLines(text, where));
  static const ExpandingYaml kAsHelm{.read_plain = ReadPlain,
                                     .max_bytes = limits::kMaxKubeObjectBytes,
                                     .max_depth = limits::kMaxJsonDepth,
                                     .max_nodes = limits::kMaxRenderedNodes};
  // Clients put an end to the last line, which decides how a block scalar there ends.
  absl::StatusOr<Node> root =
      ParseYaml(text.ends_with('\n') ? std::string(text) : Cat(text, "\n"), where, kAsHelm);
  if (root.ok() && !root->is_map() && !root->is_null()) {
    return Error(where, std::max(root->line(), 1), Cat("expected an object, found ", KindName(root->kind())));
  }
  return root;
}

}  // namespace chartseal::chart
