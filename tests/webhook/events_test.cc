#include "webhook/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/webhook/decided.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Keeps what it is told, or refuses.
class FakeClient : public kube::Client {
 public:
  absl::StatusOr<Node> Get(std::string_view, absl::Time) override { return absl::InternalError("not asked"); }
  absl::StatusOr<Node> Send(std::string_view method, std::string_view path, std::string_view,
                            const Node& body, absl::Time deadline) override {
    const std::lock_guard lock(mutex_);
    paths.push_back(Cat(method, " ", path));
    bodies.push_back(body);
    deadlines.push_back(deadline);
    if (!failure.ok()) return failure;
    return body;
  }
  absl::Status Stream(std::string_view, const std::function<absl::Status(std::string_view)>&,
                      const std::function<bool()>&, absl::Time) override {
    return absl::InternalError("not asked");
  }

  std::vector<std::string> paths;
  std::vector<Node> bodies;
  std::vector<absl::Time> deadlines;
  absl::Status failure;

 private:
  std::mutex mutex_;
};

class EventsTest : public testing::Test {
 protected:
  void Tell(Decided decided, absl::Duration later = absl::ZeroDuration()) {
    decided.at += later;
    events_.Decided(decided.View());
  }
  const Node& Only() {
    events_.Drain();
    EXPECT_EQ(client_->bodies.size(), 1);
    static const Node nothing;
    return client_->bodies.empty() ? nothing : client_->bodies[0];
  }

  std::shared_ptr<FakeClient> client_ = std::make_shared<FakeClient>();
  Events events_{client_, [] { return kDecidedAt; }};
};

AdmissionRequest Update() {
  return ReviewText{.group = "apps",
                    .kind = "Deployment",
                    .resource = "deployments",
                    .operation = "UPDATE",
                    .object = R"({"metadata":{"name":"web"},"spec":{}})",
                    .old_object = R"({"metadata":{"name":"web","uid":"d-1"},"spec":{}})"}
      .Parsed();
}

AdmissionRequest CreateOwned(const std::string& owners) {
  return ReviewText{.object = R"({"metadata":{"generateName":"web-","ownerReferences":)" + owners +
                              R"(},"spec":{"containers":[]}})"}
      .Parsed();
}

TEST_F(EventsTest, ADenialOfAnUpdateIsSaidAboutTheObjectItself) {
  AdmissionRequest request = Update();
  request.name = "web";
  Tell(Decided(request, {ReportOf({NoBy("strict")})}));
  const Node& event = Only();
  EXPECT_THAT(client_->paths, ElementsAre("POST /api/v1/namespaces/shop/events"));
  EXPECT_EQ(event.FindPath({"involvedObject"})->StringOr("kind"), "Deployment");
  EXPECT_EQ(event.FindPath({"involvedObject"})->StringOr("apiVersion"), "apps/v1");
  EXPECT_EQ(event.FindPath({"involvedObject"})->StringOr("uid"), "d-1");
  EXPECT_EQ(event.FindPath({"metadata"})->StringOr("namespace"), "shop");
  EXPECT_EQ(event.StringOr("type"), "Warning");
  EXPECT_EQ(event.StringOr("reason"), "ChartsealDenied");
  EXPECT_EQ(event.StringOr("lastTimestamp"), "2027-01-15T08:00:00Z");
  EXPECT_THAT(
      std::string(event.StringOr("message")),
      StartsWith("not admitted: Deployment web (UPDATE): registry.test/acme/app:1: identity-mismatch"));
  EXPECT_THAT(std::string(event.StringOr("message")), HasSubstr("found https://evil.test/release"));
  EXPECT_EQ(client_->deadlines.at(0), kDecidedAt + limits::kKubeRequestTime);
}

