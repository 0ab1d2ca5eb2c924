#pragma once

#include <string>
#include <string_view>

#include "verifier/crypto/public_key.h"

namespace chartseal::sigstore {

// The ids that a transparency log with this key may have (spec/sigstore.md §3.2). Which of the two a log uses
// is written in the trusted root; entries and checkpoints follow it.

// SHA-256 of the SubjectPublicKeyInfo: Rekor v1, CT logs, and Rekor v2 with ECDSA.
std::string SpkiLogId(const crypto::PublicKey& key);

// The untruncated signed-note key id (C2SP signed-note) of a Rekor v2 log that signs with Ed25519 or RSA;
// empty for ECDSA keys, which have none of their own.
std::string SignedNoteLogId(std::string_view origin, const crypto::PublicKey& key);

// "rekor.example" from "https://rekor.example:3000/path": a Rekor v2 log's origin and key name. Empty when
// there is none.
std::string HostOfUrl(std::string_view url);

}  // namespace chartseal::sigstore
