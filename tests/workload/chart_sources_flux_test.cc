#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workload/chart_sources.h"
#include "verifier/base/limits.h"

namespace chartseal::workload {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kSource[] = "source.toolkit.fluxcd.io";
constexpr char kHelm[] = "helm.toolkit.fluxcd.io";
const std::string kHex(64, 'a');

std::string Repository(const std::string& rest) {
  return R"({"spec":{"url":"oci://ghcr.io/acme/charts/app")" + rest + "}}";
}

TEST(FluxChartSources, AnOciRepositoryByTagCanBePinnedBesideIt) {
  EXPECT_THAT(
      Texts(Sources(kSource, "OCIRepository", Repository(R"(,"ref":{"tag":"1.2.3"})"))),
      ElementsAre("spec.url: registry ghcr.io/acme/charts/app tag(1.2.3) exact pin digest@/spec/ref/digest[] "
                  "/spec/url=oci://ghcr.io/acme/charts/app /spec/ref/tag=1.2.3"));
  EXPECT_THAT(
      Texts(Sources(kSource, "OCIRepository", Repository(R"(,"ref":{"tag":"stable"})"))),
      ElementsAre("spec.url: registry ghcr.io/acme/charts/app tag(stable) pin digest@/spec/ref/digest[] "
                  "/spec/url=oci://ghcr.io/acme/charts/app /spec/ref/tag=stable"));
}

TEST(FluxChartSources, WithoutARefItIsLatest) {
  const std::string expected =
      "spec.url: registry ghcr.io/acme/charts/app tag(latest) pin member@/spec/ref[] "
      "/spec/url=oci://ghcr.io/acme/charts/app";
  EXPECT_THAT(Texts(Sources(kSource, "OCIRepository", Repository(""))), ElementsAre(expected));
  EXPECT_THAT(Texts(Sources(kSource, "OCIRepository", Repository(R"(,"ref":null)"))), ElementsAre(expected));
}

TEST(FluxChartSources, ADigestWinsOverARangeAndARangeOverATag) {
  EXPECT_THAT(
      Texts(Sources(kSource, "OCIRepository",
                    Repository(R"(,"ref":{"tag":"1.0.0","semver":">=1","digest":"sha256:)" + kHex + "\"}"))),
      ElementsAre("spec.url: registry ghcr.io/acme/charts/app digest()=sha256:aaaa exact"));
  EXPECT_THAT(
      Texts(Sources(kSource, "OCIRepository", Repository(R"(,"ref":{"tag":"1.0.0","semver":">=1"})"))),
      ElementsAre(
          "spec.url: registry ghcr.io/acme/charts/app version(>=1)/flux pin digest@/spec/ref/digest[] "
          "/spec/url=oci://ghcr.io/acme/charts/app /spec/ref/semver=>=1 /spec/ref/tag=1.0.0"));
}

TEST(FluxChartSources, TheLayerSaysHowTagsAreReadAndWhetherItIsAChart) {
  const std::string range = R"(,"ref":{"semver":"1.x","semverFilter":"^1.*-prod$"})";
  EXPECT_THAT(
      Texts(Sources(kSource, "OCIRepository", Repository(range + R"(,"layerSelector":{"operation":"copy",
          "mediaType":"application/vnd.cncf.helm.chart.content.v1.tar+gzip"})"))),
      ElementsAre(
          "spec.url: registry ghcr.io/acme/charts/app version(1.x)/flux-chart filter ^1.*-prod$ "
          "pin digest@/spec/ref/digest[] /spec/url=oci://ghcr.io/acme/charts/app /spec/ref/semver=1.x "
          "/spec/ref/semverFilter=^1.*-prod$"));
  EXPECT_THAT(
      Texts(
          Sources(kSource, "OCIRepository", Repository(range + R"(,"layerSelector":{"operation":"copy"})"))),
      ElementsAre(
          "spec.url: registry ghcr.io/acme/charts/app version(1.x)/flux filter ^1.*-prod$ "
          "pin digest@/spec/ref/digest[] /spec/url=oci://ghcr.io/acme/charts/app /spec/ref/semver=1.x "
          "/spec/ref/semverFilter=^1.*-prod$"));
}

TEST(FluxChartSources, WhatAReleaseTakesFromALayerOfAnotherTypeCannotBeTold) {
  for (const char* const type :
       {"application/vnd.cncf.flux.content.v1.tar+gzip", "application/vnd.cncf.helm.chart.provenance.v1.prov",
        "application/vnd.cncf.helm.chart.content.v1.tar"}) {
    const auto sources =
        Sources(kSource, "OCIRepository", Repository(Cat(R"(,"layerSelector":{"mediaType":")", type, "\"}")));
    ASSERT_THAT(Texts(sources),
                ElementsAre("spec.layerSelector: untold oci://ghcr.io/acme/charts/app untold()"));
    EXPECT_THAT(sources->front().why, HasSubstr("when a HelmRelease says so"));
    EXPECT_FALSE(sources->front().version.IsPinned());
  }
}

