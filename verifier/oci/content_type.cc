#include "verifier/oci/content_type.h"

#include "absl/strings/ascii.h"
#include "verifier/base/strings.h"

namespace chartseal::oci {

std::string ContentTypeOf(const net::Headers& headers) {
  const std::string_view value = headers.Get("Content-Type");
  const std::string_view type = value.substr(0, value.find(';'));
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(ToAbsl(type)));
}

}  // namespace chartseal::oci
