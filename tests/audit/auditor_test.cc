#include "audit/auditor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "tests/audit/fake_cluster.h"
#include "tests/verification/release_fixture.h"

// Releases and charts of GitOps objects in a cluster, against charts in a registry.
namespace chartseal::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kConfigMap[] = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\n";
constexpr char kManifest[] =
    "---\n# Source: app/templates/cm.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\n";

std::string AppTgz(const std::string& version = "1.2.3", const std::string& more = "") {
  return verification::TgzOf("app",
                             {{"Chart.yaml", Cat("apiVersion: v2\nname: app\nversion: ", version, "\n")},
                              {"values.yaml", "replicas: 1\n"},
                              {"templates/cm.yaml", kConfigMap + more}});
}

class AuditorTest : public verification::ReleaseTest {
 protected:
  AuditorTest() {
    api_.AddUsualKinds();
    api_.AddKind("argoproj.io/v1alpha1", "Application", "applications");
    api_.AddKind("source.toolkit.fluxcd.io/v1", "OCIRepository", "ocirepositories");
    api_.AddKind("helm.toolkit.fluxcd.io/v2", "HelmRelease", "helmreleases");
  }

  // The record of this revision of "rel", as helm keeps it in a Secret or, under its own base64, a ConfigMap.
  void PutRelease(const std::string& tgz, int revision = 1, const std::string& resource = "secrets") {
    nlohmann::json record = verification::RecordOf(tgz, kManifest);
    record["version"] = revision;
    const std::string encoded = chart::Encoded(record.dump());
    PutRecord(revision, resource == "secrets" ? chart::Base64(encoded) : encoded, resource);
  }
  void PutRecord(int revision, const std::string& data, const std::string& resource = "secrets") {
    api_.Put(resource, Cat(R"({"metadata":{"namespace":"shop","name":"sh.helm.release.v1.rel.v)", revision,
                           R"(","uid":"u","labels":{"owner":"helm","name":"rel","version":")", revision,
                           R"("}},"type":"helm.sh/release.v1","data":{"release":")", data, R"("}})"));
  }
  void PutApplication(const std::string& name, const std::string& revision) {
    api_.Put("applications",
             Cat(R"({"metadata":{"namespace":"shop","name":")", name, R"("},"spec":{"source":{"repoURL":")",
                 registry_.Place("charts"), R"(","chart":"app","targetRevision":")", revision, R"("}}})"));
  }

  Findings Run(bool all_revisions = false) {
    const auto client = kube::MakeClient(api_.config()).value();
    const net::Clock clock = net::SystemClock();
    const NamespaceLabels labels;
    const auto findings = AuditCluster({*client, clock, ""}, {.all_revisions = all_revisions},
                                       {.policies = policies_,
                                        .labels = labels,
                                        .source = *client_,
                                        .root = {&verification::TestRoot(), [](const auto*) {}},
                                        .clock = clock,
                                        .time_for_each = absl::Seconds(20)});
    EXPECT_TRUE(findings.ok()) << findings.status();
    return *findings;
  }
  // "Secret rel: app 1.2.3: yes", "Application web: …: no identity-mismatch".
  static std::vector<std::string> Told(const Findings& findings) {
    std::vector<std::string> told;
    for (const Result& result : findings.results) {
      const Reason reason = result.Decisive().reason;
      told.push_back(Cat(result.object.kind.kind, " ", Name(result.what), " ", result.subject, ": ",
                         Name(result.verdict()), reason == Reason::kNone ? "" : " ",
                         reason == Reason::kNone ? "" : Name(reason)));
    }
    return told;
  }

  FakeCluster api_;
};

TEST_F(AuditorTest, AReleaseOfTheSignedChartIsYesWithPlaceAndDigest) {
  const crypto::Digest digest = registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  PutRelease(AppTgz());
  const Findings findings = Run();
  EXPECT_THAT(Told(findings), ElementsAre("Secret release app 1.2.3: yes"));
  EXPECT_EQ(findings.results[0].digest, digest);
  EXPECT_EQ(findings.results[0].path, registry_.Place("charts/app"));
  EXPECT_THAT(findings.gaps, IsEmpty());
  EXPECT_THAT(api_.writes(), IsEmpty());
}

TEST_F(AuditorTest, AReleaseInAConfigMapIsToldLikewise) {
  registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  PutRelease(AppTgz(), 1, "configmaps");
  EXPECT_THAT(Told(Run()), ElementsAre("ConfigMap release app 1.2.3: yes"));
}

TEST_F(AuditorTest, AChangedTemplateIsContentMismatch) {
  registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  PutRelease(AppTgz("1.2.3", "data: {evil: yes}\n"));
  EXPECT_THAT(Told(Run()), ElementsAre("Secret release app 1.2.3: no chart-content-mismatch"));
}

TEST_F(AuditorTest, AnUnsignedChartIsNoSignature) {
  registry_.Push("charts/app", "1.2.3", AppTgz());
  PutRelease(AppTgz());
  EXPECT_THAT(Told(Run()), ElementsAre("Secret release app 1.2.3: no no-signature"));
}

