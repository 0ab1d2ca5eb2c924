#include "tests/sandbox/encoding.h"
#include "tests/sandbox/mint_case.h"

// Checkpoints as signed notes, spec/sigstore.md §4.7. Unless a case is about the signature, the log signs
// what the case made.
namespace chartseal::sandbox {
namespace {

using Lines = std::vector<std::string>;

// The text without its nth line.
std::string WithoutLine(const std::string& text, int line) {
  std::string rest;
  size_t begin = 0;
  for (int i = 0; begin < text.size(); ++i) {
    const size_t end = text.find('\n', begin) + 1;
    if (i != line) rest += text.substr(begin, end - begin);
    begin = end;
  }
  return rest;
}

std::string OtherKeyLine(const std::string& name, const std::string& text) {
  const Key key = Key::Generate(KeyType::kEd25519);
  return NoteLine(name, NoteKeyHash(name, 1, key.RawPublicKey()).substr(0, 4), key.Sign(text));
}

std::vector<MintCase> TextCases() {
  return {
      {"checkpoint-with-another-root", "4.7", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().checkpoint.spec = [](CheckpointSpec& c) { c.root[0] ^= 1; }; }},
      {"checkpoint-with-another-size", "4.7", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().checkpoint.spec = [](CheckpointSpec& c) { c.size += 1; }; }},
      {"checkpoint-with-short-root", "4.7", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().checkpoint.spec = [](CheckpointSpec& c) { c.root.pop_back(); }; }},
      {"checkpoint-with-extension-line", "4.7", true, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.spec = [](CheckpointSpec& c) {
           c.extension_lines = {"Timestamp: 1689177396617352539"};
         };
       }},
      {"checkpoint-size-with-leading-zero", "4.7", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.text = [](std::string& text) { text.insert(text.find('\n') + 1, "0"); };
       }},
      {"checkpoint-size-not-a-number", "4.7", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.text = [](std::string& text) { text.insert(text.find('\n') + 1, "x"); };
       }},
      {"checkpoint-without-origin", "4.7", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.text = [](std::string& text) { text = WithoutLine(text, 0); };
       }},
      {"checkpoint-without-size", "4.7", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.text = [](std::string& text) { text = WithoutLine(text, 1); };
       }},
      {"checkpoint-without-root", "4.7", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.text = [](std::string& text) { text = WithoutLine(text, 2); };
       }},
      {"rekor2-checkpoint-with-another-root", "4.7", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.log().checkpoint.spec = [](CheckpointSpec& c) { c.root[0] ^= 1; }; }},
      {"rekor2-checkpoint-with-another-size", "4.7", false, Shape::kV2Dsse,
       [](CaseDraft& d) { d.log().checkpoint.spec = [](CheckpointSpec& c) { c.size += 1; }; }},
      {"rekor2-checkpoint-with-another-origin", "4.7", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.spec = [](CheckpointSpec& c) { c.origin = "elsewhere.test"; };
       }},
      {"rekor2-checkpoint-without-origin", "4.7", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.text = [](std::string& text) { text = WithoutLine(text, 0); };
       }},
      {"rekor2-checkpoint-without-size", "4.7", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.text = [](std::string& text) { text = WithoutLine(text, 1); };
       }},
      {"rekor2-checkpoint-without-root", "4.7", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.text = [](std::string& text) { text = WithoutLine(text, 2); };
       }},
  };
}

std::vector<MintCase> SignatureCases() {
  return {
      {"checkpoint-with-another-key-name", "4.7", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.spec = [](CheckpointSpec& c) { c.key_name = "elsewhere.test"; };
       }},
      {"checkpoint-with-another-key-id", "4.7", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().checkpoint.spec = [](CheckpointSpec& c) { c.key_id[0] ^= 1; }; }},
      {"checkpoint-signature-over-another-text", "4.7", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.lines = [&log = d.sigstore.rekor_v1()](Lines& lines, const std::string&) {
           lines = {NoteLine(log.options().host, log.LogId().substr(0, 4), log.key().Sign("another text\n"))};
         };
       }},
      {"checkpoint-without-signature", "4.7", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.lines = [](Lines& lines, const std::string&) { lines.clear(); };
       }},
      {"checkpoint-without-final-newline", "4.7", false, Shape::kV1Dsse,
       [](CaseDraft& d) { d.log().checkpoint.note = [](std::string& note) { note.pop_back(); }; }},
      {"checkpoint-with-malformed-line", "4.7", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.lines = [](Lines& lines, const std::string&) {
           lines.push_back("no em dash AAAA\n");
         };
       }},
      {"checkpoint-with-empty-key-signature", "4.7", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.lines = [](Lines& lines, const std::string&) {
           lines.push_back(NoteLine("short.test", "1234", ""));
         };
       }},
      {"checkpoint-of-another-key-same-name", "4.7", false, Shape::kV1Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.lines = [](Lines& lines, const std::string& text) {
           lines = {OtherKeyLine(RekorV1Options().host, text)};
         };
       }},
      {"rekor2-checkpoint-without-signature", "4.7", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.lines = [](Lines& lines, const std::string&) { lines.clear(); };
       }},
      {"rekor2-checkpoint-without-matching-signature", "4.7", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.lines = [&w = d.sigstore.witness(), t = d.sigstore.default_signing_time()](
                                        Lines& lines, const std::string& text) {
           lines = {w.Cosign(text, t)};
         };
       }},
      {"rekor2-checkpoint-signature-over-another-text", "4.7", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.lines = [&log = d.sigstore.rekor_v2()](Lines& lines, const std::string&) {
           lines = {NoteLine(log.options().host, log.LogId().substr(0, 4), log.key().Sign("another text\n"))};
         };
       }},
      {"rekor2-checkpoint-good-and-bad-line-of-the-log", "4.7", false, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.lines = [&log = d.sigstore.rekor_v2()](Lines& lines, const std::string&) {
           lines.push_back(
               NoteLine(log.options().host, log.LogId().substr(0, 4), log.key().Sign("another\n")));
         };
       }},
      {"rekor2-checkpoint-cosigned", "4.7", true, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.lines = [&w = d.sigstore.witness(), t = d.sigstore.default_signing_time()](
                                        Lines& lines, const std::string& text) {
           lines.push_back(w.Cosign(text, t));
         };
       }},
      {"rekor2-checkpoint-with-sixteen-lines", "4.7", true, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.lines = [](Lines& lines, const std::string& text) {
           for (int i = 0; i < 15; ++i)
             lines.push_back(OtherKeyLine("w" + std::to_string(i) + ".test", text));
         };
       }},
      {"rekor2-checkpoint-origin-line-not-first", "4.7", true, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.lines = [&w = d.sigstore.witness(), t = d.sigstore.default_signing_time()](
                                        Lines& lines, const std::string& text) {
           lines.insert(lines.begin(), w.Cosign(text, t));
         };
       }},
      {"rekor2-checkpoint-two-keys-of-the-origin", "4.7", true, Shape::kV2Dsse,
       [](CaseDraft& d) {
         d.log().checkpoint.lines = [](Lines& lines, const std::string& text) {
           lines.insert(lines.begin(), OtherKeyLine(RekorV2Options().host, text));
         };
       }},
  };
}

}  // namespace

std::vector<MintCase> CheckpointCases() {
  std::vector<MintCase> all = TextCases();
  const std::vector<MintCase> signatures = SignatureCases();
  all.insert(all.end(), signatures.begin(), signatures.end());
  return all;
}

}  // namespace chartseal::sandbox
