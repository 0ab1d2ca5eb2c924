#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "tests/sandbox/keys.h"

// Checkpoints as C2SP signed notes (spec/sigstore.md §4.7).
namespace chartseal::sandbox {

struct CheckpointSpec {
  std::string origin;
  int64_t size = 0;
  std::string root;  // 32 bytes
  std::vector<std::string> extension_lines;
  std::string key_name;
  std::string key_id;  // 4 bytes
};

// Each may be empty; they run in this order.
struct CheckpointHooks {
  std::function<void(CheckpointSpec&)> spec;
  std::function<void(std::string& text)> text;  // the text that is then signed
  // The signature lines, each with its newline; the log's own is the first.
  std::function<void(std::vector<std::string>& lines, const std::string& text)> lines;
  std::function<void(std::string& note)> note;  // the finished note
};

// "origin\nsize\nroot\n" and the extension lines.
std::string CheckpointText(const CheckpointSpec& spec);
// "— name base64(key id ‖ signature)\n".
std::string NoteLine(std::string_view key_name, std::string_view key_id, std::string_view signature);
// A whole note by one log key.
std::string SignCheckpoint(CheckpointSpec spec, const Key& key, const CheckpointHooks& hooks);

// The 32-byte signed-note key hash: SHA-256(name ‖ "\n" ‖ type ‖ key).
std::string NoteKeyHash(std::string_view name, uint8_t type, std::string_view key);

// A witness that cosigns checkpoints: Ed25519, cosignature/v1.
class Witness {
 public:
  explicit Witness(std::string name) : name_(std::move(name)), key_(Key::Generate(KeyType::kEd25519)) {}
  std::string Cosign(std::string_view text, absl::Time time) const;  // a note line
  const std::string& name() const { return name_; }
  const Key& key() const { return key_; }

 private:
  std::string name_;
  Key key_;
};

}  // namespace chartseal::sandbox
