#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "verifier/base/strings.h"
#include "verifier/chart/definition_spec_internal.h"

// The API server reads a definition into types and writes it again. What is here knows the few places where
// that is more than copying: which values its types do not write, and where a map has names of users as keys.
namespace chartseal::chart {
namespace {

// Every member of a type in CustomResourceDefinitionSpec; sorted.
constexpr std::string_view kFields[] = {
    "$ref",
    "$schema",
    "additionalItems",
    "additionalPrinterColumns",
    "additionalProperties",
    "allOf",
    "anyOf",
    "caBundle",
    "categories",
    "clientConfig",
    "conversion",
    "conversionReviewVersions",
    "default",
    "definitions",
    "dependencies",
    "deprecated",
    "deprecationWarning",
    "description",
    "enum",
    "example",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "fieldPath",
    "format",
    "group",
    "id",
    "items",
    "jsonPath",
    "kind",
    "labelSelectorPath",
    "listKind",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "message",
    "messageExpression",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "name",
    "names",
    "namespace",
    "not",
    "nullable",
    "oneOf",
    "openAPIV3Schema",
    "optionalOldSelf",
    "path",
    "pattern",
    "patternProperties",
    "plural",
    "port",
    "preserveUnknownFields",
    "priority",
    "properties",
    "reason",
    "required",
    "rule",
    "scale",
    "schema",
    "scope",
    "selectableFields",
    "served",
    "service",
    "shortNames",
    "singular",
    "specReplicasPath",
    "status",
    "statusReplicasPath",
    "storage",
    "strategy",
    "subresources",
    "title",
    "type",
    "uniqueItems",
    "url",
    "versions",
    "webhook",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
};
static_assert(std::is_sorted(std::begin(kFields), std::end(kFields)));

bool IsField(std::string_view name) {
  return std::binary_search(std::begin(kFields), std::end(kFields), name);
}

template <size_t kCount>
bool IsOneOf(std::string_view name, const std::string_view (&names)[kCount]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Maps from names of users to types.
bool HoldsNamedTypes(std::string_view name) {
  static constexpr std::string_view kNames[] = {"properties", "patternProperties", "definitions",
                                                "dependencies"};
  return IsOneOf(name, kNames);
}

// Values of users, which are kept as they are.
bool HoldsValues(std::string_view name) {
  static constexpr std::string_view kNames[] = {"default", "example", "enum"};
  return IsOneOf(name, kNames);
}

// Where false is not the same as nothing.
bool MayBeFalse(std::string_view name) { return name == "additionalProperties" || name == "additionalItems"; }

bool SaysNothing(std::string_view name, const Node& value) {
  switch (value.kind()) {
    case Node::Kind::kNull:
      return true;
    case Node::Kind::kBool:
      return !value.bool_value() && !MayBeFalse(name);
    case Node::Kind::kInteger:
      return name == "priority" && value.integer_value() == 0;
    case Node::Kind::kNumber:
      return false;
    case Node::Kind::kString:
      return value.string_value().empty();
    case Node::Kind::kList:
      return value.list().empty();
    case Node::Kind::kMap:
      return value.map().empty() && HoldsNamedTypes(name);
  }
  return false;
}

class Normaliser {
 public:
  explicit Normaliser(UnknownMembers unknown) : unknown_(unknown) {}

  // A value of a type, a list of them, or any other value.
  Node Type(const Node& value) const {
    if (value.is_list()) {
      Node list = Node::MakeList();
      for (const Node& element : value.list()) list.Append(Type(element));
      return list;
    }
    if (!value.is_map()) return value;
    // The names are distinct already, and there may be a hundred thousand of them: none is looked for.
    Node type = Node::MakeMap();
    for (const auto& [name, member] : value.map()) {
      if (unknown_ == UnknownMembers::kDrop && !IsField(name)) continue;
      if (HoldsValues(name)) {
        // A value may be false or empty; null and a list of none are left out as everywhere.
        const bool nothing = member.is_null() || (name == "enum" && SaysNothing(name, member));
        if (!nothing) type.map().emplace_back(name, member);
      } else if (!SaysNothing(name, member)) {
        type.map().emplace_back(name, Member(name, member));
      }
    }
    return type;
  }

 private:
  Node Member(std::string_view name, const Node& value) const {
    if (!value.is_map() || !HoldsNamedTypes(name)) return Type(value);
    Node types = Node::MakeMap();
    for (const auto& [key, type] : value.map()) types.map().emplace_back(key, Type(type));
    return types;
  }

  const UnknownMembers unknown_;
};

// The member when it is a map, or nullptr.
Node* MapIn(Node& of, std::string_view name) {
  for (auto& [key, value] : of.map()) {
    if (key == name) return value.is_map() ? &value : nullptr;
  }
  return nullptr;
}

void SetDefaultNames(Node& names) {
  const std::string kind(names.StringOr("kind"));
  if (names.Find("singular") == nullptr) names.Set("singular", absl::AsciiStrToLower(ToAbsl(kind)));
  if (names.Find("listKind") == nullptr && !kind.empty()) names.Set("listKind", Cat(kind, "List"));
}

void NormaliseConversion(Node& conversion) {
  Node* const webhook = MapIn(conversion, "webhook");
  Node* const client = webhook == nullptr ? nullptr : MapIn(*webhook, "clientConfig");
  if (client == nullptr) return;
  std::erase_if(client->map(), [](const auto& member) { return member.first == "caBundle"; });
  Node* const service = MapIn(*client, "service");
  constexpr int64_t kPort = 443;
  if (service != nullptr && service->Find("port") == nullptr) service->Set("port", Node::Integer(kPort));
}

}  // namespace

Node NormalDefinition(const Node& spec, UnknownMembers unknown) {
  Node normal = Normaliser(unknown).Type(spec);
  if (!normal.is_map()) return normal;
  if (Node* const names = MapIn(normal, "names")) SetDefaultNames(*names);
  if (Node* const conversion = MapIn(normal, "conversion")) {
    NormaliseConversion(*conversion);
  } else if (normal.Find("conversion") == nullptr) {
    normal.Set("conversion", Node::MakeMap().Set("strategy", "None"));
  }
  return normal;
}

}  // namespace chartseal::chart
