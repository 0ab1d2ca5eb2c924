#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "test_directories.h"
#include "verifier/base/encoding.h"
#include "verifier/crypto/chain.h"

// Certificates and keys of the public-good instance, read from ../shared/vectors beside the source tree.
// Tests that use them fail where the data is absent: CI has it.
namespace chartseal::crypto {

inline nlohmann::json ReadVector(const std::string& name) {
  std::ifstream file(std::string(CHARTSEAL_SOURCE_DIR "/../shared/vectors/") + name);
  EXPECT_TRUE(file.good()) << "../shared/vectors/" << name << " is missing";
  return nlohmann::json::parse(file);
}

inline std::string Decoded(const nlohmann::json& base64) {
  return Base64Decode(base64.get<std::string>()).value();
}

inline std::vector<Certificate> CertificatesOf(const nlohmann::json& chain) {
  std::vector<Certificate> list;
  for (const auto& certificate : chain["certificates"]) {
    list.push_back(Certificate::FromDer(Decoded(certificate["rawBytes"])).value());
  }
  return list;
}

// The DER leaf of a bundle of any version.
inline std::string LeafDerOf(const nlohmann::json& bundle) {
  const auto& material = bundle["verificationMaterial"];
  if (material.contains("certificate")) return Decoded(material["certificate"]["rawBytes"]);
  return Decoded(material["x509CertificateChain"]["certificates"][0]["rawBytes"]);
}

inline Certificate LeafOf(const std::string& bundle_name) {
  return Certificate::FromDer(LeafDerOf(ReadVector(bundle_name))).value();
}

// Fulcio's current chain: intermediate and root.
inline AuthorityChain PublicGoodFulcio() {
  const auto root = ReadVector("public-good/trusted_root.json");
  return AuthorityChain::Create(CertificatesOf(root["certificateAuthorities"][1]["certChain"])).value();
}

// Names of all CPython bundles, relative to the vectors.
inline std::vector<std::string> CpythonBundles() {
  std::set<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(CHARTSEAL_SOURCE_DIR "/../shared/vectors/cpython")) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".sigstore.json")) names.insert("cpython/" + name);
  }
  return {names.begin(), names.end()};
}

}  // namespace chartseal::crypto
