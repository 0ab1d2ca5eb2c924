#include "tests/sandbox/state.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/sandbox/encoding.h"

namespace chartseal::sandbox {
namespace {

using nlohmann::json;

json EncodeAll(const std::vector<std::string>& items) {
  json list = json::array();
  for (const std::string& item : items) list.push_back(Base64Encode(item));
  return list;
}

std::string Decode(const json& text) {
  std::string bytes;
  Require(Base64Decode(text.get<std::string>(), &bytes), "state: not base64");
  return bytes;
}

std::vector<std::string> DecodeAll(const json& list) {
  std::vector<std::string> items;
  for (const json& text : list) items.push_back(Decode(text));
  return items;
}

json Leaves(const MerkleTree& tree) {
  json list = json::array();
  for (int64_t i = 0; i < tree.size(); ++i) list.push_back(Base64Encode(tree.leaf_hash(i)));
  return list;
}

void RestoreLeaves(const json& list, MerkleTree& tree) {
  for (std::string& leaf : DecodeAll(list)) tree.AppendHash(std::move(leaf));
}

json TsaState(const TimestampIdentity& tsa) {
  return {{"key", tsa.leaf_key.PrivatePem()},
          {"chain", EncodeAll(tsa.chain)},
          {"issuer", Base64Encode(tsa.leaf_issuer)},
          {"serial", Base64Encode(tsa.leaf_serial)},
          {"embed", tsa.embed_certificate}};
}

CertificateAuthority RestoreCa(const json& state) {
  return CertificateAuthority(Key::FromPem(state["root_key"].get<std::string>()),
                              Key::FromPem(state["intermediate_key"].get<std::string>()),
                              Decode(state["root"]), Decode(state["intermediate"]), state["organization"],
                              state["common_name"]);
}

TimestampAuthority RestoreTsa(const json& state) {
  return TimestampAuthority(TimestampIdentity{Key::FromPem(state["key"].get<std::string>()),
                                              DecodeAll(state["chain"]), Decode(state["issuer"]),
                                              Decode(state["serial"]), state["embed"]});
}

// The fillers are among the kept leaves.
RekorV1 RestoreRekorV1(const json& state) {
  RekorV1Options options;
  options.fillers_before = 0;
  RekorV1 log(Key::FromPem(state["key"].get<std::string>()), options);
  RestoreLeaves(state["leaves"], log.tree());
  return log;
}

RekorV2 RestoreRekorV2(const json& state) {
  RekorV2Options options;
  options.fillers_before = 0;
  RekorV2 log(Key::FromPem(state["key"].get<std::string>()), options);
  RestoreLeaves(state["leaves"], log.tree());
  return log;
}

}  // namespace

void WriteFile(const std::string& path, const std::string& bytes) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent);
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  Require(file.good(), "cannot write " + path);
}

bool ReadFile(const std::string& path, std::string* bytes) {
  const std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  std::ostringstream text;
  text << file.rdbuf();
  *bytes = text.str();
  return true;
}

void SaveState(Sigstore& sigstore, const std::string& path) {
  const CertificateAuthority& ca = sigstore.ca();
  const json state = {
      {"start", absl::ToUnixSeconds(sigstore.start())},
      {"ca",
       {{"root_key", ca.root_key().PrivatePem()},
        {"intermediate_key", ca.intermediate_key().PrivatePem()},
        {"root", Base64Encode(ca.root())},
        {"intermediate", Base64Encode(ca.intermediate())},
        {"organization", ca.organization()},
        {"common_name", ca.common_name()}}},
      {"ct_key", sigstore.ct_log().key().PrivatePem()},
      {"rekor_v1",
       {{"key", sigstore.rekor_v1().key().PrivatePem()}, {"leaves", Leaves(sigstore.rekor_v1().tree())}}},
      {"rekor_v2",
       {{"key", sigstore.rekor_v2().key().PrivatePem()}, {"leaves", Leaves(sigstore.rekor_v2().tree())}}},
      {"tsa", TsaState(sigstore.tsa().identity())}};
  WriteFile(path, state.dump(1));
}

std::unique_ptr<Sigstore> LoadState(const std::string& path) {
  std::string text;
  if (!ReadFile(path, &text)) return nullptr;
  const json state = json::parse(text, nullptr, false);
  Require(state.is_object() && state.contains("rekor_v1"), path + " is not a sandbox state");
  SigstoreOptions options;
  options.start = absl::FromUnixSeconds(state["start"].get<int64_t>());
  return std::make_unique<Sigstore>(
      options, RestoreCa(state["ca"]), CtLog(Key::FromPem(state["ct_key"].get<std::string>())),
      RestoreRekorV1(state["rekor_v1"]), RestoreRekorV2(state["rekor_v2"]), RestoreTsa(state["tsa"]));
}

std::unique_ptr<Sigstore> LoadOrCreateState(const std::string& path, absl::Time now) {
  if (auto kept = LoadState(path)) return kept;
  SigstoreOptions options;
  options.start = absl::FromUnixSeconds(absl::ToUnixSeconds(now)) - absl::Hours(24);
  auto created = std::make_unique<Sigstore>(options);
  SaveState(*created, path);
  return created;
}

}  // namespace chartseal::sandbox
