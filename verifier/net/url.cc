#include "verifier/net/url.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "absl/strings/ascii.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/net/ip_literal.h"

namespace chartseal::net {
namespace {

absl::Status Bad(std::string_view text, std::string_view why) {
  const std::string shown = Printable(text.substr(0, text.find('?')), 200);
  return Malformed(Reason::kRegistryError, Cat("URL \"", shown, "\""), why);
}

bool HasOnlyPrintableAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool IsHostName(std::string_view host) {
  const auto fits = [](char c) { return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_'; };
  return !host.empty() && host.size() <= 253 && host.front() != '.' &&
         std::all_of(host.begin(), host.end(), fits);
}

std::optional<uint16_t> ParsePort(std::string_view text) {
  uint32_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0 || port > 65535)
    return std::nullopt;
  return static_cast<uint16_t>(port);
}

uint16_t DefaultPort(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

// The scheme of `text` when it starts with one (RFC 3986 §3.1), else "".
std::string_view SchemeOf(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !absl::ascii_isalpha(text[0])) return {};
  const std::string_view scheme = text.substr(0, colon);
  const auto fits = [](char c) { return absl::ascii_isalnum(c) || c == '+' || c == '-' || c == '.'; };
  return std::all_of(scheme.begin(), scheme.end(), fits) ? scheme : std::string_view();
}

std::string_view WithoutFragment(std::string_view text) { return text.substr(0, text.find('#')); }

void DropLastSegment(std::string& path) { path.resize(path.empty() ? 0 : path.rfind('/')); }

// RFC 3986 §5.2.4, for an absolute path.
std::string RemoveDotSegments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const size_t next = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, next);
    const bool last = next == path.size();
    if (segment == "/..") {
      DropLastSegment(out);
      if (last) out += '/';
    } else if (segment == "/.") {
      if (last) out += '/';
    } else {
      out += segment;
    }
    path.remove_prefix(next);
  }
  return out.empty() ? "/" : out;
}

}  // namespace

absl::StatusOr<Url> Url::Parse(std::string_view text) {
  if (text.size() > limits::kMaxUrlBytes) return Bad(text, "longer than a URL may be");
  if (!HasOnlyPrintableAscii(text)) return Bad(text, "holds a blank, a control character or non-ASCII bytes");
  Url url;
  url.scheme_ = absl::AsciiStrToLower(ToAbsl(SchemeOf(text)));
  if (url.scheme_ != "http" && url.scheme_ != "https") return Bad(text, "expected http:// or https://");
  text.remove_prefix(url.scheme_.size() + 1);
  if (!text.starts_with("//")) return Bad(text, "expected \"//\" after the scheme");
  text.remove_prefix(2);
  text = WithoutFragment(text);
  const size_t end = std::min(text.find_first_of("/?"), text.size());
  RETURN_IF_ERROR(url.ParseAuthority(text.substr(0, end)));
  RETURN_IF_ERROR(url.SetTail(text.substr(end)));
  return url;
}

absl::Status Url::ParseAuthority(std::string_view authority) {
  if (authority.find('@') != std::string_view::npos) {
    return Bad("", "user information in a URL is not accepted; use credentials instead");
  }
  const bool bracketed = authority.starts_with('[');
  const size_t end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && end == std::string_view::npos) return Bad(authority, "\"[\" without \"]\"");
  host_ = absl::AsciiStrToLower(ToAbsl(bracketed ? authority.substr(1, end - 1) : authority.substr(0, end)));
  if (bracketed ? !IsIpv6(host_) : !IsHostName(host_)) return Bad(authority, "not a host name or address");
  const std::string_view rest =
      end == std::string_view::npos ? std::string_view() : authority.substr(end + (bracketed ? 1 : 0));
  port_ = DefaultPort(scheme_);
  if (rest.empty() || rest == ":") return absl::OkStatus();
  const auto port = rest.front() == ':' ? ParsePort(rest.substr(1)) : std::nullopt;
  if (!port.has_value()) return Bad(authority, "the port is not a number from 1 to 65535");
  port_ = *port;
  return absl::OkStatus();
}

absl::Status Url::SetTail(std::string_view tail) {
  if (tail.find('\\') != std::string_view::npos) return Bad(tail, "holds a backslash");
  const size_t question = tail.find('?');
  path_ = std::string(tail.substr(0, question));
  if (path_.empty()) path_ = "/";
  has_query_ = question != std::string_view::npos;
  query_ = has_query_ ? std::string(tail.substr(question + 1)) : "";
  return absl::OkStatus();
}

absl::StatusOr<Url> Url::Resolve(std::string_view reference) const {
  if (!SchemeOf(reference).empty()) return Parse(reference);
  if (reference.starts_with("//")) return Parse(Cat(scheme_, ":", reference));
  reference = WithoutFragment(reference);
  const std::string_view path = reference.substr(0, reference.find('?'));
  const std::string_view query = reference.substr(path.size());
  if (path.empty()) return Parse(Cat(Origin(), path_, query.empty() && has_query_ ? "?" + query_ : query));
  if (path.starts_with('/')) return Parse(Cat(Origin(), RemoveDotSegments(path), query));
  const std::string merged = path_.substr(0, path_.rfind('/') + 1) + std::string(path);
  return Parse(Cat(Origin(), RemoveDotSegments(merged), query));
}

std::string Url::Authority() const {
  const bool ipv6 = host_.find(':') != std::string::npos;
  const std::string host = ipv6 ? "[" + host_ + "]" : host_;
  return port_ == DefaultPort(scheme_) ? host : Cat(host, ":", port_);
}

std::string Url::Origin() const { return Cat(scheme_, "://", Authority()); }

std::string Url::ToString() const { return Cat(Origin(), path_, has_query_ ? "?" : "", query_); }

std::string Url::Redacted() const { return Cat(Origin(), Printable(path_), has_query_ ? "?..." : ""); }

absl::StatusOr<Url> Url::WithQuery(std::string_view query) const {
  return Parse(Cat(Origin(), path_, query.empty() ? "" : "?", query));
}

std::string PercentEncode(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : text) {
    if (absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += static_cast<char>(c);
    } else {
      out += {'%', kHex[c >> 4], kHex[c & 15]};
    }
  }
  return out;
}

}  // namespace chartseal::net
