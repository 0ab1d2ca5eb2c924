// k3s, Cluster API, Crossplane and Fleet, and what holds for all kinds.

#include "verifier/workload/chart_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workload/chart_sources.h"
#include "verifier/base/limits.h"

namespace chartseal::workload {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kHex(64, 'c');

// -- All kinds.

TEST(ChartSources, OtherKindsNameNoCharts) {
  EXPECT_TRUE(NamesCharts({"argoproj.io", "v1alpha1", "Application"}));
  EXPECT_TRUE(NamesCharts({"helm.toolkit.fluxcd.io", "v2beta2", "HelmRelease"}));
  EXPECT_FALSE(NamesCharts({"argoproj.io", "v1alpha1", "Rollout"}));
  EXPECT_FALSE(NamesCharts({"", "v1", "HelmChart"}));
  EXPECT_EQ(ChartKinds().size(), 16u);
  for (const GroupVersionKind& kind : ChartKinds()) EXPECT_TRUE(NamesCharts({kind.group, "v1", kind.kind}));
  ExpectMalformed("argoproj.io", "Rollout", "{}", "argoproj.io/v1 Rollout", Reason::kKindNotCovered);
  ExpectMalformed("helm.toolkit.fluxcd.io", "Application", "{}", "does not name charts",
                  Reason::kKindNotCovered);
}

TEST(ChartSources, OnlyAWholeVersionOrADigestIsAPin) {
  const auto pinned = [](ChartVersion::Kind kind, const std::string& text) {
    ChartVersion version;
    version.kind = kind;
    version.text = text;
    return version.IsPinned();
  };
  for (const auto kind : {ChartVersion::Kind::kTag, ChartVersion::Kind::kVersion}) {
    EXPECT_TRUE(pinned(kind, "1.2.3"));
    EXPECT_TRUE(pinned(kind, "v1.2.3"));
    EXPECT_TRUE(pinned(kind, "1.2.3-rc.1+b.5"));
    EXPECT_TRUE(pinned(kind, "1.2.3_b.5"));
    for (const char* text :
         {"", "latest", "1", "1.2", "1.x", ">=1.2.3", "=1.2.3", "vv1.2.3", "1.2.3 || 2", "01.2.3"}) {
      EXPECT_FALSE(pinned(kind, text)) << text;
    }
  }
  EXPECT_TRUE(pinned(ChartVersion::Kind::kDigest, ""));
  EXPECT_FALSE(pinned(ChartVersion::Kind::kUntold, "1.2.3"));
  EXPECT_FALSE(pinned(ChartVersion::Kind::kNone, "1.2.3"));
}

// -- k3s.

std::vector<std::string> K3s(const std::string& spec) {
  return Texts(Sources("helm.cattle.io", "HelmChart", R"({"spec":{)" + spec + "}}"));
}

TEST(K3sChartSources, AChartHasThreeSpellings) {
  EXPECT_THAT(K3s(R"("chart":"oci://ghcr.io/acme/charts/app","version":"1.2.3")"),
              ElementsAre("spec.chart: registry ghcr.io/acme/charts/app version(1.2.3) exact"));
  EXPECT_THAT(K3s(R"("chart":"oci://ghcr.io/acme/charts/app")"),
              ElementsAre("spec.chart: registry ghcr.io/acme/charts/app version()"));
  EXPECT_THAT(K3s(R"("chart":"https://acme.dev/app-1.2.3.tgz")"),
              ElementsAre("spec.chart: elsewhere https://acme.dev/app-1.2.3.tgz"));
  EXPECT_THAT(K3s(R"("chart":"app","repo":"https://charts.acme.dev","version":"1.2.3")"),
              ElementsAre("spec.chart: elsewhere https://charts.acme.dev/app"));
  EXPECT_THAT(K3s(R"("chart":"stable/app")"), ElementsAre("spec.chart: elsewhere stable/app"));
  EXPECT_THAT(K3s(R"("chart":"app","repo":"oci://ghcr.io/acme/charts")"),
              ElementsAre("spec.chart: registry ghcr.io/acme/charts/app version()"));
}

TEST(K3sChartSources, ATagBesideADigestHasToAgree) {
  EXPECT_THAT(K3s(R"("chart":"oci://ghcr.io/acme/app@sha256:)" + kHex + "\""),
              ElementsAre("spec.chart: registry ghcr.io/acme/app digest()=sha256:cccc exact"));
  EXPECT_THAT(K3s(R"("chart":"oci://ghcr.io/acme/app:1.0.0@sha256:)" + kHex + "\""),
              ElementsAre("spec.chart: registry ghcr.io/acme/app digest(1.0.0)=sha256:cccc exact"));
  EXPECT_THAT(K3s(R"("version":"1.0.0+b","chart":"oci://ghcr.io/acme/app@sha256:)" + kHex + "\""),
              ElementsAre("spec.chart: registry ghcr.io/acme/app digest(1.0.0_b)=sha256:cccc exact"));
  EXPECT_THAT(K3s(R"("chart":"oci://ghcr.io/acme/app:1.0.0","version":"1.0.0")"),
              ElementsAre("spec.chart: registry ghcr.io/acme/app tag(1.0.0) exact"));
}

TEST(K3sChartSources, ContentInTheObjectWins) {
  const auto sources = Sources("helm.cattle.io", "HelmChart",
                               R"({"spec":{"chartContent":"H4sI","chart":"oci://ghcr.io/acme/app"}})");
  EXPECT_THAT(Texts(sources), ElementsAre("spec.chartContent: inline a chart in the object"));
  EXPECT_EQ(sources.value()[0].archive, "H4sI");
}

TEST(K3sChartSources, ConfigurationOfAChartNamesNone) {
  EXPECT_THAT(Texts(Sources("helm.cattle.io", "HelmChartConfig", R"({"spec":{"valuesContent":"a: b"}})")),
              IsEmpty());
}

TEST(K3sChartSources, WhatCannotBeReadIsRefused) {
  const auto expect = [](const std::string& spec, const std::string& part, Reason reason) {
    ExpectMalformed("helm.cattle.io", "HelmChart", R"({"spec":{)" + spec + "}}", part, reason);
  };
  constexpr Reason kMalformed = Reason::kChartSourceMalformed;
  expect("", "spec.chart cannot be read", kMalformed);
  expect(R"("chart":1)", "spec.chart cannot be read", kMalformed);
  expect(R"("chart":"app","repo":[])", "spec.repo cannot be read", kMalformed);
  expect(R"("chart":"app","version":1.2)", "spec.version cannot be read", kMalformed);
  expect(R"("chartContent":{})", "spec.chartContent cannot be read", kMalformed);
  expect(R"("chart":"oci://ghcr.io")", "spec.chart cannot be read", kMalformed);
  expect(R"("chart":"oci://ghcr.io/a/b:1.0.0","version":"2.0.0")", "expected one version", kMalformed);
  expect(R"("version":">=1.0.0","chart":"oci://ghcr.io/a/b@sha256:)" + kHex + "\"", "beside a digest",
         kMalformed);
  expect(R"("chart":"oci://ghcr.io/a/b@sha256:12")", "spec.chart cannot be read", kMalformed);
  expect(R"("chartContent":")" + std::string(limits::kMaxInlineChartBytes * 3 / 2, 'A') + "\"",
         "spec.chartContent is too large", Reason::kLimitExceeded);
}

// -- Cluster API.

constexpr char kAddons[] = "addons.cluster.x-k8s.io";

TEST(ClusterApiChartSources, AreInstalledElsewhere) {
  EXPECT_THAT(
      Texts(
          Sources(kAddons, "HelmChartProxy",
                  R"({"spec":{"repoURL":"oci://ghcr.io/acme/charts","chartName":"app","version":"1.2.3"}})")),
      ElementsAre(
          "spec.repoURL: registry ghcr.io/acme/charts/app version(1.2.3) exact in the workload clusters "
          "that are selected"));
  EXPECT_THAT(
      Texts(Sources(
          kAddons, "HelmReleaseProxy",
          R"({"spec":{"repoURL":"oci://ghcr.io/acme/charts/","chartName":"app","clusterRef":{"name":"edge"}}})")),
      ElementsAre("spec.repoURL: registry ghcr.io/acme/charts/app version() in the workload cluster edge"));
  EXPECT_THAT(
      Texts(Sources(kAddons, "HelmChartProxy",
                    R"({"spec":{"repoURL":"https://charts.acme.dev","chartName":"app"}})")),
      ElementsAre(
          "spec.repoURL: elsewhere https://charts.acme.dev/app in the workload clusters that are selected"));
}

TEST(ClusterApiChartSources, WhatCannotBeReadIsRefused) {
  for (const char* kind : {"HelmChartProxy", "HelmReleaseProxy"}) {
    ExpectMalformed(kAddons, kind, "{}", "spec.repoURL cannot be read");
    ExpectMalformed(kAddons, kind, R"({"spec":{"repoURL":"oci://ghcr.io/a"}})",
                    "spec.chartName cannot be read");
    ExpectMalformed(kAddons, kind, R"({"spec":{"repoURL":1,"chartName":"a"}})",
                    "spec.repoURL cannot be read");
    ExpectMalformed(kAddons, kind, R"({"spec":{"repoURL":"oci://ghcr.io/a","chartName":"a:1"}})",
                    "without tag and digest");
    ExpectMalformed(kAddons, kind, R"({"spec":{"repoURL":"oci://ghcr.io/a","chartName":"a","version":[]}})",
                    "spec.version");
    ExpectMalformed(kAddons, kind, R"({"spec":{"clusterRef":"x"}})", "spec.clusterRef cannot be read");
  }
}

// -- Crossplane.

std::string Release(const std::string& chart) {
  return R"({"spec":{"forProvider":{"chart":{)" + chart + "}}}}";
}

TEST(CrossplaneChartSources, ADigestHasAFieldOrGoesBehindTheUrl) {
  const std::string in = " in the cluster of ProviderConfig default";
  for (const char* group : {"helm.crossplane.io", "helm.m.crossplane.io"}) {
    EXPECT_THAT(
        Texts(Sources(group, "Release",
                      Release(R"("repository":"oci://ghcr.io/acme/charts","name":"app","version":"1.x")"))),
        ElementsAre("spec.forProvider.chart.repository: registry ghcr.io/acme/charts/app version(1.x) "
                    "pin digest@/spec/forProvider/chart/digest[] "
                    "/spec/forProvider/chart/repository=oci://ghcr.io/acme/charts "
                    "/spec/forProvider/chart/name=app /spec/forProvider/chart/version=1.x" +
                    in));
    EXPECT_THAT(
        Texts(Sources(group, "Release", Release(R"("name":"ignored","url":"oci://ghcr.io/acme/app:1.0.0")"))),
        ElementsAre("spec.forProvider.chart.url: registry ghcr.io/acme/app tag(1.0.0) exact "
                    "pin reference@/spec/forProvider/chart/url[oci://ghcr.io/acme/app:1.0.0]" +
                    in));
  }
}

TEST(CrossplaneChartSources, ADigestThatIsThereIsTaken) {
  const std::string in = " in the cluster of ProviderConfig default";
  EXPECT_THAT(
      Texts(Sources(
          "helm.crossplane.io", "Release",
          Release(R"("repository":"oci://ghcr.io/acme","name":"app","version":"1.0.0","digest":"sha256:)" +
                  kHex + "\""))),
      ElementsAre(
          "spec.forProvider.chart.repository: registry ghcr.io/acme/app digest(1.0.0)=sha256:cccc exact" +
          in));
  EXPECT_THAT(
      Texts(Sources("helm.crossplane.io", "Release",
                    Release(R"("url":"oci://ghcr.io/acme/app@sha256:)" + kHex + "\""))),
      ElementsAre("spec.forProvider.chart.url: registry ghcr.io/acme/app digest()=sha256:cccc exact" + in));
  EXPECT_THAT(Texts(Sources("helm.crossplane.io", "Release", Release(R"("url":"https://acme.dev/app.tgz")"))),
              ElementsAre("spec.forProvider.chart.url: elsewhere https://acme.dev/app.tgz" + in));
  EXPECT_THAT(
      Texts(Sources("helm.crossplane.io", "Release",
                    R"({"spec":{"providerConfigRef":{"name":"edge"},"forProvider":{"chart":
                               {"repository":"https://charts.acme.dev","name":"app"}}}})")),
      ElementsAre(
          "spec.forProvider.chart.repository: elsewhere https://charts.acme.dev/app in the cluster of "
          "ProviderConfig edge"));
}

TEST(CrossplaneChartSources, WhatCannotBeReadIsRefused) {
  const auto expect = [](const std::string& chart, const std::string& part) {
    ExpectMalformed("helm.crossplane.io", "Release", Release(chart), part);
  };
  expect("", "spec.forProvider.chart.repository cannot be read");
  expect(R"("repository":"oci://ghcr.io/a")", "spec.forProvider.chart.name cannot be read");
  expect(R"("repository":1)", "spec.forProvider.chart.repository cannot be read");
  expect(R"("url":[])", "spec.forProvider.chart.url cannot be read");
  expect(R"("url":"oci://ghcr.io")", "spec.forProvider.chart.url cannot be read");
  expect(R"("repository":"oci://ghcr.io/a","name":"b","digest":"12")", "chart.repository cannot be read");
  expect(R"("repository":"oci://ghcr.io/a","name":"b:1.0.0","digest":"sha256:)" + kHex + "\"",
         "without tag and digest");
  expect(R"("repository":"oci://ghcr.io/a","name":"b@sha256:)" + kHex + "\"", "without tag and digest");
  ExpectMalformed("helm.crossplane.io", "Release", R"({"spec":{"forProvider":1}})",
                  "spec.forProvider cannot be read");
  ExpectMalformed("helm.crossplane.io", "Release", R"({"spec":{"providerConfigRef":1}})",
                  "spec.providerConfigRef");
}

// -- Fleet.

constexpr char kFleet[] = "fleet.cattle.io";
const std::string kIn = " in the clusters that Fleet selects";

TEST(FleetChartSources, AnOperationAndItsTargets) {
  EXPECT_THAT(
      Texts(Sources(kFleet, "HelmOp", R"({"spec":{"helm":{"repo":"oci://ghcr.io/acme/app","version":"1.2.3"},
      "targets":[{"name":"a"},{"helm":{"values":{}}},{"helm":{"version":"2.x"}}]}})")),
      ElementsAre("spec.helm.repo: registry ghcr.io/acme/app version(1.2.3) exact" + kIn,
                  "spec.targets[2].helm.repo: registry ghcr.io/acme/app version(2.x)" + kIn));
  EXPECT_THAT(Texts(Sources(kFleet, "HelmOp", R"({"spec":{"helm":{"chart":"oci://ghcr.io/acme/app"}}})")),
              ElementsAre("spec.helm.chart: registry ghcr.io/acme/app version()" + kIn));
  EXPECT_THAT(Texts(Sources(kFleet, "HelmOp",
                            R"({"spec":{"helm":{"repo":"https://charts.acme.dev","chart":"app"}}})")),
              ElementsAre("spec.helm.repo: elsewhere https://charts.acme.dev/app" + kIn));
  EXPECT_THAT(Texts(Sources(kFleet, "HelmOp", R"({"spec":{"helm":{"chart":"https://acme.dev/app.tgz"}}})")),
              ElementsAre("spec.helm.chart: elsewhere https://acme.dev/app.tgz" + kIn));
}

TEST(FleetChartSources, BundlesMayHoldTheirCharts) {
  EXPECT_THAT(
      Texts(Sources(kFleet, "Bundle",
                    R"({"spec":{"helm":{"chart":"./chart"},"resources":[{"name":"Chart.yaml"}],
      "targets":[{"helm":{"chart":"oci://ghcr.io/acme/app","version":"1.0.0"}}]}})")),
      ElementsAre("spec.helm.chart: untold ./chart untold()" + kIn,
                  "spec.targets[0].helm.chart: registry ghcr.io/acme/app version(1.0.0) exact" + kIn));
  EXPECT_THAT(Texts(Sources(kFleet, "Bundle",
                            R"({"spec":{"resources":[{"name":"cm.yaml"}],"helm":{"releaseName":"a"}}})")),
              IsEmpty());
  EXPECT_THAT(
      Texts(Sources(kFleet, "GitRepo", R"({"spec":{"repo":"https://git.test/a","paths":["charts"]}})")),
      IsEmpty());
  EXPECT_THAT(Texts(Sources(kFleet, "BundleDeployment",
                            R"({"spec":{"options":{"helm":{"chart":"oci://ghcr.io/acme/app"}},
      "stagedOptions":{"helm":{"repo":"oci://ghcr.io/acme/next"}}}})")),
              ElementsAre("spec.options.helm.chart: registry ghcr.io/acme/app version()" + kIn,
                          "spec.stagedOptions.helm.repo: registry ghcr.io/acme/next version()" + kIn));
}

TEST(FleetChartSources, WhatCannotBeReadIsRefused) {
  const auto expect = [](const std::string& kind, const std::string& object, const std::string& part) {
    ExpectMalformed(kFleet, kind, object, part);
  };
  expect("HelmOp", R"({"spec":{"helm":1}})", "spec.helm cannot be read");
  expect("HelmOp", R"({"spec":{"helm":{"chart":1}}})", "spec.helm.chart cannot be read");
  expect("HelmOp", R"({"spec":{"helm":{"repo":"oci://ghcr.io/a/b","chart":"c"}}})",
         "spec.helm.repo cannot be read");
  expect("HelmOp", R"({"spec":{"helm":{"repo":"oci://ghcr.io/a/b","version":1}}})",
         "spec.helm.version cannot be read");
  expect("Bundle", R"({"spec":{"targets":{}}})", "spec.targets cannot be read");
  expect("Bundle", R"({"spec":{"targets":[1]}})", "spec.targets[0] cannot be read");
  expect("Bundle", R"({"spec":{"targets":[{"helm":1}]}})", "spec.targets[0].helm cannot be read");
  expect("Bundle", R"({"spec":{"targets":[{"helm":{"chart":1}}]}})",
         "spec.targets[0].helm.chart cannot be read");
  expect("BundleDeployment", R"({"spec":{"options":1}})", "spec.options cannot be read");
  expect("BundleDeployment", R"({"spec":{"stagedOptions":1}})", "spec.stagedOptions cannot be read");
}

}  // namespace
}  // namespace chartseal::workload
