// Records of releases through the gate, against a real registry over HTTP.
#include "webhook/release_gate.h"

#include <gmock/gmock.h>

#include "tests/chart/release_writer.h"
#include "tests/verification/minted.h"
#include "tests/webhook/release_world.h"
#include "verifier/chart/release_object.h"

namespace chartseal::webhook {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;

class ReleaseGateTest : public ReleaseWorld {
 protected:
  static void ExpectDenied(const Decision& decision, Reason reason) {
    EXPECT_FALSE(decision.response.allowed);
    EXPECT_EQ(decision.reason, reason) << decision.response.message;
    EXPECT_EQ(decision.verdict, "denied");
    // helm shows one line.
    EXPECT_THAT(decision.response.message, Not(HasSubstr("\n")));
    EXPECT_LE(decision.response.message.size(), limits::kMaxDenialLineBytes);
  }
  static const Json& Created() { return RecordedSecrets().front().secret; }
};

// -- What helm recorded is admitted.

TEST_F(ReleaseGateTest, EveryRecordedCreateOfASignedChartIsAdmitted) {
  const std::string digest = Publish();
  size_t count = 0;
  for (const RecordedSecret& recorded : RecordedSecrets()) {
    if (recorded.method != "CREATE") continue;
    const Decision decision = Create(recorded.secret);
    EXPECT_TRUE(decision.response.allowed) << recorded.file << ": " << decision.response.message;
    EXPECT_EQ(decision.verdict, "allowed") << recorded.file;
    EXPECT_THAT(decision.response.warnings, ElementsAre()) << recorded.file;
    EXPECT_EQ(Annotation(decision, "release-digest"), digest);
    ++count;
  }
  EXPECT_EQ(count, 6u);
}

TEST_F(ReleaseGateTest, EveryRecordedBodyIsAdmittedAsACreateToo) {
  Publish();
  ASSERT_EQ(RecordedSecrets().size(), 24u);
  for (const RecordedSecret& recorded : RecordedSecrets()) {
    const Decision decision = Create(recorded.secret);
    EXPECT_TRUE(decision.response.allowed) << recorded.file << ": " << decision.response.message;
  }
}

TEST_F(ReleaseGateTest, TheAuditLogSaysWhatTheReleaseWasJudgedBy) {
  const std::string digest = Publish();
  const Decision decision = Create(Created());
  const std::string chart = Cat(registry_->host(), "/", kTracecore, ":", kTracecoreVersion);
  EXPECT_EQ(Annotation(decision, "release-chart"), Cat(chart, " is ", digest, "; charts: yes"));
  EXPECT_EQ(Annotation(decision, "release-fingerprint"),
            "c5ddc031880ad7314ba3b6e0f49f9b75b234a26918e3525228998ddbe0cf5396");
  EXPECT_EQ(Annotation(decision, "release-identity"), verification::kIdentity);
  EXPECT_EQ(Annotation(decision, "release-reason"), "");
  EXPECT_THAT(Annotation(decision, "release-documents"),
              AllOf(HasSubstr(" bound, "), HasSubstr(" not bound")));
}

TEST_F(ReleaseGateTest, AConfigMapIsJudgedLikeASecret) {
  Publish();
  Json map = Created();
  const std::string release = map["data"]["release"];
  map["kind"] = "ConfigMap";
  map.erase("type");
  map["data"]["release"] = chart::Encoded(RecordIn(Created()).dump());
  EXPECT_TRUE(Create(map).response.allowed);
  map["data"]["release"] = release;  // wrapped once too often, as in a Secret
  ExpectDenied(Create(map), Reason::kJsonMalformed);
}

TEST_F(ReleaseGateTest, ARecordInStringDataIsARecord) {
  Publish();
  Json secret = Created();
  secret["stringData"]["release"] = chart::Encoded(RecordIn(secret).dump());
  secret.erase("data");
  EXPECT_TRUE(Create(secret).response.allowed);
  Json record = RecordIn(Created());
  record["chart"]["metadata"]["description"] = "another";
  secret["stringData"]["release"] = chart::Encoded(record.dump());
  ExpectDenied(Create(secret), Reason::kChartContentMismatch);
}

// -- Updates.

TEST_F(ReleaseGateTest, RecordedUpdatesAskNobodyWhateverPolicySays) {
  std::map<std::string, Json> stored;
  Use(PolicyText({.charts = "nobody/*"}), /*complete=*/false);
  size_t count = 0;
  for (const RecordedSecret& recorded : RecordedSecrets()) {
    const std::string key = recorded.file.substr(0, 8) + recorded.name();
    if (recorded.method == "UPDATE") {
      const Decision decision = Update(stored.at(key), recorded.secret);
      EXPECT_TRUE(decision.response.allowed) << recorded.file << ": " << decision.response.message;
      EXPECT_FALSE(decision.release.has_value());
      ++count;
    }
    stored[key] = recorded.secret;
  }
  EXPECT_EQ(count, 18u);
  EXPECT_EQ(Requests(), 0u);
}

TEST_F(ReleaseGateTest, AStatusUpdateOfARecordThatWouldBeRefusedIsAdmitted) {
  Json record = RecordIn(Created());
  record["chart"]["templates"].push_back(record["chart"]["templates"][0]);  // a name that repeats
  const Json old_secret = WithRecord(Created(), record);
  ExpectDenied(Create(old_secret), Reason::kReleaseMalformed);
  record["info"]["status"] = "deployed";
  EXPECT_TRUE(Update(old_secret, WithRecord(old_secret, record)).response.allowed);
  record["manifest"] = "---\n";
  ExpectDenied(Update(old_secret, WithRecord(old_secret, record)), Reason::kReleaseMalformed);
}

TEST_F(ReleaseGateTest, AnUpdateOfLabelsAloneIsDecidedAtOnce) {
  Json secret = WithRecord(Created(), std::string("no record at all"));
  Json relabelled = secret;
  relabelled["metadata"]["labels"]["status"] = "superseded";
  EXPECT_TRUE(Update(secret, relabelled).response.allowed);
  EXPECT_TRUE(began_);
}

TEST_F(ReleaseGateTest, AnUpdateThatChangesWhatIsAppliedIsVerifiedLikeANewRecord) {
  Publish();
  Json record = RecordIn(Created());
  record["config"]["replicas"] = 9;
  EXPECT_TRUE(Update(Created(), WithRecord(Created(), record)).response.allowed);
  EXPECT_GT(Requests(), 0u);
  record["chart"]["templates"][0]["data"] = chart::Base64("evil");
  const Decision decision = Update(Created(), WithRecord(Created(), record));
  ExpectDenied(decision, Reason::kChartContentMismatch);
}

// helm's own reader takes names of members in any case, and the last that fits.
TEST_F(ReleaseGateTest, AnUpdateCannotHideAManifestBehindAnotherSpelling) {
  Publish();
  Json record = RecordIn(Created());
  record["MANIFEST"] = "---\nkind: Evil\n";
  ExpectDenied(Update(Created(), WithRecord(Created(), record)), Reason::kReleaseMalformed);
  record = RecordIn(Created());
  record["Info"] = Json::object();
  ExpectDenied(Update(Created(), WithRecord(Created(), record)), Reason::kReleaseMalformed);
}

TEST_F(ReleaseGateTest, WhatWasNoRecordAndBecomesOneIsNew) {
  Publish();
  Json record = RecordIn(Created());
  record["chart"]["metadata"]["description"] = "another";
  Json plain = WithRecord(Created(), record);
  plain["type"] = "Opaque";
  plain["metadata"]["name"] = "plain";
  plain["metadata"]["labels"].erase("owner");
  EXPECT_TRUE(Create(plain).response.allowed) << "no record to helm";
  EXPECT_TRUE(began_);
  Json labelled = plain;
  labelled["metadata"]["labels"]["owner"] = "helm";
  ExpectDenied(Update(plain, labelled), Reason::kReleaseMalformed);  // by name, before anything else
  EXPECT_TRUE(Update(labelled, plain).response.allowed) << "helm does not find it any more";
}

TEST_F(ReleaseGateTest, ARollbackToARevisionThatWasEditedIsDenied) {
  Publish();
  const auto& recorded = RecordedSecrets();
  const auto rollback = std::find_if(recorded.begin(), recorded.end(), [](const RecordedSecret& each) {
    return each.method == "CREATE" && each.name().ends_with(".v3");
  });
  ASSERT_NE(rollback, recorded.end());
  EXPECT_TRUE(Create(rollback->secret).response.allowed);
  // Whoever edited revision 1 behind the webhook's back: helm copies it into the new one.
  Json record = RecordIn(rollback->secret);
  for (Json& file : record["chart"]["templates"]) {
    if (file["name"] == "templates/deployment.yaml") file["data"] = chart::Base64("kind: Evil\n");
  }
  ExpectDenied(Create(WithRecord(rollback->secret, record)), Reason::kChartContentMismatch);
}

// -- Tampering.

TEST_F(ReleaseGateTest, AChangedTemplateIsNamed) {
  const std::string digest = Publish();
  const Decision decision = CreateChanged(
      [](Json& record) { record["chart"]["templates"][2]["data"] = chart::Base64("kind: Evil\n"); });
  ExpectDenied(decision, Reason::kChartContentMismatch);
  EXPECT_THAT(decision.response.message,
              AllOf(HasSubstr("templates/cm.yaml"), HasSubstr(Cat(registry_->host(), "/", kTracecore)),
                    HasSubstr(digest), HasSubstr(std::string(verification::kIdentity))));
  EXPECT_EQ(Annotation(decision, "release-reason"), "chart-content-mismatch");
}

TEST_F(ReleaseGateTest, AChangedFileSchemaMetadataLockOrNumberOfFilesIsDenied) {
  Publish();
  const std::vector<std::function<void(Json&)>> changes = {
      [](Json& record) { record["chart"]["files"][0]["data"] = chart::Base64("evil"); },
      [](Json& record) {
        record["chart"]["files"].push_back({{"name", "evil.txt"}, {"data", ""}});
      },
      [](Json& record) { record["chart"]["schema"] = chart::Base64("{}"); },
      [](Json& record) { record["chart"]["metadata"]["description"] = "another"; },
      [](Json& record) { record["chart"]["metadata"]["annotations"].erase("artifacthub.io/license"); },
      [](Json& record) {
        record["chart"]["lock"] = {{"generated", "2026-01-02T03:04:05Z"}, {"digest", "x"}};
      },
      [](Json& record) { record["chart"]["templates"].erase(0); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    SCOPED_TRACE(i);
    ExpectDenied(CreateChanged(changes[i]), Reason::kChartContentMismatch);
  }
}

TEST_F(ReleaseGateTest, ADependencyThatWasNotSignedIsDenied) {
  Publish();
  const Decision decision = CreateChanged([](Json& record) {
    record["chart"]["metadata"]["dependencies"].push_back(
        {{"name", "evil"}, {"version", "1.0.0"}, {"repository", ""}, {"enabled", true}});
  });
  ExpectDenied(decision, Reason::kChartDependencyMismatch);
}

TEST_F(ReleaseGateTest, AVersionThatWasNotPublishedIsDenied) {
  Publish();
  ExpectDenied(CreateChanged([](Json& record) { record["chart"]["metadata"]["version"] = "0.3.2"; }),
               Reason::kNotFound);
}

TEST_F(ReleaseGateTest, AChartOfTheRightNameByAnotherWorkflowIsDenied) {
  const std::string digest = PushTracecore();
  registry_->Tag(kTracecore, kTracecoreVersion, digest);
  ExpectDenied(Create(Created()), Reason::kNoSignature);
  Wait(limits::kNoLifetime);
  SignBy(verification::OtherWorkflow(), kTracecore, digest);
  ExpectDenied(Create(Created()), Reason::kIdentityMismatch);
}

TEST_F(ReleaseGateTest, ATagThatMovedIsNoticedAtOnce) {
  Publish();
  EXPECT_TRUE(Create(Created()).response.allowed);
  const std::string other = registry_->PutManifest(
      kTracecore, "application/vnd.oci.image.manifest.v1+json",
      Cat(R"({"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":")",
          registry_->PutBlob(kTracecore, "{}"), R"(","size":2},"layers":[]})"));
  registry_->Tag(kTracecore, kTracecoreVersion, other);
  ExpectDenied(Create(Created()), Reason::kNoSignature);
}

