#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/macros.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/policy/pattern.h"

// Fields that several parts of a VerificationPolicy have.
namespace chartseal::policy {

// The value that the text of `field` names; `otherwise` when it is absent. An error names all that are
// allowed.
template <typename E, size_t N>
absl::StatusOr<E> ReadEnum(ObjectReader& reader, std::string_view field, E otherwise,
                           const std::array<std::pair<std::string_view, E>, N>& names) {
  if (!reader.Has(field)) return otherwise;
  ASSIGN_OR_RETURN(const std::string text, reader.String(field));
  std::string allowed;
  for (const auto& [name, value] : names) {
    if (name == text) return value;
    allowed += Cat(allowed.empty() ? "" : " or ", name);
  }
  return reader.ErrorAt(field, Cat("expected ", allowed, ", found \"", Printable(text, 64), "\""));
}

// A list of globs; none when it is absent. An empty list is an error: it would match nothing.
absl::StatusOr<std::vector<Glob>> ReadGlobs(ObjectReader& reader, std::string_view field);

}  // namespace chartseal::policy
