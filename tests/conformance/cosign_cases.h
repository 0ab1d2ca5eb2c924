#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "test_directories.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/policy/policy.h"
#include "verifier/policy/policy_file.h"
#include "verifier/sigstore/trusted_root.h"

// Repositories that real cosign signed, and what chartseal has to answer about them: tests/data/recorded, and
// what others recorded in the same form beside the project.
namespace chartseal::conformance {

struct CosignCase {
  std::string name;
  std::string digest;
  bool yes = false;
  std::string reason;         // of a no; empty when the recording does not say
  std::string key;            // PEM of the key to verify with; empty: the identity of the collection
  std::string attestation;    // predicate type of an attestation by the identity
  std::string tag;            // of `digest`
  std::string signed_digest;  // another digest of the repository, properly signed
};

struct CosignCollection {
  std::string directory;
  std::string identity;
  std::string issuer;
  std::string identity_regexp;
  std::string trusted_root_json;
  std::vector<CosignCase> cases;
};

inline std::string RecordedDirectory() { return CHARTSEAL_SOURCE_DIR "/tests/data/recorded"; }
inline std::string VectorsDirectory() { return CHARTSEAL_SOURCE_DIR "/../shared/vectors/cosign"; }

inline std::string MustRead(const std::string& path) {
  auto bytes = ReadFile(path, limits::kMaxJsonBytes);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.value_or("");
}

inline CosignCase ReadCase(const Node& node, const std::string& directory) {
  const auto text = [&](std::string_view key) { return std::string(node.StringOr(key)); };
  CosignCase one{text("name"),
                 text("digest"),
                 node.StringOr("expect") == "yes",
                 text("reason"),
                 "",
                 text("attestation"),
                 text("tag"),
                 text("signed_digest")};
  EXPECT_TRUE(one.yes || node.StringOr("expect") == "no") << one.name;
  if (!text("key").empty()) one.key = MustRead(Cat(directory, "/", text("key")));
  return one;
}

// Nullopt when the directory is not there: said on stderr, and a failure where CI is set.
inline std::optional<CosignCollection> LoadCases(const std::string& directory) {
  if (!std::filesystem::exists(directory)) {
    std::fprintf(stderr, "absent, not tested: %s\n", directory.c_str());
    ::testing::Test::RecordProperty("absent", directory);
    EXPECT_EQ(std::getenv("CI"), nullptr) << "CI is set, but " << directory << " is not there";
    return std::nullopt;
  }
  auto document = ParseJson(MustRead(directory + "/cases.json"), directory + "/cases.json");
  EXPECT_TRUE(document.ok()) << document.status();
  if (!document.ok()) return std::nullopt;
  CosignCollection collection{directory,
                              std::string(document->StringOr("identity")),
                              std::string(document->StringOr("issuer")),
                              std::string(document->StringOr("identity_regexp")),
                              MustRead(directory + "/trusted_root.json"),
                              {}};
  for (const Node& node : document->Find("cases")->list()) {
    collection.cases.push_back(ReadCase(node, directory));
  }
  return collection;
}

inline policy::Authority KeylessAuthority(policy::TextMatcher subject, const std::string& issuer) {
  policy::Authority authority;
  authority.name = "test";
  policy::Identity identity;
  identity.subjects.push_back(std::move(subject));
  identity.issuers.push_back(policy::TextMatcher::Exactly(issuer));
  authority.identities.push_back(std::move(identity));
  return authority;
}

inline policy::Authority KeyAuthority(const std::string& pem) {
  policy::Authority authority;
  authority.name = "test";
  auto key = policy::ReadKey(pem, "", "test key");
  EXPECT_TRUE(key.ok()) << key.status();
  authority.key = *std::move(key);
  return authority;
}

// A signature by this one authority.
inline policy::Requirement SignedBy(policy::Authority authority) {
  policy::Requirement requirement;
  requirement.authorities.push_back(std::move(authority));
  return requirement;
}

// What a case asks for.
inline policy::Requirement RequirementOf(const CosignCollection& collection, const CosignCase& one) {
  if (!one.key.empty()) return SignedBy(KeyAuthority(one.key));
  return SignedBy(KeylessAuthority(policy::TextMatcher::Exactly(collection.identity), collection.issuer));
}

}  // namespace chartseal::conformance
