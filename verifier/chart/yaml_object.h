#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"

namespace chartseal::chart {

// One mapping of a chart's YAML file, read into strings, booleans and lists as helm reads it into its Go
// structs (spec/helm-oci-kubernetes.md §1.1), or refused where that would surprise whoever reads the file.
// An absent field, and one without value ("home:"), is empty. Shares the document; errors name file, line and
// path ("Chart.yaml:7: dependencies[0].version: …") and are InvalidArgument with kChartMalformed, or
// kChartScalarAmbiguous for what wants quotes.
class YamlObject {
 public:
  // The whole of `yaml`, which must be one mapping. Errors also those of ParseYaml.
  static absl::StatusOr<YamlObject> Parse(std::string_view yaml, std::string_view where);

  // Refuses keys that differ from one of `names` in case only: Go would read them as that name. Other
  // unknown keys are left out, as helm does.
  absl::Status CheckNames(std::span<const std::string_view> names) const;
  bool Has(std::string_view name) const;
  // Keys, in the order of the file.
  std::vector<std::string> Names() const;

  absl::StatusOr<std::string> String(std::string_view name) const;
  // As String; a time without quotes is taken as it stands.
  absl::StatusOr<std::string> Time(std::string_view name) const;
  absl::StatusOr<bool> Bool(std::string_view name) const;
  absl::StatusOr<std::vector<std::string>> Strings(std::string_view name, size_t max_count) const;
  absl::StatusOr<std::map<std::string, std::string>> StringMap(std::string_view name) const;
  absl::StatusOr<std::vector<YamlObject>> Objects(std::string_view name, size_t max_count) const;
  // A list of strings and of mappings from strings to strings, those sorted by key.
  absl::StatusOr<std::vector<Node>> StringsAndMaps(std::string_view name, size_t max_count) const;

  absl::Status ErrorAt(std::string_view name, std::string_view what) const;

 private:
  struct Document;
  YamlObject(std::shared_ptr<const Document> document, const Node* node, std::string path)
      : document_(std::move(document)), node_(node), path_(std::move(path)) {}

  absl::Status Error(const Node& at, std::string_view path, std::string_view what) const;
  absl::Status Ambiguous(const Node& at, std::string_view path, std::string_view text) const;
  std::string PathOf(std::string_view name) const;
  absl::StatusOr<std::string> Text(const Node& node, std::string_view path) const;
  absl::StatusOr<std::map<std::string, std::string>> Texts(const Node& node, std::string_view path) const;
  absl::StatusOr<const Node::List*> ListAt(std::string_view name, size_t max_count) const;

  std::shared_ptr<const Document> document_;
  const Node* node_;
  std::string path_;
};

}  // namespace chartseal::chart
