#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "verifier/base/macros.h"
#include "verifier/base/reason.h"

// absl::Status means "could not tell": the network failed, the input could not be decoded, the deadline
// passed. "No" is a Rejection (verifier/base/verdict.h). Neither is ever turned into the other.
namespace chartseal {

// InvalidArgument "WHERE: WHAT", carrying `reason` (spec/design.md §3.3: every rejection, this kind too, has
// a code).
absl::Status Malformed(Reason reason, std::string_view where, std::string_view what);

// The same status with `context` and ": " put before its message; code and reason stay.
absl::Status Annotate(const absl::Status& status, std::string_view context);

// `status` carrying `reason`, replacing one it had. OK stays OK.
absl::Status WithReason(absl::Status status, Reason reason);

// The reason a status carries; kNone when it has none.
Reason ReasonOf(const absl::Status& status);

// The message of `status` as std::string (absl hands out its own string_view).
std::string Message(const absl::Status& status);

#define RETURN_IF_ERROR(expr)                                         \
  do {                                                                \
    if (absl::Status status_ = (expr); !status_.ok()) return status_; \
  } while (false)

#define ASSIGN_OR_RETURN(lhs, expr) ASSIGN_OR_RETURN_IMPL_(CHARTSEAL_CONCAT_(or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL_(var, lhs, expr)   \
  auto var = (expr);                             \
  if (!var.ok()) return std::move(var).status(); \
  lhs = std::move(var).value()

}  // namespace chartseal
