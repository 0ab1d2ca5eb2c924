#include "publisher/push/helm_output.h"

#include <vector>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/reference.h"

namespace chartseal::publisher {
namespace {

constexpr std::string_view kDigest = "Digest:";
constexpr std::string_view kPushed = "Pushed:";
constexpr std::string_view kPulled = "Pulled:";

absl::Status Bad(std::string_view what) {
  return Malformed(Reason::kHelmOutputMalformed, "helm's output", what);
}

// The length of the terminal control sequence at the start of `text` (ECMA-48 §5.4; OSC to its terminator);
// 0 when there is none. One that does not end is as long as the rest of the line.
size_t ControlSequence(std::string_view text) {
  if (text.size() < 2 || text[0] != '\x1b') return 0;
  if (text[1] == '[') {
    const size_t end = text.find_first_not_of("0123456789;:<=>? !\"#$%&'()*+,-./", 2);
    return end == std::string_view::npos ? text.size() : end + 1;
  }
  if (text[1] != ']') return 2;
  const size_t bell = text.find('\a', 2);
  const size_t terminator = text.find("\x1b\\", 2);
  if (bell < terminator) return bell + 1;
  return terminator == std::string_view::npos ? text.size() : terminator + 2;
}

std::string WithoutControlSequences(std::string_view line) {
  std::string plain;
  while (!line.empty()) {
    const size_t control = ControlSequence(line);
    if (control == 0) plain.push_back(line.front());
    line.remove_prefix(control == 0 ? 1 : control);
  }
  return plain;
}

// A carriage return alone begins a line too: that is how progress is drawn.
std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find_first_of("\r\n");
    lines.push_back(WithoutControlSequences(text.substr(0, end)));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

// The text after "Digest: " somewhere inside a line, where another line was printed before helm's without
// ending; not of a header such as Docker-Content-Digest in helm's debugging output.
std::optional<std::string_view> DigestInside(std::string_view line) {
  for (size_t at = line.find(kDigest); at != std::string_view::npos; at = line.find(kDigest, at + 1)) {
    if (at > 0 && line[at - 1] != '-') return line.substr(at);
  }
  return std::nullopt;
}

// The lines that count.
struct Found {
  std::optional<std::string> digest;  // the last "Digest:"
  std::optional<std::string> moved;   // the last "Pushed:" or "Pulled:" before it
  std::optional<std::string> inside;  // a digest inside a line after it
};

Found Search(std::string_view text) {
  Found found;
  std::optional<std::string> moved;
  for (std::string& line : Lines(text)) {
    if (line.starts_with(kPushed) || line.starts_with(kPulled)) moved = line;
    if (line.starts_with(kDigest)) {
      found = {.digest = std::move(line), .moved = moved, .inside = std::nullopt};
    } else if (const auto glued = DigestInside(line)) {
      found.inside = std::string(*glued);
    }
  }
  return found;
}

absl::StatusOr<HelmOutput> ReadDigest(std::string_view line) {
  const auto bad = [&] {
    return Bad(
        Cat("the last digest in it is not \"Digest: sha256:\" and 64 lower-case hexadecimal digits: \"",
            Printable(line, 120), "\"; nothing else is taken in its place"));
  };
  constexpr std::string_view kPrefix = "Digest: sha256:";
  if (!line.starts_with(kPrefix)) return bad();
  const auto digest = crypto::Digest::Parse(line.substr(kDigest.size() + 1));
  if (!digest.ok()) return bad();
  return HelmOutput{.digest = *digest, .reference = std::nullopt};
}

// What is after "Pushed: " must be a reference, since somebody will use it as one.
absl::StatusOr<std::string> ReadReference(std::string_view line) {
  std::string_view text = line.substr(kPushed.size());
  if (text.starts_with(' ')) text.remove_prefix(1);
  if (oci::Reference::Parse(Cat("oci://", text)).ok()) return std::string(text);
  return Bad(
      Cat("the line before the digest does not name where was pushed to: \"", Printable(line, 120), "\""));
}

}  // namespace

absl::StatusOr<HelmOutput> ParseHelmOutput(std::string_view text) {
  if (text.size() > limits::kMaxTextOfOthersBytes) {
    const std::string too_long = Cat("helm's output: ", text.size(), " bytes, at most ",
                                     limits::kMaxTextOfOthersBytes, " are searched");
    return WithReason(absl::ResourceExhaustedError(too_long), Reason::kLimitExceeded);
  }
  const Found found = Search(text);
  if (found.inside.has_value() && found.inside != found.digest) {
    return Bad(Cat("a digest stands inside another line, so that the last one is uncertain: \"",
                   Printable(*found.inside, 120), "\""));
  }
  if (!found.digest.has_value()) {
    return Bad(
        "no line begins with \"Digest:\"; up to helm 4.2.0 it is on standard error, so give both (2>&1)");
  }
  ASSIGN_OR_RETURN(HelmOutput output, ReadDigest(*found.digest));
  if (!found.moved.has_value()) return output;
  if (found.moved->starts_with(kPulled)) return Bad("the last digest in it is of a pull, not of a push");
  ASSIGN_OR_RETURN(output.reference, ReadReference(*found.moved));
  return output;
}

}  // namespace chartseal::publisher
