#include "verifier/chart/metadata.h"

// The members of helm's Go structs, in their order and with their omitempty
// (spec/helm-oci-kubernetes.md §1.1).
namespace chartseal::chart {
namespace {

void SetUnlessEmpty(Node& node, std::string_view name, const std::string& text) {
  if (!text.empty()) node.Set(name, text);
}

void SetUnlessEmpty(Node& node, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  Node list = Node::MakeList();
  for (const std::string& text : texts) list.Append(Node::String(text));
  node.Set(name, std::move(list));
}

void SetUnlessEmpty(Node& node, std::string_view name, const std::vector<Node>& nodes) {
  if (nodes.empty()) return;
  Node list = Node::MakeList();
  for (const Node& item : nodes) list.Append(item);
  node.Set(name, std::move(list));
}

void SetUnlessEmpty(Node& node, std::string_view name, const std::map<std::string, std::string>& texts) {
  if (texts.empty()) return;
  Node map = Node::MakeMap();
  for (const auto& [key, text] : texts) map.Set(key, text);
  node.Set(name, std::move(map));
}

void SetIfTrue(Node& node, std::string_view name, bool value) {
  if (value) node.Set(name, Node::Bool(true));
}

std::vector<Node> ToNodes(const std::vector<Dependency>& dependencies) {
  std::vector<Node> out;
  for (const Dependency& dependency : dependencies) out.push_back(ToNode(dependency));
  return out;
}

std::vector<Node> ToNodes(const std::vector<Maintainer>& maintainers) {
  std::vector<Node> out;
  for (const Maintainer& maintainer : maintainers) {
    Node& node = out.emplace_back(Node::MakeMap());
    SetUnlessEmpty(node, "name", maintainer.name);
    SetUnlessEmpty(node, "email", maintainer.email);
    SetUnlessEmpty(node, "url", maintainer.url);
  }
  return out;
}

}  // namespace

Node ToNode(const Dependency& dependency) {
  Node node = Node::MakeMap();
  node.Set("name", dependency.name);
  SetUnlessEmpty(node, "version", dependency.version);
  node.Set("repository", dependency.repository);
  SetUnlessEmpty(node, "condition", dependency.condition);
  SetUnlessEmpty(node, "tags", dependency.tags);
  SetIfTrue(node, "enabled", dependency.enabled);
  SetUnlessEmpty(node, "import-values", dependency.import_values);
  SetUnlessEmpty(node, "alias", dependency.alias);
  return node;
}

Node ToNode(const Metadata& metadata) {
  Node node = Node::MakeMap();
  SetUnlessEmpty(node, "name", metadata.name);
  SetUnlessEmpty(node, "home", metadata.home);
  SetUnlessEmpty(node, "sources", metadata.sources);
  SetUnlessEmpty(node, "version", metadata.version);
  SetUnlessEmpty(node, "description", metadata.description);
  SetUnlessEmpty(node, "keywords", metadata.keywords);
  SetUnlessEmpty(node, "maintainers", ToNodes(metadata.maintainers));
  SetUnlessEmpty(node, "icon", metadata.icon);
  SetUnlessEmpty(node, "apiVersion", metadata.api_version);
  SetUnlessEmpty(node, "condition", metadata.condition);
  SetUnlessEmpty(node, "tags", metadata.tags);
  SetUnlessEmpty(node, "appVersion", metadata.app_version);
  SetIfTrue(node, "deprecated", metadata.deprecated);
  SetUnlessEmpty(node, "annotations", metadata.annotations);
  SetUnlessEmpty(node, "kubeVersion", metadata.kube_version);
  SetUnlessEmpty(node, "dependencies", ToNodes(metadata.dependencies));
  SetUnlessEmpty(node, "type", metadata.type);
  return node;
}

// Without dependencies Go has a nil slice, which becomes null.
Node ToNode(const Lock& lock) {
  Node node = Node::MakeMap();
  node.Set("generated", lock.generated);
  node.Set("digest", lock.digest);
  node.Set("dependencies", Node());
  SetUnlessEmpty(node, "dependencies", ToNodes(lock.dependencies));
  return node;
}

}  // namespace chartseal::chart
