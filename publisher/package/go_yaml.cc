#include "publisher/package/go_yaml.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "publisher/package/utf8.h"
#include "publisher/package/yaml_scalar.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::publisher {
namespace {

constexpr size_t kSimpleKeyBytes = 128;  // goyaml writes longer keys behind "?"

std::vector<uint32_t> CodesOf(std::string_view text) {
  std::vector<uint32_t> codes;
  while (!text.empty()) {
    const Character character = FirstCharacter(text);
    codes.push_back(character.code);
    text.remove_prefix(character.bytes);
  }
  return codes;
}

// The larger blocks outside ASCII that hold no letters: Latin-1 signs, punctuation, currency, arrows to
// dingbats, CJK punctuation, variation selectors, emoji.
constexpr std::pair<uint32_t, uint32_t> kNoLetters[] = {
    {0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},
    {0xD7, 0xD7},     {0xF7, 0xF7},     {0x2000, 0x206F}, {0x20A0, 0x20FF},
    {0x2190, 0x2BFF}, {0x3000, 0x3004}, {0x3008, 0x3020}, {0xFE00, 0xFE0F},
    {0xFF00, 0xFF20}, {0xFFFC, 0xFFFD}, {0xD800, 0xF8FF}, {0x1F000, 0x1FAFF}};

bool IsLetter(uint32_t code) {
  if (code < 0x80) return (code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z');
  return std::none_of(std::begin(kNoLetters), std::end(kNoLetters),
                      [&](const auto& block) { return block.first <= code && code <= block.second; });
}

bool IsDigit(uint32_t code) { return code >= '0' && code <= '9'; }

// The run of digits from `start`: its end and its value as goyaml computes it, overflowing where it does.
std::pair<size_t, int64_t> NumberAt(const std::vector<uint32_t>& text, size_t start, uint64_t value) {
  size_t end = start;
  for (; end < text.size() && IsDigit(text[end]); ++end) value = value * 10 + (text[end] - '0');
  return {end, static_cast<int64_t>(value)};
}

// Whether the characters at `i`, the first that differ and neither a letter, put `a` first.
bool NumbersLess(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b, size_t i) {
  uint64_t before = 0;  // a zero counts inside a number, not in front of one
  if (a[i] == '0' || b[i] == '0') {
    for (size_t j = i; j > 0 && IsDigit(a[j - 1]); --j) {
      if (a[j - 1] != '0') before = 1;
    }
  }
  const auto [a_end, a_value] = NumberAt(a, i, before);
  const auto [b_end, b_value] = NumberAt(b, i, before);
  if (a_value != b_value) return a_value < b_value;
  if (a_end != b_end) return a_end < b_end;
  return a[i] < b[i];
}

// Characters that helm's own YAML reader, which the text passes on its way, refuses or takes for others.
bool IsWritable(std::string_view text) {
  while (!text.empty()) {
    const Character character = FirstCharacter(text);
    const uint32_t code = character.code;
    const bool bad = (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 || code == 0xFEFF ||
                     code == 0xFFFE || code == 0xFFFF || (code == 0xFFFD && character.bytes == 1);
    if (bad) return false;
    text.remove_prefix(character.bytes);
  }
  return true;
}

using KeyAndValue = std::pair<std::string, Node>;

// goyaml's order of keys is none: "10" < "1e" < "9" < "10". std::sort may do anything then; this ends, and
// the same keys in the same order give the same result.
void MergeSort(std::vector<const KeyAndValue*>& members) {
  if (members.size() < 2) return;
  const auto middle = members.begin() + static_cast<std::ptrdiff_t>(members.size() / 2);
  std::vector<const KeyAndValue*> left(members.begin(), middle), right(middle, members.end());
  MergeSort(left);
  MergeSort(right);
  auto l = left.begin(), r = right.begin();
  for (const KeyAndValue*& place : members) {
    const bool take_right = l == left.end() || (r != right.end() && GoYamlKeyLess((*r)->first, (*l)->first));
    place = take_right ? *r++ : *l++;
  }
}

class Writer {
 public:
  explicit Writer(std::string_view where) : where_(where) {}

  absl::Status Map(const Node& map, int indent, bool first_is_placed) {
    std::vector<const KeyAndValue*> members;
    for (const auto& member : map.map()) members.push_back(&member);
    MergeSort(members);
    for (const auto* member : members) {
      if (!std::exchange(first_is_placed, false)) NewLine(indent);
      RETURN_IF_ERROR(Member(member->first, member->second, indent));
    }
    return absl::OkStatus();
  }

  std::string Finish() {
    if (!out_.ends_with('\n')) out_ += '\n';
    return std::move(out_);
  }

 private:
  absl::Status Member(const std::string& key, const Node& value, int indent) {
    const bool simple = key.size() <= kSimpleKeyBytes && key.find_first_of("\r\n") == std::string::npos;
    if (!simple) out_ += "? ";
    RETURN_IF_ERROR(Scalar(key, simple, indent + 2));
    if (!simple) NewLine(indent);
    out_ += ":";
    return Value(value, indent, /*in_list=*/false);
  }

  // Behind "key:" or "-".
  absl::Status Value(const Node& value, int indent, bool in_list) {
    switch (value.kind()) {
      case Node::Kind::kMap:
        if (value.map().empty()) break;
        if (in_list) out_ += ' ';
        return Map(value, indent + 2, in_list);
      case Node::Kind::kList:
        if (value.list().empty()) break;
        return List(value, indent);
      case Node::Kind::kString:
        out_ += ' ';
        return Scalar(value.string_value(), false, indent + 2);
      default:
        break;
    }
    out_ += ' ';
    out_ += Word(value);
    return absl::OkStatus();
  }

  absl::Status List(const Node& list, int indent) {
    for (const Node& item : list.list()) {
      NewLine(indent);
      out_ += "-";
      RETURN_IF_ERROR(Value(item, indent, /*in_list=*/true));
    }
    return absl::OkStatus();
  }

  static std::string Word(const Node& value) {
    switch (value.kind()) {
      case Node::Kind::kBool:
        return value.bool_value() ? "true" : "false";
      case Node::Kind::kInteger:
        return Cat(value.integer_value());
      case Node::Kind::kMap:
        return "{}";
      case Node::Kind::kList:
        return "[]";
      default:
        return "null";
    }
  }

  absl::Status Scalar(std::string_view text, bool is_simple_key, int indent) {
    if (!IsWritable(text)) {
      return WithReason(
          absl::FailedPreconditionError(
              Cat(where_, ": \"", Printable(text, 80),
                  "\" holds a character that helm cannot write to the chart (a control character, a line or "
                  "paragraph separator or a byte order mark); remove it")),
          Reason::kChartRefused);
    }
    const ScalarPlace place{Column(), indent, /*fold=*/!is_simple_key};
    out_ += WriteScalar(text, StyleOf(text, is_simple_key), place);
    return absl::OkStatus();
  }

  // Characters on the last line.
  size_t Column() const {
    const size_t line = out_.rfind('\n') + 1;  // npos + 1 is 0
    const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
    return static_cast<size_t>(
        std::count_if(out_.begin() + static_cast<std::ptrdiff_t>(line), out_.end(), starts));
  }

  void NewLine(int indent) {
    if (!out_.empty() && !out_.ends_with('\n')) out_ += '\n';
    out_.append(static_cast<size_t>(indent), ' ');
  }

  std::string_view where_;
  std::string out_;
};

}  // namespace

bool GoYamlKeyLess(std::string_view a_text, std::string_view b_text) {
  const std::vector<uint32_t> a = CodesOf(a_text), b = CodesOf(b_text);
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i] == b[i]) continue;
    if (IsLetter(a[i]) && IsLetter(b[i])) return a[i] < b[i];
    if (IsLetter(a[i]) || IsLetter(b[i])) return IsLetter(b[i]);
    return NumbersLess(a, b, i);
  }
  return a.size() < b.size();
}

absl::StatusOr<std::string> WriteGoYaml(const Node& node, std::string_view where) {
  Writer writer(where);
  RETURN_IF_ERROR(writer.Map(node, 0, false));
  return writer.Finish();
}

}  // namespace chartseal::publisher
