#include "publisher/signing/statement_writer.h"

#include "verifier/base/node.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/sigstore/statement.h"

namespace chartseal::publisher {

std::string MakeStatement(const crypto::Digest& subject, std::string_view predicate_type,
                          std::string_view predicate_json,
                          const std::map<std::string, std::string>& annotations) {
  Node texts = Node::MakeMap();
  for (const auto& [key, value] : annotations) texts.Set(key, value);
  // Put together as text: reading the predicate and writing it again could change its numbers.
  return Cat(R"({"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{")",
             crypto::Name(subject.algorithm()), R"(":")", subject.hex(), R"("},"annotations":)",
             WriteJson(texts), R"(}],"predicateType":)", WriteJson(Node::String(std::string(predicate_type))),
             R"(,"predicate":)", predicate_json, "}");
}

std::string MakeSignStatement(const crypto::Digest& subject,
                              const std::map<std::string, std::string>& annotations) {
  return MakeStatement(subject, sigstore::kCosignSignPredicate, "{}", annotations);
}

}  // namespace chartseal::publisher
