#include <nlohmann/json.hpp>

#include "tests/sandbox/encoding.h"
#include "tests/sandbox/mint_case.h"

// Structure of the bundle, spec/sigstore.md §2.
namespace chartseal::sandbox {
namespace {

using nlohmann::json;

json& Material(json& bundle) { return bundle["verificationMaterial"]; }
json& FirstEntry(json& bundle) { return Material(bundle)["tlogEntries"][0]; }

void ReplaceOnce(std::string& text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  Require(at != std::string::npos, "the text to be replaced is missing");
  text.replace(at, from.size(), to);
}

void WrapLines(json& value) {
  std::string wrapped;
  const std::string text = value.get<std::string>();
  for (size_t i = 0; i < text.size(); i += 64) wrapped += text.substr(i, 64) + "\n";
  value = wrapped;
}

std::vector<MintCase> ShapeCases() {
  return {
      {"bundle-plain", "2", true, Shape::kV1Dsse, [](CaseDraft&) {}},
      {"bundle-plain-message", "2", true, Shape::kV1Message, [](CaseDraft&) {}},
      {"bundle-plain-stamped", "2", true, Shape::kV1Stamped, [](CaseDraft&) {}},
      {"bundle-plain-rekor2", "2", true, Shape::kV2Dsse, [](CaseDraft&) {}},
      {"bundle-plain-rekor2-message", "2", true, Shape::kV2Message, [](CaseDraft&) {}},
      {"bundle-v01", "2.3", true, Shape::kV1Message,
       [](CaseDraft& d) { d.request.version = BundleVersion::kV01; }},
      {"bundle-v02", "2.3", true, Shape::kV1Message,
       [](CaseDraft& d) { d.request.version = BundleVersion::kV02; }},
      {"bundle-v03-old-spelling", "2.2", true, Shape::kV1Message,
       [](CaseDraft& d) { d.request.version = BundleVersion::kV03Old; }},
      {"bundle-v01-without-checkpoint", "2.3", true, Shape::kV1Message,
       [](CaseDraft& d) {
         d.request.version = BundleVersion::kV01;
         d.request.logs[0].with_checkpoint = false;
         d.request.logs[0].with_proof = false;
       }},
      {"bundle-v01-without-promise", "2.3", false, Shape::kV1Message,
       [](CaseDraft& d) {
         d.request.version = BundleVersion::kV01;
         d.request.logs[0].with_promise = false;
       }},
      {"bundle-v02-without-proof", "2.3", false, Shape::kV1Message,
       [](CaseDraft& d) {
         d.request.version = BundleVersion::kV02;
         d.request.logs[0].with_proof = false;
       }},
      {"bundle-v03-without-proof", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.logs[0].with_proof = false; }},
      {"bundle-v03-without-checkpoint", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.logs[0].with_checkpoint = false; }},
      {"bundle-entry-with-neither-promise-nor-proof", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.logs[0].with_proof = d.request.logs[0].with_promise = false; }},
      {"bundle-without-media-type", "2.2", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.bundle = [](json& b) { b.erase("mediaType"); }; }},
      {"bundle-of-unknown-version", "2.2", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.bundle = [](json& b) { b["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.9+json"; };
       }},
      {"bundle-without-content", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.bundle = [](json& b) { b.erase("dsseEnvelope"); }; }},
      {"bundle-with-both-contents", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.bundle = [](json& b) {
           b["messageSignature"] = {{"signature", b["dsseEnvelope"]["signatures"][0]["sig"]}};
         };
       }},
      {"bundle-without-key-material", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.bundle = [](json& b) { Material(b).erase("certificate"); }; }},
      {"bundle-without-verification-material", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.bundle = [](json& b) { b.erase("verificationMaterial"); }; }},
      {"bundle-with-certificate-and-key", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.bundle = [](json& b) {
                            Material(b)["publicKey"] = {{"hint", "x"}};
                          }; }},
  };
}

