#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace chartseal {

// Bytes are held in std::string and viewed through std::string_view throughout; text and bytes are told apart
// by name.

// Lower-case hexadecimal.
std::string HexEncode(std::string_view bytes);
// Accepts either case; InvalidArgument on an odd length or another character.
absl::StatusOr<std::string> HexDecode(std::string_view text);

// RFC 4648 standard alphabet with padding.
std::string Base64Encode(std::string_view bytes);
// Accepts the standard alphabet with padding. CR and LF are skipped wherever they stand, because real bundles
// are line-wrapped (spec/sigstore.md §0); anything else, the URL-safe alphabet and non-zero trailing bits
// included, is InvalidArgument.
absl::StatusOr<std::string> Base64Decode(std::string_view text);

// RFC 4648 §5 without padding, as JWTs use it. InvalidArgument on padding or another character.
absl::StatusOr<std::string> Base64UrlDecode(std::string_view text);

// Decodes one PEM block with the given label ("CERTIFICATE", "PUBLIC KEY"); text outside it is ignored.
// `rest`, when given, is advanced past the block so that a caller can read several. NotFound when there is no
// block.
absl::StatusOr<std::string> PemDecode(std::string_view text, std::string_view label,
                                      std::string_view* rest = nullptr);
// The block as RFC 7468 §2 writes it: lines of 64 characters, a newline at the end.
std::string PemEncode(std::string_view label, std::string_view der);

// RFC 3339 in UTC and whole seconds, as annotations, objects of Kubernetes and people have it:
// "2026-01-02T03:04:05Z".
std::string Rfc3339(absl::Time time);

}  // namespace chartseal
