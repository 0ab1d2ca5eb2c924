#include "tests/sandbox/signed_note.h"

#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {

std::string CheckpointText(const CheckpointSpec& spec) {
  std::string text = spec.origin + "\n" + std::to_string(spec.size) + "\n" + Base64Encode(spec.root) + "\n";
  for (const std::string& line : spec.extension_lines) text += line + "\n";
  return text;
}

std::string NoteLine(std::string_view key_name, std::string_view key_id, std::string_view signature) {
  const std::string blob = std::string(key_id) + std::string(signature);
  return "\xe2\x80\x94 " + std::string(key_name) + " " + Base64Encode(blob) + "\n";
}

std::string SignCheckpoint(CheckpointSpec spec, const Key& key, const CheckpointHooks& hooks) {
  if (hooks.spec) hooks.spec(spec);
  std::string text = CheckpointText(spec);
  if (hooks.text) hooks.text(text);
  std::vector<std::string> lines = {NoteLine(spec.key_name, spec.key_id, key.Sign(text))};
  if (hooks.lines) hooks.lines(lines, text);
  std::string note = text + "\n";
  for (const std::string& line : lines) note += line;
  if (hooks.note) hooks.note(note);
  return note;
}

std::string NoteKeyHash(std::string_view name, uint8_t type, std::string_view key) {
  return Sha256(std::string(name) + "\n" + std::string(1, static_cast<char>(type)) + std::string(key));
}

std::string Witness::Cosign(std::string_view text, absl::Time time) const {
  constexpr uint8_t kCosignatureType = 4;
  const int64_t seconds = absl::ToUnixSeconds(time);
  const std::string message = "cosignature/v1\ntime " + std::to_string(seconds) + "\n" + std::string(text);
  const std::string key_id = NoteKeyHash(name_, kCosignatureType, key_.RawPublicKey()).substr(0, 4);
  return NoteLine(name_, key_id, BigEndian(static_cast<uint64_t>(seconds), 8) + key_.Sign(message));
}

}  // namespace chartseal::sandbox
