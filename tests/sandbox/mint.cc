#include "tests/sandbox/mint.h"

#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {
namespace {

using nlohmann::json;

template <typename Options>
Options WithTimes(Options authority, const SigstoreOptions& options) {
  if (authority.not_before == absl::Time()) authority.not_before = options.start;
  if (authority.not_after == absl::Time()) authority.not_after = options.start + options.lifetime;
  return authority;
}

template <typename Hook, typename... Values>
void Run(const Hook& hook, Values&... values) {
  if (hook) hook(values...);
}

// The steps of one signature, in the order in which a real signer goes; results accumulate in minted_.
class Minting {
 public:
  Minting(Sigstore& sigstore, const MintRequest& request)
      : sigstore_(sigstore),
        request_(request),
        key_(request.key ? *request.key : Key::ForLeaf(request.key_type)),
        time_(request.signing_time == absl::Time() ? sigstore.default_signing_time() : request.signing_time) {
  }

  Minted Finish() {
    minted_.artifact_sha256 =
        request_.artifact_sha256.empty() ? HexEncode(Sha256(request_.artifact)) : request_.artifact_sha256;
    minted_.public_key = key_.Spki();
    if (request_.content == ContentKind::kDsse) {
      SignEnvelope();
    } else {
      SignMessage();
    }
    if (!request_.managed_key) IssueCertificate();
    for (const LogRequest& log : request_.logs) Log(log);
    for (const TimestampRequest& timestamp : request_.timestamps) Stamp(timestamp);
    minted_.bundle_json = Assemble();
    return std::move(minted_);
  }

 private:
  // Ed25519 entries of logs are about SHA-512 (Ed25519ph).
  HashAlgorithm ContentHash() const {
    return key_.type() == KeyType::kEd25519 ? HashAlgorithm::kSha512 : key_.DefaultHash();
  }

  std::string StatementText() const {
    const StatementSpec& spec = request_.statement;
    std::vector<SubjectSpec> subjects = spec.subjects;
    if (subjects.empty()) subjects = {{"", {{"sha256", minted_.artifact_sha256}}, {}}};
    json statement = {
        {"_type", spec.type}, {"predicateType", spec.predicate_type}, {"subject", json::array()}};
    for (const SubjectSpec& subject : subjects) {
      json entry = {{"digest", subject.digests}};
      if (!subject.name.empty()) entry["name"] = subject.name;
      if (!subject.annotations.empty()) entry["annotations"] = subject.annotations;
      statement["subject"].push_back(std::move(entry));
    }
    if (!spec.predicate_json.empty()) statement["predicate"] = json::parse(spec.predicate_json);
    Run(request_.content_hooks.statement, statement);
    return statement.dump();
  }

  void SignEnvelope() {
    minted_.payload = StatementText();
    Run(request_.content_hooks.payload, minted_.payload);
    std::string signed_bytes = Pae(request_.payload_type, minted_.payload);
    Run(request_.content_hooks.signed_bytes, signed_bytes);
    minted_.signature = key_.Sign(signed_bytes);
    Run(request_.content_hooks.signature, minted_.signature);
    digest_ = HashWith(ContentHash(), Pae(request_.payload_type, minted_.payload));
    envelope_ = {{"payload", Base64Encode(minted_.payload)},
                 {"payloadType", request_.payload_type},
                 {"signatures", json::array({{{"sig", Base64Encode(minted_.signature)}}})}};
  }

  void SignMessage() {
    minted_.payload = request_.artifact;
    std::string signed_bytes = request_.artifact;
    Run(request_.content_hooks.signed_bytes, signed_bytes);
    if (request_.artifact_sha256.empty()) {
      digest_ = HashWith(ContentHash(), request_.artifact);
      minted_.signature = key_.Sign(signed_bytes);
    } else {
      digest_ = HexDecode(request_.artifact_sha256);
      minted_.signature = key_.SignDigest(digest_);
    }
    Run(request_.content_hooks.signature, minted_.signature);
  }

