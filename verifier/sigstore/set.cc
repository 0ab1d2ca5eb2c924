#include "verifier/sigstore/set.h"

#include "verifier/base/encoding.h"
#include "verifier/base/strings.h"

namespace chartseal::sigstore {

// Keys in sorted order, no space, integers plain: nothing here needs escaping.
std::string SetMessage(const SetContent& content) {
  return Cat(R"({"body":")", Base64Encode(content.body), R"(","integratedTime":)", content.integrated_time,
             R"(,"logID":")", HexEncode(content.log_id), R"(","logIndex":)", content.log_index, "}");
}

Checked<Passed> VerifySet(std::string_view signature, const SetContent& content, const TransparencyLog& log) {
  if (log.key.Verify(log.scheme, SetMessage(content), signature) == crypto::SignatureCheck::kValid) {
    return Passed{};
  }
  return Rejection{Reason::kSetInvalid,
                   Cat("the signed entry timestamp of log index ", content.log_index, " by ", log.base_url,
                       " does not verify with the log's key"),
                   "", ""};
}

}  // namespace chartseal::sigstore
