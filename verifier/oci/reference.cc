#include "verifier/oci/reference.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/net/ip_literal.h"

namespace chartseal::oci {
namespace {

constexpr std::string_view kHubHost = "index.docker.io";
constexpr std::string_view kHubApiHost = "registry-1.docker.io";

absl::Status Bad(std::string_view text, std::string_view why) {
  return Malformed(Reason::kReferenceMalformed, Cat("reference \"", Printable(text), "\""), why);
}

bool IsLowerAlnum(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }

// What may stand between two runs of letters and digits: ".", "_", "__" or dashes.
bool IsSeparator(std::string_view text) {
  return text == "." || text == "_" || text == "__" || text.find_first_not_of('-') == std::string_view::npos;
}

// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)* (distribution spec, <name>).
bool IsPathComponent(std::string_view text) {
  if (text.empty() || !IsLowerAlnum(text.front()) || !IsLowerAlnum(text.back())) return false;
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    const bool letters = IsLowerAlnum(text[i]);
    while (i < text.size() && IsLowerAlnum(text[i]) == letters) ++i;
    if (!letters && !IsSeparator(text.substr(start, i - start))) return false;
  }
  return true;
}

bool IsDomainLabel(std::string_view text) {
  const auto fits = [](char c) { return IsLowerAlnum(c) || c == '-'; };
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), fits);
}

bool IsDomain(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  for (const absl::string_view label : absl::StrSplit(ToAbsl(text), '.')) {
    if (!IsDomainLabel(FromAbsl(label))) return false;
  }
  return true;
}

bool IsPort(std::string_view text) {
  uint32_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535 &&
         text.front() != '0';
}

// host, host:port, [ipv6] or [ipv6]:port, in lower case.
bool IsHost(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos || !net::IsIpv6(text.substr(1, end - 1))) return false;
    const std::string_view rest = text.substr(end + 1);
    return rest.empty() || (rest.front() == ':' && IsPort(rest.substr(1)));
  }
  const size_t colon = text.find(':');
  if (!IsDomain(text.substr(0, colon))) return false;
  return colon == std::string_view::npos || IsPort(text.substr(colon + 1));
}

// Docker's test for whether the first component is a host (spec/helm-oci-kubernetes.md §6.5).
bool LooksLikeHost(std::string_view component) {
  return std::any_of(component.begin(), component.end(), [](char c) { return c == '.' || c == ':'; }) ||
         component == "localhost";
}

bool IsHubHost(std::string_view host) {
  return host == "docker.io" || host == kHubHost || host == kHubApiHost;
}

// Splits at the first `separator`; the second part is absent when there is none.
std::optional<std::string_view> CutAt(std::string_view& text, size_t position) {
  if (position == std::string_view::npos) return std::nullopt;
  const std::string_view tail = text.substr(position + 1);
  text = text.substr(0, position);
  return tail;
}

// Where the tag's ":" is: after the last "/" and not inside the brackets of an address.
size_t TagColon(std::string_view text) {
  const size_t slash = text.rfind('/');
  const size_t colon = text.rfind(':');
  return colon != std::string_view::npos && slash != std::string_view::npos && colon < slash
             ? std::string_view::npos
             : colon;
}

}  // namespace

bool IsTag(std::string_view text) {
  const auto fits = [](char c) { return absl::ascii_isalnum(c) || c == '_' || c == '.' || c == '-'; };
  return !text.empty() && text.size() <= limits::kMaxTagBytes && text.front() != '.' && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), fits);
}

std::string DigestTag(const crypto::Digest& digest, std::string_view suffix) {
  return Cat(crypto::Name(digest.algorithm()), "-", digest.hex(), suffix);
}