TEST_F(ReleaseGateTest, WhatAVendoredSubchartRendersFollowsThePolicy) {
  Publish();
  Use(PolicyText({.unbound_subcharts = "deny"}));
  ExpectDenied(Create(Created()), Reason::kSubchartUnbound);
  Use(PolicyText({.unbound_subcharts = "warn"}));
  const Decision warned = Create(Created());
  EXPECT_TRUE(warned.response.allowed);
  EXPECT_EQ(warned.verdict, "warned");
  EXPECT_EQ(warned.reason, Reason::kSubchartUnbound);
  EXPECT_THAT(warned.response.warnings,
              ElementsAre(HasSubstr("chartseal: subchart-unbound: chart tracecore 0.3.1")));
}

// -- Records that are none.

TEST_F(ReleaseGateTest, WhatIsNoRecordIsDeniedInOneLine) {
  Publish();
  const Json& secret = Created();
  ExpectDenied(Create(WithRecord(secret, std::string("{}"))), Reason::kReleaseMalformed);
  ExpectDenied(Create(WithRecord(secret, std::string("{\n\"a\":1,\n\"a\":2}"))), Reason::kJsonMalformed);
  Json broken = secret;
  broken["data"]["release"] = chart::Base64("H4sI!\nforged: line");
  ExpectDenied(Create(broken), Reason::kReleaseMalformed);
  broken["data"].erase("release");
  ExpectDenied(Create(broken), Reason::kReleaseMalformed);
  broken["data"]["release"] = chart::Base64(chart::Encoded(RecordIn(secret).dump()) + "AAAA");
  ExpectDenied(Create(broken), Reason::kReleaseMalformed);
  EXPECT_EQ(Requests(), 0u) << "nothing of it was asked about";
}

