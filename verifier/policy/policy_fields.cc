#include "verifier/policy/policy_fields.h"

#include "verifier/base/limits.h"

namespace chartseal::policy {

absl::StatusOr<std::vector<Glob>> ReadGlobs(ObjectReader& reader, std::string_view field) {
  ASSIGN_OR_RETURN(const std::vector<std::string> texts, reader.Strings(field, limits::kMaxPolicyList));
  if (reader.Has(field) && texts.empty())
    return reader.ErrorAt(field, "the list is empty and would match nothing");
  std::vector<Glob> globs;
  for (const std::string& text : texts) {
    auto glob = Glob::Parse(text);
    if (!glob.ok())
      return reader.ErrorAt(field, Cat("\"", Printable(text, 64), "\": ", Message(glob.status())));
    globs.push_back(*std::move(glob));
  }
  return globs;
}

}  // namespace chartseal::policy
