#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/crypto/private_key.h"

namespace chartseal::publisher {

// Whether the PEM text holds a key file of cosign generate-key-pair ("ENCRYPTED SIGSTORE PRIVATE KEY", or
// COSIGN in older ones).
bool IsCosignKey(std::string_view pem);

// Decrypts one: base64 of {"kdf":{"name":"scrypt",…},"cipher":{"name":"nacl/secretbox",…},"ciphertext":…},
// inside it PKCS#8. An empty pass phrase is one like any other. InvalidArgument (kPrivateKeyUnusable) when it
// is malformed or the pass phrase is wrong, or when its scrypt parameters ask for more memory or time than
// any key of cosign. Neither key nor pass phrase is in the message. About 0.3 s.
absl::StatusOr<crypto::PrivateKey> DecryptCosignKey(std::string_view pem, std::string_view pass_phrase);

// What --key names: a file in any form that crypto::PrivateKey or DecryptCosignKey reads, or "env://NAME" for
// an environment variable that holds such text. The pass phrase is COSIGN_PASSWORD; nothing is asked on a
// terminal. InvalidArgument (kPrivateKeyUnusable); keys of a KMS, of Kubernetes or in hardware are refused by
// name.
absl::StatusOr<crypto::PrivateKey> LoadPrivateKey(
    const std::string& reference, const std::function<std::optional<std::string>(const char*)>& environment);

}  // namespace chartseal::publisher