TEST_F(ReleaseGateTest, ARecordOfAnotherReleaseThanItsNameSaysIsDenied) {
  Publish();
  ExpectDenied(CreateChanged([](Json& record) { record["name"] = "other"; }), Reason::kReleaseMalformed);
  ExpectDenied(CreateChanged([](Json& record) { record["version"] = 7; }), Reason::kReleaseMalformed);
  Json unnamed = Created();
  unnamed["metadata"]["generateName"] = "sh.helm.release.v1.";
  unnamed["metadata"]["name"] = "";
  ExpectDenied(Create(unnamed), Reason::kReleaseMalformed);
}

TEST_F(ReleaseGateTest, ABombIsDeniedByTheLimit) {
  const std::string text = R"({"name":")" + std::string(limits::kMaxReleaseJsonBytes, 'a') + R"("})";
  ExpectDenied(Create(WithRecord(Created(), text)), Reason::kLimitExceeded);
}

TEST_F(ReleaseGateTest, OrdinarySecretsAndWhatOnlyHasTheLabelAreAdmittedAtOnce) {
  Json secret = {{"apiVersion", "v1"},
                 {"kind", "Secret"},
                 {"type", "Opaque"},
                 {"metadata", {{"name", "s"}}},
                 {"data", {{"release", "YQ=="}}}};
  EXPECT_TRUE(Create(secret).response.allowed);
  EXPECT_TRUE(began_);
  secret["metadata"]["labels"] = {{"owner", "helm"}};
  ExpectDenied(Create(secret), Reason::kReleaseMalformed);
  secret["data"] = {{"password", "YQ=="}};
  EXPECT_TRUE(Create(secret).response.allowed) << "helm finds it, and nothing in it";
  EXPECT_TRUE(began_);
}