TEST_F(AuditorTest, TheLatestRevisionCountsAndAllWhenAskedFor) {
  registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  PutRelease(AppTgz("1.2.3", "data: {evil: yes}\n"), 1);
  PutRelease(AppTgz(), 2);
  EXPECT_THAT(Told(Run()), ElementsAre("Secret release app 1.2.3: yes"));
  EXPECT_THAT(Told(Run(true)), ElementsAre("Secret release app 1.2.3: no chart-content-mismatch",
                                           "Secret release app 1.2.3: yes"));
}

TEST_F(AuditorTest, ARecordThatCannotBeReadCouldNotBeTold) {
  PutRecord(1, chart::Base64("rubbish"));
  EXPECT_THAT(Told(Run()), ElementsAre("Secret release rel: could-not-tell release-malformed"));
}

TEST_F(AuditorTest, ARecordThatIsOfAnotherReleaseOrRevisionThanItsNameSaysCouldNotBeTold) {
  registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  PutRelease(AppTgz("1.2.3", "data: {evil: yes}\n"), 5);
  nlohmann::json record = verification::RecordOf(AppTgz(), kManifest);
  record["version"] = 1;
  PutRecord(99, chart::Base64(chart::Encoded(record.dump())));
  const Findings revision = Run();
  EXPECT_THAT(Told(revision), ElementsAre("Secret release rel: could-not-tell release-malformed"));
  EXPECT_THAT(revision.results[0].Decisive().detail, HasSubstr("the record in it is of rel revision 1"));
  record["version"] = 99;
  record["name"] = "other";
  PutRecord(99, chart::Base64(chart::Encoded(record.dump())));
  EXPECT_THAT(Told(Run()), ElementsAre("Secret release rel: could-not-tell release-malformed"));
}

TEST_F(AuditorTest, AReleaseThatNoPolicyCoversFollowsNoMatch) {
  policies_ = verification::PoliciesOf({{.charts = "elsewhere.test/charts/*"}});
  policies_.policies[0].charts.clear();
  PutRelease(AppTgz());
  EXPECT_THAT(Told(Run()), ElementsAre("Secret release app 1.2.3: no no-policy-matches"));
  policies_.no_match = policy::NoMatch::kAllow;
  EXPECT_EQ(Run().results.at(0).verdict(), Verdict::kSkipped);
}

TEST_F(AuditorTest, OneChartOfManyReleasesIsPulledOnce) {
  registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  for (int revision = 1; revision <= 6; ++revision) PutRelease(AppTgz(), revision);
  EXPECT_THAT(Run(true).results, SizeIs(6));
  // A bundle for each; config and archive once.
  EXPECT_EQ(registry_.BlobRequests(), 6u + 2u);
}

TEST_F(AuditorTest, ChartsOfArgoApplicationsAreJudgedByDigest) {
  const crypto::Digest digest = registry_.PushSigned("charts/app", "1.2.3", AppTgz());
  registry_.Push("charts/app", "2.0.0", AppTgz("2.0.0"));
  PutApplication("a-signed", "1.2.3");
  PutApplication("b-unsigned", "2.0.0");
  PutApplication("c-gone", "9.9.9");
  const Findings findings = Run();
  ASSERT_THAT(findings.results, SizeIs(3));
  EXPECT_EQ(findings.results[0].verdict(), Verdict::kYes);
  EXPECT_EQ(findings.results[0].digest, digest);
  EXPECT_EQ(findings.results[0].path, "spec.source");
  EXPECT_EQ(findings.results[1].Decisive().reason, Reason::kNoSignature);
  EXPECT_EQ(findings.results[2].verdict(), Verdict::kCouldNotTell);
  EXPECT_EQ(findings.results[2].Decisive().reason, Reason::kNotFound);
}

TEST_F(AuditorTest, ChartsOfFluxAreToldWhereTheyAreNamed) {
  registry_.Push("charts/app", "1.2.3", AppTgz());
  api_.Put("ocirepositories", Cat(R"({"metadata":{"namespace":"shop","name":"app"},"spec":{"url":"oci://)",
                                  registry_.Place("charts/app"), R"(","ref":{"tag":"1.2.3"}}})"));
  api_.Put(
      "helmreleases",
      R"({"metadata":{"namespace":"shop","name":"app"},"spec":{"chartRef":{"kind":"OCIRepository","name":"app"}}})");
  const Findings findings = Run();
  ASSERT_THAT(findings.results, SizeIs(1));
  EXPECT_EQ(findings.results[0].object.kind.kind, "OCIRepository");
  EXPECT_EQ(findings.results[0].Decisive().reason, Reason::kNoSignature);
}

TEST_F(AuditorTest, AChartSourceThatCannotBeReadIsNo) {
  api_.Put("applications",
           R"({"metadata":{"namespace":"shop","name":"a"},"spec":{"source":{"repoURL":7,"chart":"app"}}})");
  EXPECT_THAT(Told(Run()), ElementsAre("Application chart : no chart-source-malformed"));
}

}  // namespace
}  // namespace chartseal::audit
