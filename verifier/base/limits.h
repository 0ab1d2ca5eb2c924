#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

// Every limit on bytes, counts, depths and durations that come from outside, each with its reason. Nothing
// else in the tree defines one (script/lint checks). Bytes unless the name says otherwise.
namespace chartseal::limits {

// -- base: JSON and YAML documents
inline constexpr size_t kMaxJsonBytes =
    16 << 20;                             // an AdmissionReview UPDATE carries two objects of up to 3 MiB
inline constexpr int kMaxJsonDepth = 64;  // Kubernetes objects with CRD schemas nest deepest, below 50
inline constexpr size_t kMaxJsonNodes = 1'000'000;  // bounds memory: a node costs about 80 bytes
inline constexpr size_t kMaxYamlBytes = 1 << 20;    // a policy file; etcd would not store more either
inline constexpr int kMaxYamlDepth = 32;
inline constexpr size_t kMaxYamlNodes = 50'000;

// -- crypto
inline constexpr size_t kMaxCertificateBytes = 64 << 10;  // Fulcio's are about 1 KiB
inline constexpr size_t kMaxPemBytes = 1 << 20;           // a CA file with many certificates
inline constexpr int kMaxDerDepth = 24;                   // CMS in a TimeStampResp nests 12 deep
inline constexpr int kMaxChainLength = 8;                 // Fulcio: 2 or 3
inline constexpr int kMaxRsaBits = 8192;                  // verification time grows with the square

// -- sigstore
inline constexpr size_t kMaxBundleBytes = 4 << 20;  // an SBOM attestation fits; a signature is about 6 KiB
inline constexpr size_t kMaxTrustedRootBytes = 1 << 20;  // the public-good root is 7 KiB
inline constexpr size_t kMaxTlogEntries = 32;            // spec/sigstore.md §2.3
inline constexpr size_t kMaxTimestamps = 32;             // spec/sigstore.md §2.3
inline constexpr size_t kMaxSubjects = 1024;             // spec/sigstore.md §2.3
inline constexpr size_t kMaxDigestsPerSubject = 32;      // spec/sigstore.md §2.3
inline constexpr size_t kMaxLogBodyBytes = 4 << 20;      // an intoto entry may hold the whole envelope
inline constexpr size_t kMaxCheckpointBytes = 64 << 10;  // room for many cosignatures
inline constexpr size_t kMaxCheckpointLines = 128;
inline constexpr size_t kMaxProofHashes = 64;           // a tree of 2^64 leaves has no longer path
inline constexpr size_t kMaxTimestampBytes = 64 << 10;  // a token with its chain is about 2 KiB
inline constexpr size_t kMaxScts = 32;
inline constexpr size_t kMaxTrustEntries = 64;      // logs or authorities of one kind in a trusted root
inline constexpr size_t kMaxLegacySignatures = 64;  // spec/sigstore.md §1.1
inline constexpr size_t kMaxLegacyPayloadBytes = 64 << 10;  // spec/sigstore.md §1.1

// -- policy
inline constexpr size_t kMaxPatternBytes = 4096;      // a regular expression or glob in a policy
inline constexpr int64_t kMaxRegexpMemory = 1 << 20;  // RE2 program memory for one pattern

}  // namespace chartseal::limits
