#include "verifier/base/yaml_syntax.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>
#include <string>
#include <vector>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal {
namespace {

// Thrown inside yaml-cpp's parser, which has no other way to stop; never leaves this file.
struct Stop {
  YAML::Mark mark;
  std::string why;
  bool limit = false;
};

class Checker final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { Node(mark, Kind::kNull); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { Node(mark, Kind::kAlias); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string& value) override {
    const bool is_null = value == "~" || value == "null" || value == "Null" || value == "NULL";
    Node(mark, is_null ? Kind::kNull : Kind::kScalar);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Node(mark, Kind::kList);
    Open(mark, false);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    Node(mark, Kind::kMap);
    Open(mark, true);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  enum class Kind { kNull, kScalar, kAlias, kList, kMap };
  struct Frame {
    bool is_map = false;
    bool expects_key = false;
  };

  void Node(const YAML::Mark& mark, Kind kind) {
    if (open_.empty()) {
      if (kind == Kind::kNull || kind == Kind::kMap) return;
      throw Stop{mark, "expected a mapping (name: value) and found something else"};
    }
    Frame& frame = open_.back();
    if (frame.expects_key && (kind == Kind::kList || kind == Kind::kMap)) {
      throw Stop{mark, "a key that is a list or a mapping; a template, {{ }}, needs quotes around it"};
    }
    frame.expects_key = frame.is_map && !frame.expects_key;
  }
  void Open(const YAML::Mark& mark, bool is_map) {
    open_.push_back({is_map, is_map});
    if (open_.size() > static_cast<size_t>(limits::kMaxJsonDepth)) {
      throw Stop{mark, Cat("nested deeper than ", limits::kMaxJsonDepth), true};
    }
  }
  std::vector<Frame> open_;
};

absl::Status Error(std::string_view where, const YAML::Mark& mark, std::string_view why, bool limit) {
  const std::string at = Cat(where, ":", mark.line + 1, ":", mark.column + 1);
  if (limit) return WithReason(absl::ResourceExhaustedError(Cat(at, ": YAML ", why)), Reason::kLimitExceeded);
  return Malformed(Reason::kYamlMalformed, at, Cat("not valid YAML: ", why));
}

// yaml-cpp would take control characters, one of them for the end of the input; Go's reader refuses them.
absl::Status CheckCharacters(std::string_view text, std::string_view where) {
  YAML::Mark mark;
  for (const char c : text.substr(0, ValidUtf8Prefix(text))) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F) {
      return Error(where, mark, Cat("control character ", Printable(std::string_view(&c, 1))), false);
    }
    mark.column = c == '\n' ? 0 : mark.column + 1;
    mark.line += c == '\n' ? 1 : 0;
  }
  return IsUtf8(text) ? absl::OkStatus() : Error(where, mark, "not UTF-8", false);
}

}  // namespace

absl::Status CheckYamlMappings(std::string_view text, std::string_view where) {
  RETURN_IF_ERROR(CheckCharacters(text, where));
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    Checker checker;
    while (parser.HandleNextDocument(checker)) {
    }
  } catch (const Stop& stop) {
    return Error(where, stop.mark, stop.why, stop.limit);
  } catch (const YAML::Exception& error) {
    return Error(where, error.mark, Printable(error.msg, 200), false);
  }
  return absl::OkStatus();
}

}  // namespace chartseal
