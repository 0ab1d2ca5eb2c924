#include "verifier/kube/watcher.h"

#include <gmock/gmock.h>

#include "tests/kube/watcher_fixture.h"
#include "verifier/base/limits.h"

namespace chartseal::kube {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(WatcherTest, ListsThenWatchesFromTheListsVersion) {
  client_->List(ListOf("10", "[" + Thing("a", "4") + "]"));
  client_->Watch({Event("ADDED", Thing("b", "11")), Event("MODIFIED", Thing("a", "12")),
                  Event("DELETED", Thing("b", "13"))});
  EXPECT_THAT(Run(), ElementsAre("replace a@4", "upsert b@11", "upsert a@12", "remove b@13"));
  EXPECT_TRUE(synced_);
  EXPECT_EQ(client_->paths().at(0), "/apis/x.dev/v1/things?limit=500");
  EXPECT_EQ(client_->paths().at(1),
            "/apis/x.dev/v1/things?watch=1&allowWatchBookmarks=true&resourceVersion=10&timeoutSeconds=300");
}

TEST_F(WatcherTest, ItemsOfAListGetTheKindThatOnlyTheListHas) {
  client_->List(ListOf("10", "[" + Thing("a", "4") + "]"));
  Run();
  ASSERT_EQ(handler_.last_list().size(), 1u);
  EXPECT_EQ(handler_.last_list()[0].StringOr("kind"), "Thing");
  EXPECT_EQ(handler_.last_list()[0].StringOr("apiVersion"), "x.dev/v1");
}

TEST_F(WatcherTest, ReadsAllPagesBeforeItHandsAnythingOver) {
  client_->List(ListOf("10", "[" + Thing("a", "1") + "]", "to/ken+="));
  client_->List(ListOf("10", "[" + Thing("b", "2") + "]"));
  EXPECT_THAT(Run(), ElementsAre("replace a@1 b@2"));
  EXPECT_EQ(client_->paths().at(1), "/apis/x.dev/v1/things?limit=500&continue=to%2Fken%2B%3D");
}

TEST_F(WatcherTest, AddsToTheQueryOfThePath) {
  client_->List(ListOf("10", "[]"));
  Run({.path = "/api/v1/secrets?labelSelector=a%3Db"});
  EXPECT_EQ(client_->paths().at(0), "/api/v1/secrets?labelSelector=a%3Db&limit=500");
  EXPECT_THAT(client_->paths().at(1), StartsWith("/api/v1/secrets?labelSelector=a%3Db&watch=1"));
}

TEST_F(WatcherTest, AnEmptyListIsNullInGo) {
  client_->List(ListOf("10", "null"));
  EXPECT_THAT(Run(), ElementsAre("replace"));
  EXPECT_TRUE(synced_);
}

TEST_F(WatcherTest, GoesOnAtTheLastVersionAfterTheStreamEnds) {
  client_->List(ListOf("10", "[]"));
  client_->Watch({Event("ADDED", Thing("a", "11"))});
  client_->Watch({Event("BOOKMARK", R"({"metadata":{"resourceVersion":"25"}})")});
  EXPECT_THAT(Run(), ElementsAre("replace", "upsert a@11"));
  EXPECT_THAT(client_->paths().at(2), HasSubstr("resourceVersion=11&"));
  EXPECT_THAT(client_->paths().at(3), HasSubstr("resourceVersion=25&"));
}

TEST_F(WatcherTest, AStreamThatBreaksOffKeepsWhatIsThereAndResumes) {
  client_->List(ListOf("10", "[" + Thing("a", "4") + "]"));
  client_->Watch({Event("ADDED", Thing("b", "11"))}, Away());
  client_->Watch({Event("ADDED", Thing("c", "12"))}, Away());
  EXPECT_THAT(Run(), ElementsAre("replace a@4", "upsert b@11",
                                 "failed kubernetes-unavailable: GET /x: connection refused", "upsert c@12",
                                 "failed kubernetes-unavailable: GET /x: connection refused"));
  EXPECT_THAT(client_->paths().at(3), HasSubstr("resourceVersion=12&"));
}

TEST_F(WatcherTest, AnOutageRemovesNothing) {
  client_->List(ListOf("10", "[" + Thing("a", "4") + "]"));
  for (int i = 0; i < 3; ++i) client_->Watch({}, Away());
  for (const std::string& line : Run()) {
    EXPECT_THAT(line, ::testing::AnyOf("replace a@4", StartsWith("failed"))) << line;
  }
}

TEST_F(WatcherTest, GoneAsAnEventLeadsToANewList) {
  client_->List(ListOf("10", "[" + Thing("a", "4") + "]"));
  client_->Watch({Gone()});
  client_->List(ListOf("90", "[" + Thing("b", "80") + "]"));
  EXPECT_THAT(
      Run(),
      ElementsAre("replace a@4",
                  "failed kubernetes-unavailable: watch of /apis/x.dev/v1/things: answered 410: too old "
                  "resource version",
                  "replace b@80"));
  EXPECT_THAT(client_->paths().at(3), HasSubstr("resourceVersion=90&"));
}

TEST_F(WatcherTest, GoneAsAnAnswerLeadsToANewList) {
  client_->List(ListOf("10", "[]"));
  client_->Watch({}, WithReason(absl::OutOfRangeError("answered 410"), Reason::kKubeUnavailable));
  client_->List(ListOf("90", "[" + Thing("b", "80") + "]"));
  EXPECT_THAT(Run(), ElementsAre("replace", "failed kubernetes-unavailable: answered 410", "replace b@80"));
}

TEST_F(WatcherTest, APageThatExpiredStartsTheListAgain) {
  client_->List(ListOf("10", "[" + Thing("a", "1") + "]", "next"));
  client_->List(WithReason(absl::OutOfRangeError("answered 410"), Reason::kKubeUnavailable));
  client_->List(ListOf("20", "[" + Thing("c", "9") + "]"));
  EXPECT_THAT(Run(), ElementsAre("failed kubernetes-unavailable: answered 410", "replace c@9"));
  EXPECT_EQ(client_->paths().at(2), "/apis/x.dev/v1/things?limit=500");
}

TEST_F(WatcherTest, AnotherErrorEventDoesNotListAgain) {
  client_->List(ListOf("10", "[]"));
  client_->Watch({Event("ERROR", R"({"kind":"Status","code":500,"message":"etcd is tired"})")});
  client_->Watch({});
  EXPECT_THAT(Run(), ElementsAre("replace", HasSubstr("answered 500: etcd is tired")));
  EXPECT_THAT(client_->paths().at(2), HasSubstr("watch=1"));
}

TEST_F(WatcherTest, IsNotSyncedUntilTheFirstListIsThere) {
  client_->List(Away());
  EXPECT_THAT(Run(), ElementsAre("failed kubernetes-unavailable: GET /x: connection refused"));
  EXPECT_FALSE(synced_);
}

TEST_F(WatcherTest, PausesGrowToTheLimitWhileTheServerIsAway) {
  for (int i = 0; i < 8; ++i) client_->List(Away());
  Run();
  // 1 + 2 + 4 + 8 + 16 + 30 + 30 + 30
  EXPECT_EQ(slept(), absl::Seconds(121));
}

TEST_F(WatcherTest, PausesStartAfreshOnceEventsCame) {
  client_->List(Away()).List(Away()).List(ListOf("10", "[]"));
  client_->Watch({Event("ADDED", Thing("a", "11"))}, Away());
  Run();
  EXPECT_EQ(slept(), absl::Seconds(1 + 2 + 1));
}

TEST_F(WatcherTest, AServerThatEndsEveryWatchAtOnceIsNotAskedWithoutPauses) {
  client_->List(ListOf("10", "[]"));
  for (int i = 0; i < 5; ++i) client_->Watch({});
  EXPECT_THAT(Run(), ElementsAre("replace"));
  EXPECT_EQ(slept(), absl::Seconds(1 + 2 + 4 + 8 + 16));
}

TEST_F(WatcherTest, AnOptionalResourceThatIsNotThereIsEmptyAndAskedForAgain) {
  client_->List(NotThere()).List(NotThere()).List(ListOf("10", "[" + Thing("a", "4") + "]"));
  EXPECT_THAT(Run({.path = kPath, .optional = true}), ElementsAre("replace", "replace a@4"));
  EXPECT_EQ(slept(), absl::Seconds(60));
}

TEST_F(WatcherTest, AnOptionalResourceThatIsNotThereIsSynced) {
  client_->List(NotThere());
  Run({.path = kPath, .optional = true});
  EXPECT_TRUE(synced_);
}

TEST_F(WatcherTest, AResourceThatMustBeThereIsNotSyncedWithoutIt) {
  client_->List(NotThere());
  EXPECT_THAT(Run(), ElementsAre("failed kubernetes-unavailable: GET /x: answered 404"));
  EXPECT_FALSE(synced_);
}

TEST_F(WatcherTest, OneNotFoundOfAStartingServerDoesNotRemoveWhatWasThere) {
  client_->List(ListOf("10", "[" + Thing("a", "4") + "]"));
  client_->Watch({}, NotThere());
  client_->List(NotThere()).List(ListOf("10", "[" + Thing("a", "4") + "]"));
  const auto lines = Run({.path = kPath, .optional = true});
  EXPECT_THAT(lines, ::testing::Not(::testing::Contains("replace")));
  EXPECT_EQ(lines.back(), "replace a@4");
}

TEST_F(WatcherTest, ACrdThatIsDeletedTakesItsObjectsAlong) {
  client_->List(ListOf("10", "[" + Thing("a", "4") + "]"));
  client_->Watch({}, NotThere());
  client_->List(NotThere()).List(NotThere());
  EXPECT_EQ(Run({.path = kPath, .optional = true}).back(), "replace");
}

TEST_F(WatcherTest, BrokenLinesLeadToANewListAndAreTold) {
  const std::pair<std::string, std::string> broken[] = {
      {"{\"type\":\"ADDED\",\"obj", "an event: watch of /apis/x.dev/v1/things"},
      {"[]", "expected an object, found a list"},
      {"{}", "unknown type"},
      {Event("RENAMED", Thing("a", "11")), "an event of an unknown type: RENAMED"},
      {"{\"type\":\"ADDED\"}", "an event without a resourceVersion"},
      {Event("ADDED", "[]"), "an event without a resourceVersion"},
      {Event("ADDED", R"({"metadata":{"name":"a"}})"), "an event without a resourceVersion"},
      {Event("ADDED", R"({"metadata":{"resourceVersion":"11"}})"), "an event whose object has no name"},
      {Event("ERROR", "{}"), "an ERROR event without a Status object"},
      {Event("ADDED", Thing("a", "11")) + "x", "an event: watch of"},
  };
  for (const auto& [line, what] : broken) {
    client_ = std::make_shared<ScriptedClient>();
    RecordedHandler handler;
    client_->List(ListOf("10", "[]")).Watch({line}).List(ListOf("20", "[" + Thing("z", "19") + "]"));
    auto watcher =
        Watcher::Start(client_, {.path = kPath}, handler, net::SystemClock(), [](absl::Duration) {});
    for (int i = 0; i < 10'000 && !client_->idle(); ++i) absl::SleepFor(absl::Milliseconds(1));
    watcher.reset();
    EXPECT_THAT(handler.lines(),
                ElementsAre("replace", AllOf(StartsWith("failed kubernetes-unavailable: "), HasSubstr(what)),
                            "replace z@19"))
        << line;
  }
}

TEST_F(WatcherTest, AnEventThatNeverCanBeReadIsAskedForWithGrowingPauses) {
  for (int i = 0; i < 4; ++i) client_->List(ListOf("10", "[]")).Watch({"{}"});
  Run();
  EXPECT_EQ(slept(), absl::Seconds(1 + 2 + 4 + 8));
}

TEST_F(WatcherTest, AnOlderEventDoesNotReplaceANewerObject) {
  client_->List(ListOf("10", "[" + Thing("a", "9") + "]"));
  client_->Watch({Event("MODIFIED", Thing("a", "12")), Event("MODIFIED", Thing("a", "11")),
                  Event("ADDED", Thing("a", "9")), Event("DELETED", Thing("a", "8"))});
  EXPECT_THAT(Run(), ElementsAre("replace a@9", "upsert a@12"));
  EXPECT_THAT(client_->paths().at(2), HasSubstr("resourceVersion=12&"));
}

TEST_F(WatcherTest, TheSameEventTwiceIsToldOnce) {
  client_->List(ListOf("10", "[]"));
  client_->Watch({Event("ADDED", Thing("a", "11")), Event("ADDED", Thing("a", "11"))});
  EXPECT_THAT(Run(), ElementsAre("replace", "upsert a@11"));
}

TEST_F(WatcherTest, ARemovalOfWhatWasNeverThereIsNotTold) {
  client_->List(ListOf("10", "[]"));
  client_->Watch({Event("DELETED", Thing("a", "11"))});
  EXPECT_THAT(Run(), ElementsAre("replace"));
}

TEST_F(WatcherTest, AnObjectThatComesBackIsTold) {
  client_->List(ListOf("10", "[" + Thing("a", "9") + "]"));
  client_->Watch({Event("DELETED", Thing("a", "11")), Event("ADDED", Thing("a", "12"))});
  EXPECT_THAT(Run(), ElementsAre("replace a@9", "remove a@11", "upsert a@12"));
}

TEST_F(WatcherTest, VersionsThatAreNoNumbersAreNeverOlder) {
  client_->List(ListOf("x10", "[" + Thing("a", "zz") + "]"));
  client_->Watch({Event("MODIFIED", Thing("a", "aa"))});
  EXPECT_THAT(Run(), ElementsAre("replace a@zz", "upsert a@aa"));
  EXPECT_THAT(client_->paths().at(2), HasSubstr("resourceVersion=aa&"));
}

TEST_F(WatcherTest, AskForLessWhenAPageIsTooLarge) {
  client_->List(TooLarge()).List(TooLarge()).List(ListOf("10", "[]"));
  Run();
  EXPECT_EQ(client_->paths().at(1), "/apis/x.dev/v1/things?limit=125");
  EXPECT_EQ(client_->paths().at(2), "/apis/x.dev/v1/things?limit=31");
}

TEST_F(WatcherTest, AnswersThatAreNoListAreRefused) {
  const std::pair<std::string, std::string> refused[] = {
      {"{}", "expected a list, found no kind"},
      {"{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"}}", "found no kind"},
      {"{\"kind\":\"ThingList\",\"apiVersion\":\"v1\",\"items\":[]}", "the list has no metadata"},
      {"{\"kind\":\"ThingList\",\"apiVersion\":\"v1\",\"metadata\":{}}", "the list has no resourceVersion"},
      {ListOf("1", "{}"), "\"items\" is no list"},
      {ListOf("1", "[7]"), "an item is no object"},
  };
  for (const auto& [json, what] : refused) client_->List(json);
  const auto lines = Run();
  ASSERT_EQ(lines.size(), std::size(refused));
  for (size_t i = 0; i < lines.size(); ++i) {
    EXPECT_THAT(lines[i], AllOf(StartsWith("failed kubernetes-unavailable: GET /apis/x.dev/v1/things: "),
                                HasSubstr(refused[i].second)));
  }
  EXPECT_FALSE(synced_);
}

TEST_F(WatcherTest, AListWithoutEndIsGivenUp) {
  for (int i = 0; i < limits::kMaxKubePages; ++i) client_->List(ListOf("10", "[]", "more"));
  EXPECT_THAT(Run(),
              ElementsAre("failed kubernetes-unavailable: GET /apis/x.dev/v1/things: more than 1000 pages"));
}

TEST_F(WatcherTest, StopsWithinASecondWhateverItIsDoing) {
  client_->List(Away());  // then it sleeps for a second and asks a server that is silent
  for (const absl::Duration after : {absl::Milliseconds(50), absl::Milliseconds(1300)}) {
    auto watcher = Watcher::Start(client_, {.path = kPath}, handler_);
    absl::SleepFor(after);
    const absl::Time began = absl::Now();
    watcher.reset();
    EXPECT_LT(absl::Now() - began, absl::Seconds(1));
  }
}

}  // namespace
}  // namespace chartseal::kube
