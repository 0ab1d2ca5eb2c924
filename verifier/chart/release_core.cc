#include "verifier/chart/release_core.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "verifier/base/encoding.h"
#include "verifier/crypto/digest.h"

namespace chartseal::chart {
namespace {

using Member = std::pair<std::string_view, JsonValue>;

// A letter for the kind of each value, and in front of what has a length that length: no two trees are
// written the same. Recursion is as deep as the document, which limits::kMaxJsonDepth bounds.
class CoreWriter {
 public:
  void Release(JsonValue root) {
    Struct(root, [this](std::string_view name, JsonValue value) {
      if (name == "info") return;
      Text(name);
      if (name == "chart") return Chart(value);
      if (name == "hooks") return Structs(value, IsOfLastRun);
      Value(value);
    });
  }

  std::string Finish() {
    hasher_.Update(pending_);
    return HexEncode(hasher_.Finish());
  }

 private:
  static bool IsOfLastRun(std::string_view name) { return name == "last_run" || name == "delete_policies"; }
  static bool IsTimeOfFile(std::string_view name) { return name == "modtime" || name == "schemamodtime"; }

  void Chart(JsonValue chart) {
    Struct(chart, [this](std::string_view name, JsonValue value) {
      if (IsTimeOfFile(name)) return;
      Text(name);
      if (name == "templates" || name == "files") return Structs(value, IsTimeOfFile);
      Value(value);
    });
  }

  // A list of structs without the fields that `leaves_out` names.
  template <typename LeavesOut>
  void Structs(JsonValue list, LeavesOut leaves_out) {
    Put('l');
    list.ForEachElement([&](size_t, JsonValue item) {
      Struct(item, [&](std::string_view name, JsonValue value) {
        if (leaves_out(name)) return;
        Text(name);
        Value(value);
      });
      return true;
    });
    Put('.');
  }

  // `write` writes a member, name and value, or leaves it out.
  template <typename Write>
  void Struct(JsonValue map, Write write) {
    Put('m');
    for (const auto& [name, value] : Sorted(map)) {
      if (!value.is_null()) write(name, value);
    }
    Put('.');
  }

  void Value(JsonValue value) {
    switch (value.kind()) {
      case Node::Kind::kNull:
        return Put('n');
      case Node::Kind::kBool:
        return Put(value.bool_value() ? 't' : 'f');
      case Node::Kind::kInteger:
        return Number(static_cast<double>(value.integer_value()));
      case Node::Kind::kNumber:
        return Number(value.number_value());
      case Node::Kind::kString:
        return Text(value.string_value());
      case Node::Kind::kList:
        Put('l');
        value.ForEachElement([this](size_t, JsonValue item) {
          Value(item);
          return true;
        });
        return Put('.');
      case Node::Kind::kMap:
        Put('m');
        for (const auto& [name, member] : Sorted(value)) {
          Text(name);
          Value(member);
        }
        return Put('.');
    }
  }

  static std::vector<Member> Sorted(JsonValue map) {
    std::vector<Member> members;
    map.ForEachMember([&](std::string_view name, JsonValue value) {
      members.emplace_back(name, value);
      return true;
    });
    std::sort(members.begin(), members.end(),
              [](const Member& a, const Member& b) { return a.first < b.first; });
    return members;
  }

  void Text(std::string_view text) {
    Put('s');
    const auto size = static_cast<uint64_t>(text.size());
    PutBytes(&size, sizeof size);
    if (text.size() + pending_.size() > kPiece) Flush();
    text.size() > kPiece ? hasher_.Update(text) : PutBytes(text.data(), text.size());
  }

  void Number(double number) {
    Put('d');
    number += 0.0;  // -0 is 0
    PutBytes(&number, sizeof number);
  }

  void Put(char c) { pending_.push_back(c); }
  void PutBytes(const void* bytes, size_t size) { pending_.append(static_cast<const char*>(bytes), size); }
  void Flush() {
    hasher_.Update(pending_);
    pending_.clear();
  }

  static constexpr size_t kPiece = 4096;  // shorter texts are hashed together
  crypto::Hasher hasher_{crypto::HashAlgorithm::kSha256};
  std::string pending_;
};

}  // namespace

std::string CoreOfRelease(JsonValue root) {
  CoreWriter writer;
  writer.Release(root);
  return writer.Finish();
}

}  // namespace chartseal::chart
