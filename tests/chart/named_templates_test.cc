#include "verifier/chart/named_templates.h"

#include <gtest/gtest.h>

namespace chartseal::chart {
namespace {

bool Foreign(const std::string& text) { return TakeForeignTemplates({{"templates/a.yaml", text}}); }
bool ForeignByName(const std::string& text) { return NameForeignTemplates({{"templates/a.yaml", text}}); }

TEST(NamedTemplates, OwnOnesAreNotForeign) {
  EXPECT_FALSE(Foreign(""));
  EXPECT_FALSE(Foreign("kind: Pod\n"));
  EXPECT_FALSE(Foreign("{{ define \"x\" }}a{{ end }}{{ include \"x\" . }}"));
  EXPECT_FALSE(Foreign("{{- template \"x\" . -}}{{- define `x` -}}{{- end -}}"));
  EXPECT_FALSE(Foreign("{{ block \"x\" . }}{{ end }}"));
  EXPECT_FALSE(TakeForeignTemplates({{"templates/a.yaml", "{{ include \"x\" . | indent 4 }}"},
                                     {"templates/_h.tpl", "{{- define \"x\" -}}\n{{- end }}"}}));
}

TEST(NamedTemplates, OthersAre) {
  EXPECT_TRUE(Foreign("{{ include \"x\" . }}"));
  EXPECT_TRUE(Foreign("{{ template \"x\" }}"));
  EXPECT_TRUE(Foreign("{{ define \"x\" }}{{ end }}{{ include \"y\" . }}"));
  EXPECT_TRUE(Foreign("{{- $a := (include \"x\" .) -}}"));
  EXPECT_TRUE(Foreign("{{ if eq (include\n\"x\" .) \"1\" }}{{ end }}"));
  EXPECT_TRUE(Foreign("{{ \"}}\" | include \"x\" }}"));
  EXPECT_TRUE(Foreign("{{/* comment }} */}}{{ include \"x\" . }}"));
  EXPECT_TRUE(Foreign("{{ '}' }}{{ include \"x\" . }}"));
  EXPECT_TRUE(Foreign("{{ `\\` }}{{ include \"x\" . }}"));
}

TEST(NamedTemplates, NamesAndTextsThatAreMadeMayBe) {
  EXPECT_TRUE(Foreign("{{ include (printf \"%s.x\" .Chart.Name) . }}"));
  EXPECT_TRUE(Foreign("{{ include $x . }}"));
  EXPECT_TRUE(Foreign("{{ tpl .Values.x . }}"));
  // The usual checksum of another file of the same chart.
  EXPECT_FALSE(Foreign("{{ include (print $.Template.BasePath \"/cm.yaml\") . | sha256sum }}"));
  EXPECT_FALSE(Foreign("{{ include (print .Template.BasePath \"/cm.yaml\") . | sha256sum }}"));
}

TEST(NamedTemplates, OnesThatStandThereByNameAreToldApart) {
  EXPECT_TRUE(ForeignByName("{{ include \"x\" . }}"));
  EXPECT_TRUE(ForeignByName("{{ tpl .Values.x . }}{{ template `x` }}"));
  EXPECT_TRUE(ForeignByName("{{ define \"x\" }}{{ end }}{{ include \"y\" . }}"));
  EXPECT_FALSE(ForeignByName("{{ define \"x\" }}{{ end }}{{ include \"x\" . }}"));
  EXPECT_FALSE(ForeignByName("{{ include (printf \"%s.x\" .Chart.Name) . }}"));
  EXPECT_FALSE(ForeignByName("{{ include $x . }}{{ tpl .Values.x . }}{{ tpl \"x\" . }}"));
}

TEST(NamedTemplates, WordsElsewhereSayNothing) {
  EXPECT_FALSE(Foreign("include \"x\" template \"y\""));
  EXPECT_FALSE(Foreign("{{ .Values.include }} {{ $.tpl }} {{ $include := 1 }}"));
  EXPECT_FALSE(Foreign("{{ \"include \\\"x\\\" .\" }}"));
  EXPECT_FALSE(Foreign("{{/* include \"x\" . */}}"));
  EXPECT_FALSE(Foreign("{{- /* include \"x\" . */ -}}"));
  EXPECT_FALSE(Foreign("}} include \"x\" {{"));
  EXPECT_FALSE(TakesNamedTemplates("{{ included }}"));
  EXPECT_TRUE(TakesNamedTemplates("{{ include \"x\" . }}"));
}

TEST(NamedTemplates, TextThatEndsEarlyIsReadToItsEnd) {
  for (const std::string text : {"{{", "{{ include", "{{ include \"", "{{ include \"x", "{{ include \"x\\",
                                 "{{/*", "{{ \"", "{{ `", "{{ .", "{{ $"}) {
    TakesNamedTemplates(text);
    Foreign(text);
    ForeignByName(text);
  }
}

}  // namespace
}  // namespace chartseal::chart