  const CertificateAuthority& Ca() const { return request_.ca ? *request_.ca : sigstore_.ca(); }

  void IssueCertificate() {
    std::vector<const CtLog*> logs;
    if (request_.with_sct) {
      logs = request_.ct_logs.empty() ? std::vector<const CtLog*>{&sigstore_.ct_log()} : request_.ct_logs;
    }
    const LeafRequest leaf = {key_.Spki(), request_.identity, time_, request_.certificate_lifetime};
    minted_.certificate = Ca().Issue(leaf, logs, request_.certificate_hooks);
  }

  LoggedSignature Logged(bool v2) const {
    LoggedSignature logged;
    logged.signature = minted_.signature;
    logged.verifier_is_certificate = !request_.managed_key;
    logged.verifier_der = request_.managed_key ? minted_.public_key : minted_.certificate;
    logged.key_type = key_.type();
    logged.key_details = v2 && key_.type() == KeyType::kEd25519 ? "PKIX_ED25519_PH" : key_.KeyDetails();
    logged.digest = digest_;
    logged.payload_type = request_.payload_type;
    logged.payload = minted_.payload;
    logged.envelope_json = envelope_.dump();
    Run(request_.content_hooks.logged, logged);
    return logged;
  }

  LogKind KindOf(const LogRequest& log) const {
    if (log.kind != LogKind::kAutomatic) return log.kind;
    return request_.content == ContentKind::kDsse ? LogKind::kDsseV1 : LogKind::kHashedRekordV1;
  }

  void Log(const LogRequest& log) {
    LogEntry entry;
    const LogKind kind = KindOf(log);
    if (kind == LogKind::kHashedRekordV2) {
      RekorV2& rekor = log.rekor_v2 ? *log.rekor_v2 : sigstore_.rekor_v2();
      entry = rekor.Append(HashedRekordV2Body(Logged(true)), log.hooks);
    } else {
      RekorV1& rekor = log.rekor_v1 ? *log.rekor_v1 : sigstore_.rekor_v1();
      const LoggedSignature logged = Logged(false);
      json body = kind == LogKind::kDsseV1     ? DsseV1Body(logged)
                  : kind == LogKind::kIntotoV1 ? IntotoV1Body(logged)
                                               : HashedRekordV1Body(logged);
      entry = rekor.Append(std::move(body), time_ + log.delay, log.hooks);
    }
    if (!log.with_promise) entry.signed_entry_timestamp.clear();
    if (!log.with_checkpoint) entry.checkpoint.clear();
    entry.with_proof = log.with_proof;
    minted_.log_entries.push_back(std::move(entry));
  }

  void Stamp(const TimestampRequest& timestamp) {
    const TimestampAuthority& tsa = timestamp.tsa ? *timestamp.tsa : sigstore_.tsa();
    std::string stamped = minted_.signature;
    Run(request_.content_hooks.stamped, stamped);
    minted_.timestamps.push_back(tsa.Stamp(stamped, time_ + timestamp.delay, timestamp.hooks));
  }

  bool SingleCertificate() const {
    return request_.version == BundleVersion::kV03 || request_.version == BundleVersion::kV03Old;
  }

  json KeyMaterial() const {
    if (request_.managed_key) {
      const std::string hint =
          request_.key_hint.empty() ? Base64Encode(Sha256(minted_.public_key)) : request_.key_hint;
      return {{"publicKey", {{"hint", hint}}}};
    }
    std::vector<std::string> chain = {minted_.certificate};
    if (!SingleCertificate() && !Ca().intermediate().empty()) chain.push_back(Ca().intermediate());
    Run(request_.chain, chain);
    if (SingleCertificate() && chain.size() == 1)
      return {{"certificate", {{"rawBytes", Base64Encode(chain[0])}}}};
    json certificates = json::array();
    for (const std::string& certificate : chain)
      certificates.push_back({{"rawBytes", Base64Encode(certificate)}});
    return {{"x509CertificateChain", {{"certificates", std::move(certificates)}}}};
  }