TEST_F(EventsTest, ADeniedPodIsSaidAboutTheControllerThatWantedIt) {
  Tell(Decided(
      CreateOwned(
          R"([{"apiVersion":"v1","kind":"Node","name":"n"},)"
          R"({"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-1","uid":"r-1","controller":true}])"),
      {ReportOf({NoBy("strict")})}));
  const Node* involved = Only().Find("involvedObject");
  EXPECT_EQ(involved->StringOr("kind"), "ReplicaSet");
  EXPECT_EQ(involved->StringOr("name"), "web-1");
  EXPECT_EQ(involved->StringOr("uid"), "r-1");
  EXPECT_EQ(involved->StringOr("namespace"), "shop");
}

TEST_F(EventsTest, WithoutAControllerItIsSaidAboutTheNamespaceInTheNamespace) {
  AdmissionRequest request = CreateOwned(R"([{"kind":"ReplicaSet","name":"web-1","controller":false}])");
  request.name = "";
  Tell(Decided(request, {ReportOf({NoBy("watch", Effect::kWarn)})}));
  const Node& event = Only();
  EXPECT_EQ(event.Find("involvedObject")->StringOr("kind"), "Namespace");
  EXPECT_EQ(event.Find("involvedObject")->StringOr("name"), "shop");
  EXPECT_EQ(event.Find("involvedObject")->StringOr("namespace"), "shop");
  EXPECT_EQ(event.StringOr("reason"), "ChartsealWarned");
  EXPECT_THAT(std::string(event.StringOr("message")),
              StartsWith("admitted with a warning: Pod web-* (CREATE)"));
}

TEST_F(EventsTest, OwnersThatAreNoOwnersAreNotBelieved) {
  for (const char* owners : {R"("text")", R"([1,"x",null])", R"([{"controller":true}])",
                             R"([{"controller":"true","kind":"ReplicaSet","name":"r"}])",
                             R"([{"controller":true,"kind":7,"name":"r"}])"}) {
    EXPECT_EQ(InvolvedIn(CreateOwned(owners)).kind, "Namespace") << owners;
  }
}

TEST_F(EventsTest, OutsideOfANamespaceItGoesToDefault) {
  AdmissionRequest request = ReviewText{.object = PodOf("registry.test/acme/app:1")}.Parsed();
  request.namespace_name = "";
  request.name = "thing";
  Tell(Decided(request, {ReportOf({NoBy("strict")})}));
  EXPECT_EQ(Only().Find("involvedObject")->Find("namespace"), nullptr);
  EXPECT_THAT(client_->paths, ElementsAre("POST /api/v1/namespaces/default/events"));
}

TEST_F(EventsTest, NothingIsSaidOfWhatWasAdmittedOrOfADryRun) {
  Tell(Decided({ReportOf({YesBy("strict")})}));
  AdmissionRequest request = Update();
  request.dry_run = true;
  Tell(Decided(request, {ReportOf({NoBy("strict")})}));
  events_.Drain();
  EXPECT_TRUE(client_->bodies.empty());
}

TEST_F(EventsTest, TheSameIsSaidOnceForAWhile) {
  const Decided decided(Update(), {ReportOf({NoBy("strict")})});
  Tell(decided);
  Tell(decided, absl::Seconds(1));
  Tell(decided, limits::kEventRepeatTime - absl::Seconds(1));
  events_.Drain();
  EXPECT_EQ(client_->bodies.size(), 1);
  EXPECT_EQ(events_.counts().repeated, 2);
  Tell(decided, limits::kEventRepeatTime);
  events_.Drain();
  EXPECT_EQ(client_->bodies.size(), 2);
  EXPECT_NE(client_->bodies[0].FindPath({"metadata"})->StringOr("name"),
            client_->bodies[1].FindPath({"metadata"})->StringOr("name"));
}

TEST_F(EventsTest, MutationAndValidationOfOneRequestSayItOnce) {
  Decided decided(Update(), {ReportOf({NoBy("strict")})});
  Tell(decided);
  decided.endpoint = Endpoint::kMutate;
  Tell(decided);
  events_.Drain();
  EXPECT_EQ(client_->bodies.size(), 1);
}

