#include "publisher/signing/fulcio_answer.h"

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

constexpr std::string_view kWhere = "answer";

absl::Status Bad(std::string_view what) { return Malformed(Reason::kFulcioFailed, kWhere, what); }

absl::StatusOr<std::vector<crypto::Certificate>> ReadChain(const Node& list) {
  if (!list.is_list() || list.list().empty()) return Bad("the certificate chain is empty");
  if (list.list().size() > limits::kMaxChainLength) {
    return Bad(Cat("more than ", limits::kMaxChainLength, " certificates in the chain"));
  }
  std::vector<crypto::Certificate> chain;
  for (const Node& pem : list.list()) {
    if (!pem.is_string()) return Bad("a certificate of the chain is no PEM text");
    auto parsed = crypto::Certificate::ListFromPem(pem.string_value());
    if (!parsed.ok()) return Bad(Message(parsed.status()));
    if (parsed->size() != 1) return Bad("several certificates where one is expected");
    chain.push_back(std::move(parsed->front()));
  }
  return chain;
}

}  // namespace

absl::StatusOr<std::vector<crypto::Certificate>> ChainFromFulcio(std::string_view answer) {
  const JsonLimits json_limits = {.max_bytes = limits::kMaxServiceAnswerBytes, .max_nodes = 1000};
  ASSIGN_OR_RETURN(const Node node, ParseJson(answer, kWhere, json_limits));
  if (const Node* chain = node.FindPath({"signedCertificateEmbeddedSct", "chain", "certificates"})) {
    return ReadChain(*chain);
  }
  if (node.Find("signedCertificateDetachedSct") != nullptr) {
    return Bad(
        "the certificate has no signed certificate timestamp embedded, so no verifier would accept the "
        "signature; a Fulcio with a certificate transparency log is needed");
  }
  return Bad("no certificate (signedCertificateEmbeddedSct)");
}

}  // namespace chartseal::publisher
