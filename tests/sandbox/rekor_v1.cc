#include "tests/sandbox/rekor_v1.h"

#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {

RekorV1::RekorV1(Key key, RekorV1Options options) : key_(std::move(key)), options_(std::move(options)) {
  AppendFillers(options_.fillers_before);
}

std::string RekorV1::LogId() const { return Sha256(key_.Spki()); }
std::string RekorV1::Origin() const { return options_.host + " - " + std::to_string(options_.tree_id); }

void RekorV1::AppendFillers(int count) {
  for (int i = 0; i < count; ++i) tree_.Append("filler " + std::to_string(tree_.size()));
}

std::string RekorV1::SignPromise(const LogEntry& entry, const LogHooks& hooks) const {
  nlohmann::json payload = {{"body", Base64Encode(entry.body)},
                            {"integratedTime", entry.integrated_time},
                            {"logID", HexEncode(entry.log_id)},
                            {"logIndex", entry.log_index}};
  if (hooks.promise_payload) hooks.promise_payload(payload);
  std::string promise = key_.Sign(payload.dump());  // keys come out sorted: this is the JCS text
  if (hooks.promise) hooks.promise(promise);
  return promise;
}

LogEntry RekorV1::Append(nlohmann::json body, absl::Time time, const LogHooks& hooks) {
  LogEntry entry;
  if (hooks.body) hooks.body(body);
  entry.kind = body.value("kind", "");
  entry.version = body.value("apiVersion", "");
  entry.body = body.dump();
  if (hooks.body_text) hooks.body_text(entry.body);
  const int64_t index = tree_.Append(entry.body);
  AppendFillers(options_.fillers_after);
  entry.log_id = LogId();
  entry.log_index = options_.shard_offset + index;
  entry.integrated_time = absl::ToUnixSeconds(time);
  if (hooks.before_promise) hooks.before_promise(entry);
  entry.signed_entry_timestamp = SignPromise(entry, hooks);
  const int64_t size = tree_.size();
  entry.proof = {index, tree_.Root(), size, tree_.InclusionPath(index, size)};
  if (hooks.proof) hooks.proof(entry.proof);
  CheckpointSpec checkpoint = {Origin(), size, tree_.Root(), {}, options_.host, LogId().substr(0, 4)};
  entry.checkpoint = SignCheckpoint(std::move(checkpoint), key_, hooks.checkpoint);
  if (hooks.entry) hooks.entry(entry);
  return entry;
}

}  // namespace chartseal::sandbox
