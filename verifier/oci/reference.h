#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/crypto/digest.h"

namespace chartseal::oci {

// Names an artifact: [oci://]host/repository[:tag][@digest] (spec/helm-oci-kubernetes.md §2.2, §6.5). A value
// type; always well-formed and in canonical spelling: the host in lower case, Docker Hub's names as
// "index.docker.io" with "library/" put in.
class Reference {
 public:
  // InvalidArgument (Reason::kReferenceMalformed). Without "oci://" the spelling of container images holds:
  // "nginx" is index.docker.io/library/nginx:latest. With it the spelling of helm holds: the first component
  // is always the host, "+" in a tag stands for "_", and there is no default tag.
  static absl::StatusOr<Reference> Parse(std::string_view text);

  // "ghcr.io", "index.docker.io", "localhost:5000", "[::1]:5000".
  const std::string& host() const { return host_; }
  // Where the registry API is: host(), but registry-1.docker.io for Docker Hub.
  std::string ApiHost() const;
  // "tracecoreai/charts/tracecore".
  const std::string& repository() const { return repository_; }
  // Absent when a digest was given without a tag, or oci:// without either.
  const std::optional<std::string>& tag() const { return tag_; }
  const std::optional<crypto::Digest>& digest() const { return digest_; }

  // "host/repository", the logical name that policies match. The port 443 is left out, so that it cannot be
  // used to step around a policy.
  std::string Name() const;
  // As people write it: "nginx", "grafana/loki", "ghcr.io/org/app"; without tag and digest.
  std::string FamiliarName() const;
  // Host, repository, tag and digest. Parse("oci://" + ToString()) always gives the same reference.
  std::string ToString() const;

  // The same repository, other content.
  Reference WithDigest(const crypto::Digest& digest) const;       // keeps the tag, for people to read
  Reference WithDigestOnly(const crypto::Digest& digest) const;   // drops the tag
  absl::StatusOr<Reference> WithTag(std::string_view tag) const;  // drops the digest

  friend bool operator==(const Reference&, const Reference&) = default;
  friend auto operator<=>(const Reference&, const Reference&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Reference& r) {
    return H::combine(std::move(h), r.ToString());
  }

 private:
  Reference() = default;
  absl::Status SetName(std::string_view name, bool helm);

  std::string host_;
  std::string repository_;
  std::optional<std::string> tag_;
  std::optional<crypto::Digest> digest_;
};

// Whether `text` is a tag: [A-Za-z0-9_][A-Za-z0-9._-]{0,127}.
bool IsTag(std::string_view text);

// The tag cosign and the distribution spec derive from a digest, e.g. ("sha256-<hex>", ".sig"); an empty
// suffix gives the referrers fallback tag (spec/sigstore.md §1.1, §1.4).
std::string DigestTag(const crypto::Digest& digest, std::string_view suffix = "");

}  // namespace chartseal::oci
