#include "verifier/oci/paging.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::oci {
namespace {

bool SaysNext(std::string_view parameters) {
  for (const absl::string_view part : absl::StrSplit(ToAbsl(parameters), ';')) {
    const std::string parameter = absl::AsciiStrToLower(absl::StripAsciiWhitespace(part));
    if (parameter == "rel=\"next\"" || parameter == "rel=next") return true;
  }
  return false;
}

// The target of the first link with rel=next in one field value, or "".
std::string_view NextIn(std::string_view value) {
  while (true) {
    const size_t open = value.find('<');
    const size_t close = open == std::string_view::npos ? open : value.find('>', open);
    if (close == std::string_view::npos) return {};
    const std::string_view target = value.substr(open + 1, close - open - 1);
    value.remove_prefix(close + 1);
    if (SaysNext(value.substr(0, value.find(',')))) return target;
  }
}

}  // namespace

absl::StatusOr<std::optional<net::Url>> Paging::Next(const net::Url& page, const net::Headers& headers) {
  seen_.insert(page.ToString());
  for (const std::string_view value : headers.All("Link")) {
    const std::string_view target = NextIn(value);
    if (target.empty()) continue;
    ASSIGN_OR_RETURN(net::Url next, page.Resolve(target));
    if (!next.SameOrigin(page)) {
      const std::string text =
          Cat("the next page of ", page.Redacted(), " is at another server, ", next.Origin());
      return WithReason(absl::PermissionDeniedError(text), Reason::kDialRefused);
    }
    if (seen_.contains(next.ToString())) return std::nullopt;
    if (--pages_left_ <= 0) {
      const std::string text = Cat(page.Redacted(), ": the list has more pages than are read");
      return WithReason(absl::ResourceExhaustedError(text), Reason::kLimitExceeded);
    }
    return next;
  }
  return std::nullopt;
}

}  // namespace chartseal::oci
