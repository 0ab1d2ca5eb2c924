#include "tests/sandbox/rekor_v2.h"

#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {

RekorV2::RekorV2(Key key, RekorV2Options options) : key_(std::move(key)), options_(std::move(options)) {
  AppendFillers(options_.fillers_before);
}

std::string RekorV2::LogId() const {
  constexpr uint8_t kEd25519Type = 1;
  if (key_.type() == KeyType::kEd25519) return NoteKeyHash(options_.host, kEd25519Type, key_.RawPublicKey());
  return Sha256(key_.Spki());
}

void RekorV2::AppendFillers(int count) {
  for (int i = 0; i < count; ++i) tree_.Append("filler " + std::to_string(tree_.size()));
}

LogEntry RekorV2::Append(nlohmann::json body, const LogHooks& hooks) {
  LogEntry entry;
  if (hooks.body) hooks.body(body);
  entry.kind = body.value("kind", "");
  entry.version = body.value("apiVersion", "");
  entry.body = body.dump();
  if (hooks.body_text) hooks.body_text(entry.body);
  const int64_t index = tree_.Append(entry.body);
  AppendFillers(options_.fillers_after);
  entry.log_id = LogId();
  entry.log_index = index;
  const int64_t size = tree_.size();
  entry.proof = {index, tree_.Root(), size, tree_.InclusionPath(index, size)};
  if (hooks.proof) hooks.proof(entry.proof);
  CheckpointSpec checkpoint = {options_.host, size, tree_.Root(), {}, options_.host, LogId().substr(0, 4)};
  entry.checkpoint = SignCheckpoint(std::move(checkpoint), key_, hooks.checkpoint);
  if (hooks.entry) hooks.entry(entry);
  return entry;
}

}  // namespace chartseal::sandbox
