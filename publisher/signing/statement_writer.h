#pragma once

#include <map>
#include <string>
#include <string_view>

#include "verifier/crypto/digest.h"

namespace chartseal::publisher {

// The in-toto statement v1 about one digest, as cosign v3 writes it (spec/sigstore.md §1.4,
// spec/real-parts.md §5): the subject without a name, `annotations` there even when empty. `predicate_json`
// is put in byte for byte and must be JSON. `annotations` must be UTF-8.
std::string MakeStatement(const crypto::Digest& subject, std::string_view predicate_type,
                          std::string_view predicate_json,
                          const std::map<std::string, std::string>& annotations);

// The statement of a signature: cosign's sign predicate, which is an empty object.
std::string MakeSignStatement(const crypto::Digest& subject,
                              const std::map<std::string, std::string>& annotations);

}  // namespace chartseal::publisher
