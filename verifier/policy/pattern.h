#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace chartseal::policy {

// A regular expression in RE2 syntax that must match the whole text (design §3.9). Cheap to copy, immutable,
// thread-safe; matching takes linear time.
class Regexp {
 public:
  // InvalidArgument with RE2's message on a bad expression or one over limits::kMaxPatternBytes.
  static absl::StatusOr<Regexp> Compile(std::string_view pattern);

  bool Matches(std::string_view text) const;
  // Whether a part of `text` matches, though not the whole: the usual mistake of those who come from cosign,
  // whose patterns are searched for.
  bool MatchesPart(std::string_view text) const;
  // A pattern that would match the whole of texts of which this one matches a part.
  std::string Widened() const;

  const std::string& pattern() const { return pattern_; }

 private:
  struct Compiled;
  Regexp(std::string pattern, std::shared_ptr<const Compiled> compiled)
      : pattern_(std::move(pattern)), compiled_(std::move(compiled)) {}
  std::string pattern_;
  std::shared_ptr<const Compiled> compiled_;
};

// A glob over a whole repository or namespace name: `*` is any run of characters without a slash, `**` any
// run at all, everything else stands for itself (design §5). Immutable, thread-safe; matching is O(pattern ×
// text) at worst.
class Glob {
 public:
  // InvalidArgument when empty or over limits::kMaxPatternBytes.
  static absl::StatusOr<Glob> Parse(std::string_view pattern);
  // A ClusterImagePolicy's glob (spec/peers.md §2.2), which is compared with the name after its digest has
  // been put behind it: "ghcr.io/acme/app@sha256:…". Which digest that is plays no part. "*" means
  // index.docker.io/library/*, "*/*" means index.docker.io/*/*. A glob that matches the name without a digest
  // counts as well, although policy-controller has no such image: it was meant to cover the repository.
  // InvalidArgument for characters outside [A-Za-z0-9-_:/*.@].
  static absl::StatusOr<Glob> ParseForImagePolicy(std::string_view pattern);

  bool Matches(std::string_view text) const;
  const std::string& pattern() const { return pattern_; }

 private:
  explicit Glob(std::string pattern, bool digest_behind = false)
      : pattern_(std::move(pattern)), digest_behind_(digest_behind) {}
  std::string pattern_;
  bool digest_behind_;  // the text is also tried with a digest behind it
};

}  // namespace chartseal::policy
