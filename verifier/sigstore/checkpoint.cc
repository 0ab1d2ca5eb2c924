#include "verifier/sigstore/checkpoint.h"

#include <algorithm>
#include <optional>

#include "absl/strings/numbers.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/strings.h"

namespace chartseal::sigstore {
namespace {

constexpr std::string_view kLineStart = "\xE2\x80\x94 ";  // em dash, space
constexpr std::string_view kTreeIdMark = " - ";
constexpr size_t kKeyIdBytes = 4;
constexpr size_t kRootBytes = 32;

Rejection MalformedNote(std::string detail) {
  return Rejection{Reason::kCheckpointMalformed, std::move(detail), "", ""};
}

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool HasControlCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n') || byte == 0x7F;
  });
}

// Takes the next line off `rest`, which ends in a newline; nullopt at the end.
std::optional<std::string_view> TakeLine(std::string_view& rest) {
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

Checked<Checkpoint::SignatureLine> ParseSignatureLine(std::string_view line) {
  if (!line.starts_with(kLineStart)) return MalformedNote("a signature line does not begin with an em dash");
  line.remove_prefix(kLineStart.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return MalformedNote("a signature line has no signature");
  const std::string_view name = line.substr(0, space);
  if (name.empty() || name.find('+') != std::string_view::npos) {
    return MalformedNote(Cat("not a key name: \"", Printable(name, 64), "\""));
  }
  auto bytes = Base64Decode(line.substr(space + 1));
  if (!bytes.ok() || bytes->size() <= kKeyIdBytes) {
    return MalformedNote(Cat("the signature of \"", Printable(name, 64), "\" cannot be decoded"));
  }
  return Checkpoint::SignatureLine{std::string(name), bytes->substr(0, kKeyIdBytes),
                                   bytes->substr(kKeyIdBytes)};
}

Checked<Passed> ParseSignatures(std::string_view rest, Checkpoint& out) {
  while (const auto line = TakeLine(rest)) {
    if (out.signatures.size() == limits::kMaxCheckpointLines) {
      return MalformedNote(Cat("more than ", limits::kMaxCheckpointLines, " signature lines"));
    }
    ASSIGN_OR_REJECT(Checkpoint::SignatureLine signature, ParseSignatureLine(*line));
    out.signatures.push_back(std::move(signature));
  }
  return Passed{};
}

Checked<Passed> ParseTreeSize(std::string_view line, Checkpoint& out) {
  const bool canonical = IsDigits(line) && (line.size() == 1 || line.front() != '0');
  if (!canonical || !absl::SimpleAtoi(ToAbsl(line), &out.tree_size)) {
    return MalformedNote(Cat("the second line is not a tree size: \"", Printable(line, 64), "\""));
  }
  return Passed{};
}

Checked<Passed> ParseHead(std::string_view rest, Checkpoint& out) {
  const auto origin = TakeLine(rest), size = TakeLine(rest), root = TakeLine(rest);
  if (!origin || origin->empty() || !size || !root) {
    return MalformedNote("expected the lines origin, tree size and root hash");
  }
  out.origin = *origin;
  RETURN_IF_REJECTED(ParseTreeSize(*size, out));
  auto hash = Base64Decode(*root);
  if (!hash.ok() || hash->size() != kRootBytes) {
    return MalformedNote(Cat("the third line is not a root hash: \"", Printable(*root, 64), "\""));
  }
  out.root_hash = *std::move(hash);
  return Passed{};
}

}  // namespace

bool Checkpoint::HasTreeIdOrigin() const {
  const size_t mark = origin.rfind(kTreeIdMark);
  return mark != std::string::npos && IsDigits(std::string_view(origin).substr(mark + kTreeIdMark.size()));
}

std::string_view Checkpoint::OriginHost() const {
  const std::string_view whole = origin;
  return HasTreeIdOrigin() ? whole.substr(0, whole.rfind(kTreeIdMark)) : whole;
}

Checked<Checkpoint> ParseCheckpoint(std::string_view note) {
  if (note.size() > limits::kMaxCheckpointBytes) return MalformedNote(Cat("has ", note.size(), " bytes"));
  if (HasControlCharacter(note)) return MalformedNote("contains a control character");
  if (!note.ends_with('\n')) return MalformedNote("does not end in a newline");
  // The text may contain empty lines itself: signatures follow the last one.
  const size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos || blank + 2 == note.size()) {
    return Rejection{Reason::kCheckpointNoSignature, "the checkpoint has no signature line", "", ""};
  }
  Checkpoint out;
  out.signed_text = note.substr(0, blank + 1);
  RETURN_IF_REJECTED(ParseHead(out.signed_text, out));
  RETURN_IF_REJECTED(ParseSignatures(note.substr(blank + 2), out));
  return out;
}

Checked<Passed> VerifyCheckpointSignature(const Checkpoint& checkpoint, std::string_view key_name,
                                          const TransparencyLog& log) {
  bool verified = false;
  for (const Checkpoint::SignatureLine& line : checkpoint.signatures) {
    if (line.name != key_name || line.key_id != log.key_hint) continue;
    const auto outcome = log.key.Verify(log.scheme, checkpoint.signed_text, line.signature);
    if (outcome != crypto::SignatureCheck::kValid) {
      return Rejection{Reason::kCheckpointSignatureInvalid,
                       Cat("the signature of ", Printable(key_name), " with key ", HexEncode(line.key_id),
                           " on the checkpoint of tree size ", checkpoint.tree_size, " does not verify"),
                       "", ""};
    }
    verified = true;
  }
  if (verified) return Passed{};
  return Rejection{Reason::kCheckpointNoSignature,
                   Cat("none of ", checkpoint.signatures.size(), " signature lines is by the log"),
                   Cat(Printable(key_name), " with key id ", HexEncode(log.key_hint)), ""};
}

}  // namespace chartseal::sigstore