std::vector<MintCase> ChainCases() {
  return {
      {"bundle-with-chain-in-v03", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.chain = [ca = d.sigstore.ca().intermediate()](auto& chain) { chain.push_back(ca); };
       }},
      {"bundle-with-empty-chain", "2.3", false, Shape::kV1Message,
       [](CaseDraft& d) {
         d.request.version = BundleVersion::kV02;
         d.request.chain = [](auto& chain) { chain.clear(); };
       }},
      {"bundle-with-root-in-chain", "2.3", false, Shape::kV1Message,
       [](CaseDraft& d) {
         d.request.version = BundleVersion::kV02;
         d.request.chain = [root = d.sigstore.ca().root()](auto& chain) { chain.push_back(root); };
       }},
      {"bundle-with-leaf-not-first", "2.3", false, Shape::kV1Message,
       [](CaseDraft& d) {
         d.request.version = BundleVersion::kV02;
         d.request.chain = [](auto& chain) { std::swap(chain[0], chain[1]); };
       }},
      {"bundle-with-trailing-bytes-after-certificate", "2.1", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.chain = [](auto& chain) { chain[0] += '\0'; }; }},
  };
}

std::vector<MintCase> EntryCases() {
  return {
      {"bundle-with-33-log-entries", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.logs.resize(33, d.request.logs[0]); }},
      {"bundle-with-33-timestamps", "2.3", false, Shape::kV1Stamped,
       [](CaseDraft& d) { d.request.timestamps.resize(33, d.request.timestamps[0]); }},
      {"bundle-with-duplicate-log-entry", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.bundle = [](json& b) { Material(b)["tlogEntries"].push_back(FirstEntry(b)); };
       }},
      {"bundle-without-log-entries", "4.1", false, Shape::kV1Stamped,
       [](CaseDraft& d) { d.request.logs.clear(); }},
      {"bundle-with-two-logs", "4.1", true, Shape::kV1Stamped,
       [](CaseDraft& d) { d.request.logs.push_back(LogRequest::V2()); }},
      {"bundle-with-negative-log-index", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.bundle = [](json& b) { FirstEntry(b)["logIndex"] = "-1"; }; }},
      {"bundle-with-negative-proof-index", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.bundle = [](json& b) { FirstEntry(b)["inclusionProof"]["logIndex"] = "-1"; };
       }},
      {"bundle-without-body", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.bundle = [](json& b) { FirstEntry(b).erase("canonicalizedBody"); }; }},
      {"bundle-without-log-id", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.bundle = [](json& b) { FirstEntry(b).erase("logId"); }; }},
      {"bundle-without-kind-version", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.bundle = [](json& b) { FirstEntry(b).erase("kindVersion"); }; }},
      {"bundle-with-empty-checkpoint", "2.3", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.bundle = [](json& b) { FirstEntry(b)["inclusionProof"]["checkpoint"]["envelope"] = ""; };
       }},
  };
}

std::vector<MintCase> JsonCases() {
  return {
      {"json-unknown-field", "0", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.bundle = [](json& b) { b["extra"] = 1; }; }},
      {"json-null-field-is-absent", "0", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.bundle = [](json& b) { Material(b)["timestampVerificationData"] = nullptr; };
       }},
      {"json-duplicate-key", "0", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.bundle_text = [](std::string& t) {
           t.insert(1, "\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",");
         };
       }},
      {"json-trailing-data", "9", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.bundle_text = [](std::string& t) { t += "{}"; }; }},
      {"json-truncated", "9", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.bundle_text = [](std::string& t) { t.pop_back(); }; }},
      {"json-final-newline", "0", true, Shape::kV1Dsse,
       [](CaseDraft& d) { d.request.bundle_text = [](std::string& t) { t += "\n"; }; }},
      {"json-integers-as-numbers", "0", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.bundle = [](json& b) {
           FirstEntry(b)["logIndex"] = std::stoll(FirstEntry(b)["logIndex"].get<std::string>());
         };
       }},
      {"json-integer-with-leading-garbage", "0", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.bundle = [](json& b) {
           FirstEntry(b)["logIndex"] = "x" + FirstEntry(b)["logIndex"].get<std::string>();
         };
       }},
      {"json-line-wrapped-base64", "0", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.bundle = [](json& b) { WrapLines(Material(b)["certificate"]["rawBytes"]); };
       }},
      {"json-bad-base64", "0", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.bundle = [](json& b) { b["dsseEnvelope"]["signatures"][0]["sig"] = "!not base64!"; };
       }},
      {"json-snake-case-name", "0", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.request.bundle_text = [](std::string& t) { ReplaceOnce(t, "\"mediaType\"", "\"media_type\""); };
       }},
  };
}

}  // namespace

std::vector<MintCase> BundleCases() {
  std::vector<MintCase> all;
  for (const auto& part : {ShapeCases(), ChainCases(), EntryCases(), JsonCases()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace chartseal::sandbox
