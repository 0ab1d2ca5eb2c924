#include "verifier/base/status.h"

#include "absl/strings/cord.h"
#include "verifier/base/strings.h"

namespace chartseal {
namespace {
constexpr char kReasonUrl[] = "chartseal.dev/reason";
}

absl::Status WithReason(absl::Status status, Reason reason) {
  if (!status.ok()) status.SetPayload(kReasonUrl, absl::Cord(ToAbsl(Name(reason))));
  return status;
}

Reason ReasonOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kReasonUrl);
  if (!payload.has_value()) return Reason::kNone;
  return ReasonFromName(std::string(*payload)).value_or(Reason::kNone);
}

absl::Status Malformed(Reason reason, std::string_view where, std::string_view what) {
  return WithReason(absl::InvalidArgumentError(Cat(where, ": ", what)), reason);
}

absl::Status Annotate(const absl::Status& status, std::string_view context) {
  if (status.ok()) return status;
  absl::Status out(status.code(), Cat(context, ": ", FromAbsl(status.message())));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& value) { out.SetPayload(url, value); });
  return out;
}

std::string Message(const absl::Status& status) { return std::string(FromAbsl(status.message())); }

}  // namespace chartseal