absl::StatusOr<Reference> Reference::Parse(std::string_view text) {
  const std::string_view whole = text;
  if (text.empty()) return Bad(whole, "empty; expected host/repository[:tag][@digest]");
  if (text.size() > limits::kMaxReferenceBytes) return Bad(whole, "longer than a reference may be");
  const bool helm = text.starts_with("oci://");
  if (helm) text.remove_prefix(6);
  if (text.find("://") != std::string_view::npos) {
    return Bad(whole, "only the scheme oci:// is known; leave out https://");
  }
  Reference reference;
  if (const auto digest = CutAt(text, text.find('@'))) {
    auto parsed = crypto::Digest::Parse(*digest);
    if (!parsed.ok()) return Annotate(parsed.status(), Cat("reference \"", Printable(whole), "\""));
    reference.digest_ = *std::move(parsed);
  }
  if (const auto tag = CutAt(text, TagColon(text))) {
    std::string mapped(*tag);
    if (helm) std::replace(mapped.begin(), mapped.end(), '+', '_');
    if (!IsTag(mapped)) return Bad(whole, "the tag is not [A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
    reference.tag_ = std::move(mapped);
  } else if (!helm && !reference.digest_.has_value()) {
    reference.tag_ = "latest";
  }
  if (const absl::Status status = reference.SetName(text, helm); !status.ok()) {
    return Bad(whole, Message(status));
  }
  return reference;
}

absl::Status Reference::SetName(std::string_view name, bool helm) {
  const size_t slash = name.find('/');
  const std::string_view first = name.substr(0, slash);
  const bool has_host = slash != std::string_view::npos && (helm || LooksLikeHost(first));
  if (helm && slash == std::string_view::npos) {
    return absl::InvalidArgumentError("no repository after the host; expected oci://host/repository");
  }
  host_ = has_host ? absl::AsciiStrToLower(ToAbsl(first)) : std::string(kHubHost);
  if (!IsHost(host_))
    return absl::InvalidArgumentError("the host is not a name or address with an optional port");
  repository_ = std::string(has_host ? name.substr(slash + 1) : name);
  if (IsHubHost(host_)) {
    host_ = kHubHost;
    if (repository_.find('/') == std::string::npos) repository_ = "library/" + repository_;
  }
  if (repository_.size() > limits::kMaxRepositoryBytes) {
    return absl::InvalidArgumentError("the repository is longer than 255 characters");
  }
  for (const absl::string_view component : absl::StrSplit(repository_, '/')) {
    if (IsPathComponent(FromAbsl(component))) continue;
    return absl::InvalidArgumentError(
        Cat("repository component \"", Printable(FromAbsl(component)),
            "\" is not lower-case letters and digits joined by \".\", \"_\", \"__\" or \"-\""));
  }
  return absl::OkStatus();
}

std::string Reference::ApiHost() const { return host_ == kHubHost ? std::string(kHubApiHost) : host_; }

std::string Reference::Name() const {
  std::string_view host = host_;
  if (host.ends_with(":443")) host.remove_suffix(4);
  return Cat(host, "/", repository_);
}

std::string Reference::FamiliarName() const {
  if (host_ != kHubHost) return Cat(host_, "/", repository_);
  constexpr std::string_view kOfficial = "library/";
  const std::string_view repository = repository_;
  const bool official =
      repository.starts_with(kOfficial) && std::count(repository.begin(), repository.end(), '/') == 1;
  return std::string(official ? repository.substr(kOfficial.size()) : repository);
}

std::string Reference::ToString() const {
  std::string text = Cat(host_, "/", repository_);
  if (tag_.has_value()) text += ":" + *tag_;
  if (digest_.has_value()) text += "@" + digest_->ToString();
  return text;
}

Reference Reference::WithDigest(const crypto::Digest& digest) const {
  Reference out = *this;
  out.digest_ = digest;
  return out;
}

Reference Reference::WithDigestOnly(const crypto::Digest& digest) const {
  Reference out = WithDigest(digest);
  out.tag_.reset();
  return out;
}

absl::StatusOr<Reference> Reference::WithTag(std::string_view tag) const {
  if (!IsTag(tag)) return Bad(Cat(Name(), ":", tag), "the tag is not [A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
  Reference out = *this;
  out.tag_ = std::string(tag);
  out.digest_.reset();
  return out;
}

}  // namespace chartseal::oci