  json VerificationMaterial() const {
    json material = KeyMaterial();
    material["tlogEntries"] = json::array();
    for (size_t i = 0; i < minted_.log_entries.size(); ++i) {
      json entry = TlogEntryJson(minted_.log_entries[i]);
      Run(request_.logs[i].hooks.tlog_entry, entry);
      material["tlogEntries"].push_back(std::move(entry));
    }
    if (minted_.timestamps.empty()) return material;
    json& tokens = material["timestampVerificationData"]["rfc3161Timestamps"];
    for (const std::string& token : minted_.timestamps)
      tokens.push_back({{"signedTimestamp", Base64Encode(token)}});
    return material;
  }

  const char* MediaType() const {
    switch (request_.version) {
      case BundleVersion::kV01:
        return "application/vnd.dev.sigstore.bundle+json;version=0.1";
      case BundleVersion::kV02:
        return "application/vnd.dev.sigstore.bundle+json;version=0.2";
      case BundleVersion::kV03Old:
        return "application/vnd.dev.sigstore.bundle+json;version=0.3";
      case BundleVersion::kV03:
        break;
    }
    return "application/vnd.dev.sigstore.bundle.v0.3+json";
  }

  json MessageSignature() const {
    const char* algorithm = digest_.size() == 48   ? "SHA2_384"
                            : digest_.size() == 64 ? "SHA2_512"
                                                   : "SHA2_256";
    return {{"messageDigest", {{"algorithm", algorithm}, {"digest", Base64Encode(digest_)}}},
            {"signature", Base64Encode(minted_.signature)}};
  }

  std::string Assemble() {
    json bundle = {{"mediaType", MediaType()}, {"verificationMaterial", VerificationMaterial()}};
    if (request_.content == ContentKind::kDsse) {
      Run(request_.content_hooks.envelope, envelope_);
      bundle["dsseEnvelope"] = envelope_;
    } else {
      bundle["messageSignature"] = MessageSignature();
      Run(request_.content_hooks.message_signature, bundle["messageSignature"]);
    }
    Run(request_.bundle, bundle);
    std::string text = bundle.dump();
    Run(request_.bundle_text, text);
    return text;
  }

  Sigstore& sigstore_;
  const MintRequest& request_;
  Key key_;
  absl::Time time_;
  std::string digest_;
  json envelope_;
  Minted minted_;
};

}  // namespace

Sigstore::Sigstore(const SigstoreOptions& options)
    : Sigstore(options, CertificateAuthority(WithTimes(options.ca, options)), CtLog::Generate(),
               RekorV1(Key::Generate(KeyType::kEcdsaP256), options.rekor_v1),
               RekorV2(Key::Generate(options.rekor_v2_ecdsa ? KeyType::kEcdsaP256 : KeyType::kEd25519),
                       options.rekor_v2),
               TimestampAuthority(WithTimes(options.tsa, options))) {}

Sigstore::Sigstore(SigstoreOptions options, CertificateAuthority ca, CtLog ct_log, RekorV1 rekor_v1,
                   RekorV2 rekor_v2, TimestampAuthority tsa)
    : options_(std::move(options)),
      ca_(std::move(ca)),
      ct_log_(std::move(ct_log)),
      rekor_v1_(std::move(rekor_v1)),
      rekor_v2_(std::move(rekor_v2)),
      tsa_(std::move(tsa)),
      witness_("witness.sandbox.test") {}

Minted Sigstore::MintDetailed(const MintRequest& request) { return Minting(*this, request).Finish(); }

std::string Pae(std::string_view payload_type, std::string_view payload) {
  return "DSSEv1 " + std::to_string(payload_type.size()) + " " + std::string(payload_type) + " " +
         std::to_string(payload.size()) + " " + std::string(payload);
}

}  // namespace chartseal::sandbox
