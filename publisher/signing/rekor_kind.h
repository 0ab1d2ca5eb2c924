#pragma once

#include <string_view>

#include "publisher/signing/service_call.h"
#include "verifier/base/limits.h"

// What the clients of Rekor v1 and v2 have in common.
namespace chartseal::publisher {

inline constexpr ServiceKind kRekor = {"Rekor", Reason::kRekorFailed, limits::kRekorTime};

// What to do about a status of either version; empty when there is nothing particular to say.
inline std::string_view RekorAdvice(int status) {
  if (status == 400) return "the log found the entry wrong; nothing was logged";
  if (status == 405) return "this log takes no entries any more; choose another in the signing config";
  return "";
}

}  // namespace chartseal::publisher