TEST_F(ReleaseGateTest, DeletingARecordIsNobodysQuestion) {
  ReviewText review{.kind = "Secret", .resource = "secrets", .operation = "DELETE"};
  review.old_object = Created().dump();
  EXPECT_TRUE(Review(review).response.allowed);
  EXPECT_TRUE(began_);
}

TEST_F(ReleaseGateTest, OtherObjectsAreForOtherGates) {
  EXPECT_FALSE(gate_->Covers(ReviewText{.object = PodOf("nginx")}.Parsed()));
  EXPECT_FALSE(
      gate_->Covers(ReviewText{.group = "example.dev", .kind = "Secret", .object = PodOf("nginx")}.Parsed()));
}

// -- Policies.

TEST_F(ReleaseGateTest, AChartThatNoPolicyCoversFollowsNoMatch) {
  Publish();
  Use(PolicyText({.charts = "others/not-*"}));
  const Decision denied = Create(Created());
  ExpectDenied(denied, Reason::kNoPolicyMatches);
  EXPECT_THAT(denied.response.message, HasSubstr("tracecore"));
  Use(PolicyText({.no_match = "warn", .charts = "others/not-*"}));
  const Decision warned = Create(Created());
  EXPECT_TRUE(warned.response.allowed);
  EXPECT_EQ(warned.verdict, "warned");
  EXPECT_EQ(warned.reason, Reason::kNoPolicyMatches);
  Use(PolicyText({.no_match = "allow", .charts = "others/not-*"}));
  const Decision allowed = Create(Created());
  EXPECT_EQ(allowed.verdict, "allowed");
  EXPECT_THAT(allowed.response.warnings, ElementsAre());
  EXPECT_EQ(Requests(), 0u);
}