TEST(FluxChartSources, TheHostOfARepositoryHasOneSpelling) {
  EXPECT_THAT(Texts(Sources(kSource, "OCIRepository", R"({"spec":{"url":"oci://GHCR.io/acme/app"}})")),
              ElementsAre("spec.url: registry ghcr.io/acme/app tag(latest) pin member@/spec/ref[] "
                          "/spec/url=oci://GHCR.io/acme/app"));
}

TEST(FluxChartSources, AnOciRepositoryThatCannotBeReadIsRefused) {
  const auto expect = [](const std::string& object, const std::string& part) {
    ExpectMalformed(kSource, "OCIRepository", object, part);
  };
  expect("{}", "spec.url cannot be read");
  expect(R"({"spec":7})", "spec cannot be read; expected an object; found an integer");
  expect(R"({"spec":{}})", "spec.url cannot be read");
  expect(R"({"spec":{"url":7}})", "spec.url cannot be read; expected a string; found an integer");
  expect(R"({"spec":{"url":"https://ghcr.io/acme/app"}})", "spec.url cannot be read");
  expect(R"({"spec":{"url":"ghcr.io/acme/app"}})", "spec.url cannot be read");
  expect(R"({"spec":{"url":"oci://ghcr.io"}})", "spec.url cannot be read");
  expect(R"({"spec":{"url":"oci://ghcr.io/acme/app:1.0.0"}})", "without tag and digest");
  expect(R"({"spec":{"url":"oci://ghcr.io/acme/app@sha256:)" + kHex + "\"}}", "without tag and digest");
  expect(R"({"spec":{"url":"oci://ghcr.io/Acme/app"}})", "spec.url cannot be read");
  expect(Repository(R"(,"ref":"1.0.0")"), "spec.ref cannot be read; expected an object");
  expect(Repository(R"(,"ref":{"tag":1})"), "spec.ref.tag cannot be read; expected a string");
  expect(Repository(R"(,"ref":{"tag":"a b"})"), "spec.ref.tag cannot be read; expected a tag");
  expect(Repository(R"(,"ref":{"semver":true})"), "spec.ref.semver cannot be read");
  expect(Repository(R"(,"ref":{"semverFilter":[]})"), "spec.ref.semverFilter cannot be read");
  expect(Repository(R"(,"ref":{"digest":"sha256:abc"})"), "spec.ref.digest cannot be read");
  expect(Repository(R"(,"ref":{"digest":"latest"})"), "spec.ref.digest cannot be read");
  expect(Repository(R"(,"layerSelector":[])"), "spec.layerSelector cannot be read");
  expect(Repository(R"(,"layerSelector":{"mediaType":{}})"), "spec.layerSelector.mediaType cannot be read");
  expect(R"({"spec":{"url":")" + std::string(limits::kMaxReferenceBytes + 1, 'a') + "\"}}",
         "at most 1024 bytes");
}

TEST(FluxChartSources, AHelmRepositoryIsAParentOrElsewhere) {
  EXPECT_THAT(Texts(Sources(kSource, "HelmRepository",
                            R"({"spec":{"type":"oci","url":"oci://ghcr.io/acme/charts"}})")),
              ElementsAre("spec.url: parent ghcr.io/acme/charts"));
  EXPECT_THAT(Texts(Sources(kSource, "HelmRepository", R"({"spec":{"url":"https://charts.acme.dev"}})")),
              ElementsAre("spec.url: elsewhere https://charts.acme.dev"));
  EXPECT_THAT(Texts(Sources(kSource, "HelmRepository", R"({"spec":{"url":"oci://GHCR.io/acme/charts/"}})")),
              ElementsAre("spec.url: parent ghcr.io/acme/charts"));
  EXPECT_THAT(
      Texts(Sources(kSource, "HelmRepository", R"({"spec":{"url":"oci://registry-1.docker.io/acme"}})")),
      ElementsAre("spec.url: parent index.docker.io/acme"));
  ExpectMalformed(kSource, "HelmRepository", R"({"spec":{"url":"oci://ghcr.io/Acme"}})",
                  "spec.url cannot be read");
  ExpectMalformed(kSource, "HelmRepository", R"({"spec":{}})", "spec.url cannot be read");
  ExpectMalformed(kSource, "HelmRepository", R"({"spec":{"url":[]}})", "spec.url cannot be read");
}

TEST(FluxChartSources, AHelmChartIsWhereItsSourceIs) {
  EXPECT_THAT(Texts(Sources(kSource, "HelmChart", R"({"metadata":{"namespace":"apps"},
      "spec":{"chart":"app","version":"1.2.3","sourceRef":{"kind":"HelmRepository","name":"acme"}}})")),
              ElementsAre("spec: object app version(1.2.3) exact via HelmRepository apps/acme"));
  EXPECT_THAT(Texts(Sources(kSource, "HelmChart", R"({"metadata":{"namespace":"apps"},
      "spec":{"chart":"./charts/app","sourceRef":{"kind":"GitRepository","name":"acme"}}})")),
              ElementsAre("spec: object ./charts/app via GitRepository apps/acme"));
}

TEST(FluxChartSources, AHelmReleaseIsWhereItsSourceIs) {
  EXPECT_THAT(
      Texts(Sources(kHelm, "HelmRelease", R"({"metadata":{"namespace":"apps"},"spec":{"chart":{"spec":
      {"chart":"app","version":">=1.0.0","sourceRef":{"kind":"HelmRepository","name":"acme","namespace":"flux-system"}}}}})")),
      ElementsAre("spec.chart.spec: object app version(>=1.0.0) via HelmRepository flux-system/acme"));
  EXPECT_THAT(Texts(Sources(kHelm, "HelmRelease", R"({"metadata":{"namespace":"apps"},
      "spec":{"chartRef":{"kind":"OCIRepository","name":"app"}}})")),
              ElementsAre("spec.chartRef: object  via OCIRepository apps/app"));
  EXPECT_THAT(Texts(Sources(kHelm, "HelmRelease", R"({"spec":{"chartRef":{"kind":"HelmChart","name":"app"},
      "kubeConfig":{"secretRef":{"name":"remote"}}}})")),
              ElementsAre("spec.chartRef: object  via HelmChart app in the cluster of spec.kubeConfig"));
}

TEST(FluxChartSources, ReferencesThatCannotBeReadAreRefused) {
  ExpectMalformed(kSource, "HelmChart", R"({"spec":{"chart":"app"}})", "spec.sourceRef cannot be read");
  ExpectMalformed(kSource, "HelmChart", R"({"spec":{"sourceRef":{"kind":"HelmRepository","name":"a"}}})",
                  "spec.chart cannot be read");
  ExpectMalformed(kSource, "HelmChart", R"({"spec":{"chart":"app","version":1.2}})",
                  "spec.version cannot be read");
  ExpectMalformed(kSource, "HelmChart", R"({"spec":{"chart":"app","sourceRef":{"name":"a"}}})",
                  "spec.sourceRef");
  ExpectMalformed(kHelm, "HelmRelease", R"({"spec":{"chart":"app"}})", "spec.chart cannot be read");
  ExpectMalformed(kHelm, "HelmRelease", R"({"spec":{"chart":{}}})", "spec.chart.spec.chart cannot be read");
  ExpectMalformed(kHelm, "HelmRelease", R"({"spec":{"chartRef":{"kind":"HelmChart"}}})",
                  "spec.chartRef cannot be read");
  ExpectMalformed(kHelm, "HelmRelease", R"({"spec":{"chartRef":[]}})", "spec.chartRef cannot be read");
  ExpectMalformed(kHelm, "HelmRelease", R"({"spec":{"kubeConfig":"x"}})", "spec.kubeConfig cannot be read");
}

}  // namespace
}  // namespace chartseal::workload
