#include "verifier/base/json_document.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "verifier/base/json_limits_internal.h"
#include "verifier/base/json_tape_internal.h"
#include "verifier/base/limits.h"
#include "verifier/base/macros.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal {
namespace {

using internal::Behind;
using internal::BehindContainer;
using internal::CountOf;
using internal::TextAt;
using internal::TypeOf;

constexpr size_t kSmallestCapacity = 32 << 10;
// Buffers of larger texts are freed at once; these many of others wait for the next text. They are ten times
// the size of the text at most.
constexpr size_t kKeptBytes = 256 << 10;
constexpr size_t kKeptBuffers = 8;

// simdjson takes a high surrogate followed by any escape, and a low one alone.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The code unit of an escape \uXXXX at `at`, or -1 where there is none.
int EscapedUnit(std::string_view text, size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int unit = 0;
  for (size_t i = at + 2; i < at + 6; ++i) {
    const int digit = HexDigit(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool HasLoneSurrogate(std::string_view text) {
  for (size_t at = text.find('\\'); at != text.npos; at = text.find('\\', at)) {
    const int unit = EscapedUnit(text, at);
    if (unit < 0xD800 || unit > 0xDFFF) {
      at += 2;  // whatever is escaped, another backslash included
      continue;
    }
    const int next = EscapedUnit(text, at + 6);
    if (unit > 0xDBFF || next < 0xDC00 || next > 0xDFFF) return true;
    at += 12;
  }
  return false;
}

// Whether the tape of `text` could exceed what its number of values allows by much: each value but the first
// of its list or map follows a comma.
bool MayHoldTooManyValues(std::string_view text) {
  if (text.size() <= limits::kMaxJsonNodes) return false;
  const auto starts =
      std::count_if(text.begin(), text.end(), [](char c) { return c == ',' || c == '[' || c == '{'; });
  return static_cast<size_t>(starts) > limits::kMaxJsonNodes;
}

// The parser of this thread. Its buffers are six times the size of the largest text it has read.
simdjson::dom::parser& ThreadParser(std::unique_ptr<simdjson::dom::parser>& kept) {
  if (kept == nullptr) kept = std::make_unique<simdjson::dom::parser>();
  return *kept;
}

}  // namespace

struct JsonDocument::Buffers {
  simdjson::dom::document document;

  // From the pool, or new.
  static std::unique_ptr<Buffers> Take();
  // To the pool, unless they are large or enough are there.
  static void GiveBack(std::unique_ptr<Buffers> buffers);

 private:
  struct Pool {
    std::mutex mutex;
    std::vector<std::unique_ptr<Buffers>> spare;
  };
  static Pool& ThePool() {
    static auto* const pool = new Pool;  // never destroyed: documents may outlive main()
    return *pool;
  }
};

std::unique_ptr<JsonDocument::Buffers> JsonDocument::Buffers::Take() {
  Pool& pool = ThePool();
  const std::lock_guard lock(pool.mutex);
  if (pool.spare.empty()) return std::make_unique<Buffers>();
  std::unique_ptr<Buffers> buffers = std::move(pool.spare.back());
  pool.spare.pop_back();
  return buffers;
}

void JsonDocument::Buffers::GiveBack(std::unique_ptr<Buffers> buffers) {
  if (buffers->document.capacity() > kKeptBytes) return;
  Pool& pool = ThePool();
  const std::lock_guard lock(pool.mutex);
  if (pool.spare.size() < kKeptBuffers) pool.spare.push_back(std::move(buffers));
}

JsonDocument::JsonDocument(std::unique_ptr<Buffers> buffers) : buffers_(std::move(buffers)) {}

JsonDocument::~JsonDocument() { Buffers::GiveBack(std::move(buffers_)); }

bool JsonDocument::ParseFast(std::string_view text, size_t max_bytes, bool judged) {
  static thread_local std::unique_ptr<simdjson::dom::parser> kept;
  if (!judged && (text.empty() || text.size() > max_bytes || MayHoldTooManyValues(text))) return false;
  simdjson::dom::parser& parser = ThreadParser(kept);
  simdjson::dom::document& document = buffers_->document;
  // In powers of two, so that slightly larger texts do not allocate anew each time.
  size_t capacity = kSmallestCapacity;
  while (capacity < text.size()) capacity *= 2;
  if (document.capacity() < capacity && document.allocate(capacity) != simdjson::SUCCESS) return false;
  if (parser.capacity() < capacity && parser.allocate(capacity) != simdjson::SUCCESS) return false;
  const auto error = parser.parse_into_document(document, text.data(), text.size()).error();
  if (capacity > kKeptBytes) kept.reset();
  if (error != simdjson::SUCCESS || HasLoneSurrogate(text)) return false;
  tape_ = document.tape.get();
  strings_ = reinterpret_cast<const char*>(document.string_buf.get());
  return internal::IsWithinLimits(tape_, strings_);
}

absl::StatusOr<std::shared_ptr<const JsonDocument>> JsonDocument::Parse(std::string_view text,
                                                                        std::string_view where,
                                                                        size_t max_bytes) {
  const std::shared_ptr<JsonDocument> document(new JsonDocument(Buffers::Take()));
  if (document->ParseFast(text, max_bytes, /*judged=*/false)) return document;
  // What the fast reader does not take, strict_json judges: its errors say where, and it reads integers of
  // any length, which it writes as doubles.
  ASSIGN_OR_RETURN(const Node node, ParseJson(text, where, {.max_bytes = max_bytes}));
  if (document->ParseFast(WriteJson(node), max_bytes, /*judged=*/true)) return document;
  return WithReason(absl::InternalError(Cat(where, ": the two readers of JSON do not agree")),
                    Reason::kJsonMalformed);
}

JsonValue JsonDocument::root() const { return {this, internal::kTapeRoot}; }

Node::Kind JsonValue::kind() const {
  if (document_ == nullptr) return Node::Kind::kNull;
  switch (TypeOf(document_->tape_[position_])) {
    case '{':
      return Node::Kind::kMap;
    case '[':
      return Node::Kind::kList;
    case '"':
      return Node::Kind::kString;
    case 'l':
      return Node::Kind::kInteger;
    case 'u':  // above int64
    case 'd':
      return Node::Kind::kNumber;
    case 't':
    case 'f':
      return Node::Kind::kBool;
    default:
      return Node::Kind::kNull;
  }
}

bool JsonValue::bool_value() const { return TypeOf(document_->tape_[position_]) == 't'; }

int64_t JsonValue::integer_value() const { return static_cast<int64_t>(document_->tape_[position_ + 1]); }

double JsonValue::number_value() const {
  const uint64_t word = document_->tape_[position_ + 1];
  if (TypeOf(document_->tape_[position_]) == 'u') return static_cast<double>(word);
  double value = 0;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

std::string_view JsonValue::string_value() const {
  return TextAt(document_->tape_[position_], document_->strings_);
}

JsonValue JsonValue::Find(std::string_view key) const {
  JsonValue found;
  ForEachMember([&](std::string_view name, JsonValue value) {
    if (name != key) return true;
    found = value;
    return false;
  });
  return found;
}

JsonValue JsonValue::FindPath(std::initializer_list<std::string_view> keys) const {
  JsonValue value = *this;
  for (std::string_view key : keys) value = value.Find(key);
  return value;
}

std::string_view JsonValue::StringOr(std::string_view key, std::string_view otherwise) const {
  const JsonValue value = Find(key);
  return value.is_string() ? value.string_value() : otherwise;
}

size_t JsonValue::size() const { return is_list() || is_map() ? CountOf(document_->tape_[position_]) : 0; }

size_t JsonValue::End() const { return BehindContainer(document_->tape_[position_]) - 1; }

size_t JsonValue::After(size_t position) const { return Behind(document_->tape_, position); }

Node JsonValue::ToNode() const {
  switch (kind()) {
    case Node::Kind::kNull:
      return Node();
    case Node::Kind::kBool:
      return Node::Bool(bool_value());
    case Node::Kind::kInteger:
      return Node::Integer(integer_value());
    case Node::Kind::kNumber:
      return Node::Number(number_value());
    case Node::Kind::kString:
      return Node::String(std::string(string_value()));
    case Node::Kind::kList: {
      Node list = Node::MakeList();
      ForEachElement([&](size_t, JsonValue value) {
        list.list().push_back(value.ToNode());
        return true;
      });
      return list;
    }
    case Node::Kind::kMap: {
      Node map = Node::MakeMap();
      ForEachMember([&](std::string_view key, JsonValue value) {
        map.map().emplace_back(key, value.ToNode());
        return true;
      });
      return map;
    }
  }
  return Node();
}

}  // namespace chartseal
