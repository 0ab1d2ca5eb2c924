#include "verifier/policy/fingerprint.h"

#include <algorithm>
#include <vector>

#include "verifier/base/encoding.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/digest.h"

namespace chartseal::policy {
namespace {

void Render(const Node& node, std::string& out);

// Type, length, bytes: nothing in a text can look like the end of it.
void RenderText(char type, std::string_view text, std::string& out) {
  out += Cat(std::string_view(&type, 1), text.size(), ":", text);
}

void RenderMap(const Node::Map& map, std::string& out) {
  std::vector<const std::pair<std::string, Node>*> members;
  for (const auto& member : map) {
    if (!member.second.is_null()) members.push_back(&member);  // ObjectReader takes null for absent
  }
  std::sort(members.begin(), members.end(),
            [](const auto* left, const auto* right) { return left->first < right->first; });
  out += Cat("m", members.size(), ":");
  for (const auto* member : members) {
    RenderText('s', member->first, out);
    Render(member->second, out);
  }
}

void RenderList(const Node::List& list, std::string& out) {
  out += Cat("l", list.size(), ":");
  for (const Node& item : list) Render(item, out);
}

void Render(const Node& node, std::string& out) {
  switch (node.kind()) {
    case Node::Kind::kNull:
      out += 'n';
      return;
    case Node::Kind::kBool:
      out += node.bool_value() ? 't' : 'f';
      return;
    case Node::Kind::kInteger:
      RenderText('i', Cat(node.integer_value()), out);
      return;
    case Node::Kind::kNumber:
      RenderText('d', Cat(node.number_value()), out);
      return;
    case Node::Kind::kString:
      RenderText('s', node.string_value(), out);
      return;
    case Node::Kind::kList:
      RenderList(node.list(), out);
      return;
    case Node::Kind::kMap:
      RenderMap(node.map(), out);
      return;
  }
}

}  // namespace

std::string Fingerprint(std::string_view domain, const Node& content) {
  std::string rendering;
  RenderText('s', domain, rendering);
  Render(content, rendering);
  return HexEncode(crypto::Sha256(rendering));
}

}  // namespace chartseal::policy
