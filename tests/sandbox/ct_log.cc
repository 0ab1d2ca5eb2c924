#include "tests/sandbox/ct_log.h"

#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {
namespace {

std::string WithLength(int width, std::string_view bytes) {
  return BigEndian(bytes.size(), width) + std::string(bytes);
}

std::string SignedBytes(const SctSpec& spec) {
  constexpr int kCertificateTimestamp = 0;
  return BigEndian(static_cast<uint64_t>(spec.version), 1) + BigEndian(kCertificateTimestamp, 1) +
         BigEndian(spec.timestamp_ms, 8) + BigEndian(static_cast<uint64_t>(spec.entry_type), 2) +
         spec.issuer_key_hash + WithLength(3, spec.tbs) + WithLength(2, spec.extensions);
}

}  // namespace

std::string CtLog::LogId() const { return Sha256(key_.Spki()); }

SctSpec CtLog::Prepare(std::string_view issuer_spki, std::string_view tbs, uint64_t timestamp_ms) const {
  SctSpec spec;
  spec.log_id = LogId();
  spec.timestamp_ms = timestamp_ms;
  spec.issuer_key_hash = Sha256(issuer_spki);
  spec.tbs = std::string(tbs);
  return spec;
}

std::string CtLog::Issue(const SctSpec& spec) const {
  return BigEndian(static_cast<uint64_t>(spec.version), 1) + spec.log_id + BigEndian(spec.timestamp_ms, 8) +
         WithLength(2, spec.extensions) + BigEndian(static_cast<uint64_t>(spec.hash_id), 1) +
         BigEndian(static_cast<uint64_t>(spec.signature_id), 1) + WithLength(2, key_.Sign(SignedBytes(spec)));
}

std::string LeafIndexExtension(uint64_t index) {
  constexpr int kLeafIndexType = 0;
  return BigEndian(kLeafIndexType, 1) + WithLength(2, BigEndian(index, 5));
}

}  // namespace chartseal::sandbox
