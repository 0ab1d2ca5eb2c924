#include "verifier/kube/token_source.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::kube {
namespace {

constexpr absl::Duration kFileLifetime = absl::Minutes(1);  // client-go's period

absl::Status Unusable(const std::string& file, std::string_view what) {
  return WithReason(absl::UnavailableError(Cat("token file ", Printable(file), ": ", what)),
                    Reason::kKubeUnavailable);
}

// Whether it can stand in a header line (RFC 6750 §2.1 allows less).
bool IsToken(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

TokenSource::TokenSource(std::string token, std::string file, net::Clock clock)
    : file_(std::move(file)), clock_(std::move(clock)), token_(std::move(token)) {}

absl::Status TokenSource::ReadLocked() {
  const auto content = ReadFile(file_, limits::kMaxKubeTokenBytes);
  if (!content.ok()) return Unusable(file_, Message(content.status()));
  std::string token(FromAbsl(absl::StripAsciiWhitespace(*content)));
  if (!IsToken(token)) return Unusable(file_, "expected a token, found something else");
  token_ = std::move(token);
  read_ = clock_();
  return absl::OkStatus();
}

absl::StatusOr<std::string> TokenSource::Current() {
  const std::lock_guard lock(mutex_);
  if (file_.empty() || clock_() - read_ < kFileLifetime) return token_;
  const absl::Status status = ReadLocked();
  if (!status.ok() && token_.empty()) return status;
  return token_;
}

std::string TokenSource::After(const std::string& refused) {
  const std::lock_guard lock(mutex_);
  if (file_.empty()) return "";
  if (token_ == refused && !ReadLocked().ok()) return "";
  return token_ == refused ? "" : token_;
}

}  // namespace chartseal::kube