TEST_F(ReleaseGateTest, AWarningPolicyWarnsOnCreateAndStaysSilentOnUpdate) {
  Publish();
  Use(PolicyText({.mode = "warn"}));
  Json record = RecordIn(Created());
  record["chart"]["metadata"]["description"] = "another";
  const Json secret = WithRecord(Created(), record);
  const Decision created = Create(secret);
  EXPECT_TRUE(created.response.allowed);
  EXPECT_EQ(created.verdict, "warned");
  EXPECT_EQ(created.reason, Reason::kChartContentMismatch);
  EXPECT_THAT(created.response.warnings, ElementsAre(HasSubstr("chartseal: chart-content-mismatch: ")));
  const Decision updated = Update(Created(), secret);
  EXPECT_EQ(updated.verdict, "warned");
  EXPECT_THAT(updated.response.warnings, ElementsAre());
}

TEST_F(ReleaseGateTest, NothingNewComesInBeforeAllPoliciesAreRead) {
  Publish();
  Use(PolicyText(), /*complete=*/false);
  ExpectDenied(Create(Created()), Reason::kKubeUnavailable);
  EXPECT_EQ(Requests(), 0u);
}

TEST_F(ReleaseGateTest, ARecordThatIsKeptElsewhereMustSatisfyThePoliciesOfBothNamespaces) {
  Publish();
  std::string text = PolicyText();
  const std::string charts = "match: { charts:";
  text.replace(text.find(charts), charts.size(), "match: { namespaces: [storage], charts:");
  Use(text);
  ReviewText review{.kind = "Secret", .resource = "secrets", .namespace_name = "storage"};
  review.object = Created().dump();
  ExpectDenied(Review(review), Reason::kNoPolicyMatches);  // it is installed into newns
  text.replace(text.find("[storage]"), 9, "[storage, newns]");
  Use(text);
  EXPECT_TRUE(Review(review).response.allowed);
}

}  // namespace
}  // namespace chartseal::webhook