TEST_F(EventsTest, AFloodIsLimitedAndTheRestCounted) {
  for (int i = 0; i < 500; ++i) {
    Tell(Decided(Update(), {ReportOf({NoBy("strict")}, Cat("registry.test/app:", i))}));
  }
  events_.Drain();
  EXPECT_EQ(client_->bodies.size(), limits::kMaxEventsPerMinute);
  EXPECT_EQ(events_.counts().limited, 500 - limits::kMaxEventsPerMinute);
  Tell(Decided(Update(), {ReportOf({NoBy("strict")}, "registry.test/late:1")}), absl::Seconds(1));
  Tell(Decided(Update(), {ReportOf({NoBy("strict")}, "registry.test/later:1")}), absl::Seconds(1));
  events_.Drain();
  EXPECT_EQ(client_->bodies.size(), limits::kMaxEventsPerMinute + 1);
}

TEST_F(EventsTest, WhatTheApiServerRefusesIsCountedAndForgotten) {
  client_->failure = WithReason(absl::PermissionDeniedError("403: forbidden"), Reason::kKubeUnavailable);
  testing::internal::CaptureStderr();
  for (int i = 0; i < 5; ++i) {
    Tell(Decided(Update(), {ReportOf({NoBy("strict")}, Cat("registry.test/app:", i))}));
  }
  events_.Drain();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(events_.counts().failed, 5);
  EXPECT_EQ(events_.counts().sent, 0);
  EXPECT_THAT(log, HasSubstr("403: forbidden"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << "one complaint a minute: " << log;
}

TEST_F(EventsTest, TheTextIsOnePrintableLineOfBoundedLength) {
  Ruling ruling = NoBy("strict");
  ruling.found = "evil\n\x1b[31m" + std::string(9000, 'x');
  ruling.detail = std::string(9000, 'y');
  AdmissionRequest request = Update();
  request.name = "web\nforged";
  Tell(Decided(request, {ReportOf({ruling}, "registry.test/" + std::string(3000, 'z'))}));
  const std::string text(Only().StringOr("message"));
  EXPECT_LE(text.size(), limits::kMaxEventBytes);
  EXPECT_THAT(text, Not(HasSubstr("\n")));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST_F(EventsTest, TheNameOfAnEventIsOneThatTheApiServerTakes) {
  for (const char* name : {"Web.UPPER", "..", "-x", "a b/c%\n", ""}) {
    const InvolvedObject involved{"v1", "Pod", name, "shop", ""};
    const Node event = MakeEvent(involved, "text", true, kDecidedAt);
    EXPECT_THAT(std::string(event.Find("metadata")->StringOr("name")),
                testing::MatchesRegex("[a-z0-9][a-z0-9.-]*[.][0-9a-f]+"))
        << name;
  }
  const InvolvedObject longest{"v1", "Pod", std::string(5000, 'a'), "shop", ""};
  EXPECT_LE(MakeEvent(longest, "text", true, kDecidedAt).Find("metadata")->StringOr("name").size(), 253);
}

TEST_F(EventsTest, AnObjectThatCannotBeJudgedIsSaidWithItsReason) {
  AdmissionRequest request = Update();
  Decided decided(request, {});
  decided.decision = DenyObject(request, {Reason::kKindNotCovered, "unknown kind", "", ""});
  Tell(decided);
  EXPECT_THAT(std::string(Only().StringOr("message")), HasSubstr("kind-not-covered"));
}

TEST_F(EventsTest, TheCountsAreMetrics) {
  Metrics metrics;
  events_.AddTo(metrics);
  Tell(Decided(Update(), {ReportOf({NoBy("strict")})}));
  events_.Drain();
  EXPECT_THAT(metrics.Text(), HasSubstr("chartseal_events_total{outcome=\"sent\"} 1"));
  EXPECT_THAT(metrics.Text(), HasSubstr("chartseal_events_total{outcome=\"rate-limited\"} 0"));
}

}  // namespace
}  // namespace chartseal::webhook
