#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/workload/objects.h"
#include "verifier/base/strings.h"
#include "verifier/workload/chart_sources.h"

// What objects of GitOps tools name, as texts.
namespace chartseal::workload {

inline Checked<std::vector<ChartSource>> Sources(const std::string& group, const std::string& kind,
                                                 const std::string& object) {
  return ExtractChartSources({group, "v1", kind}, Json(object));
}

inline std::string OriginName(ChartSource::Origin origin) {
  constexpr const char* kNames[] = {"registry", "elsewhere", "inline", "object", "parent", "untold"};
  return kNames[static_cast<int>(origin)];
}

inline std::string VersionText(const ChartVersion& version) {
  constexpr const char* kNames[] = {"", "digest", "tag", "version", "untold"};
  constexpr const char* kRules[] = {"", "/flux", "/flux-chart", "/argo", "/argo-oci"};
  if (version.kind == ChartVersion::Kind::kNone) return "";
  std::string text = Cat(" ", kNames[static_cast<int>(version.kind)], "(", version.text, ")");
  if (version.digest.has_value()) text += Cat("=", version.digest->ToString().substr(0, 11));
  if (version.kind == ChartVersion::Kind::kVersion) text += kRules[static_cast<int>(version.rules)];
  if (!version.filter.empty()) text += Cat(" filter ", version.filter);
  if (version.IsPinned()) text += " exact";
  return text;
}

inline std::string PinText(const PinField& pin) {
  constexpr const char* kForms[] = {"digest", "reference", "member"};
  std::string text = Cat(" pin ", kForms[static_cast<int>(pin.form)], "@", pin.pointer, "[", pin.text, "]");
  for (const auto& [pointer, value] : pin.beside) text += Cat(" ", pointer, "=", value);
  return text;
}

// "spec.source: registry ghcr.io/acme/charts/app version(1.x)/argo …".
inline std::string SourceText(const ChartSource& source) {
  std::string text = Cat(source.path, ": ", OriginName(source.origin), " ", source.chart);
  EXPECT_EQ(source.repository.has_value() ? source.repository->Name() : source.chart, source.chart);
  EXPECT_EQ(source.repository.has_value(), source.origin == ChartSource::Origin::kRegistry);
  text += VersionText(source.version);
  if (!source.via.empty()) text += Cat(" via ", source.via);
  if (source.pin.has_value()) text += PinText(*source.pin);
  if (!source.target.empty()) text += Cat(" in ", source.target);
  return text;
}

inline std::vector<std::string> Texts(const Checked<std::vector<ChartSource>>& sources) {
  if (!sources.ok()) return {"REJECTED " + sources.rejection().ToString()};
  std::vector<std::string> texts;
  for (const ChartSource& source : *sources) texts.push_back(SourceText(source));
  return texts;
}

// That the object cannot be read, with words that name the field.
inline void ExpectMalformed(const std::string& group, const std::string& kind, const std::string& object,
                            const std::string& part, Reason reason = Reason::kChartSourceMalformed) {
  const auto sources = Sources(group, kind, object);
  ASSERT_FALSE(sources.ok()) << object << Texts(sources).size();
  EXPECT_EQ(sources.rejection().reason, reason) << object;
  EXPECT_NE(sources.rejection().ToString().find(part), std::string::npos)
      << object << ": " << sources.rejection().ToString();
  EXPECT_NE(sources.rejection().expected, "");
  EXPECT_NE(sources.rejection().found, "");
}

}  // namespace chartseal::workload
