// A watch that says nothing.

#include <gmock/gmock.h>

#include "tests/kube/watcher_fixture.h"
#include "verifier/base/limits.h"

namespace chartseal::kube {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SilenceTest : public WatcherTest {
 protected:
  // Has a list handed over, and a watch under way that says nothing.
  void StartWatching() {
    client_->List(ListOf("10", "[" + Thing("a", "4") + "]"));
    watcher_ = Watcher::Start(client_, {.path = kPath, .jitter = [] { return 0.0; }}, handler_, now_.clock(),
                              [](absl::Duration) {});
    ASSERT_TRUE(Eventually([this] { return client_->idle(); }));
  }
  template <typename Condition>
  static bool Eventually(Condition condition) {
    for (int i = 0; i < 5'000 && !condition(); ++i) absl::SleepFor(absl::Milliseconds(1));
    return condition();
  }
  bool Tells(const std::vector<std::string>& lines) {
    return Eventually([&] { return handler_.lines() == lines; });
  }
  // Whether nothing else was asked for since the watch began.
  bool StaysAtTheWatch() {
    absl::SleepFor(absl::Milliseconds(30));
    return client_->paths().size() == 2;
  }

  std::unique_ptr<Watcher> watcher_;  // ends before what it uses
};

TEST_F(SilenceTest, AWatchThatHasBeenSilentForTooLongIsFollowedByAList) {
  StartWatching();
  client_->List(ListOf("20", "[" + Thing("b", "19") + "]"));
  now_.Advance(limits::kKubeWatchSilence + absl::Milliseconds(1));
  EXPECT_TRUE(Tells({"replace a@4", "replace b@19"}));
  EXPECT_TRUE(Eventually([this] { return client_->paths().size() == 4; }));
  EXPECT_THAT(client_->paths().at(2), HasSubstr("limit=500"));
  EXPECT_THAT(client_->paths().at(3), HasSubstr("watch=1&allowWatchBookmarks=true&resourceVersion=20&"));
}

TEST_F(SilenceTest, AServerThatDoesNotAnswerTheListEitherIsToldToBeAwayAndTakesNothingAlong) {
  StartWatching();
  client_->List(WithReason(absl::DeadlineExceededError("GET /x: no answer"), Reason::kKubeUnavailable));
  now_.Advance(limits::kKubeWatchSilence + absl::Milliseconds(1));
  EXPECT_TRUE(Tells({"replace a@4", "failed kubernetes-unavailable: GET /x: no answer"}));
}

TEST_F(SilenceTest, AQuietMinuteOrTwoAreNoSilence) {
  StartWatching();
  now_.Advance(limits::kKubeWatchSilence);
  EXPECT_TRUE(StaysAtTheWatch());
}

TEST_F(SilenceTest, BookmarksAreNoSilence) {
  StartWatching();
  for (const char* version : {"11", "12", "13"}) {
    now_.Advance(limits::kKubeWatchSilence);
    const size_t before = client_->lines_said();
    client_->Say(Event("BOOKMARK", std::string(R"({"metadata":{"resourceVersion":")") + version + "\"}}"));
    ASSERT_TRUE(Eventually([&] { return client_->lines_said() > before; }));
  }
  EXPECT_TRUE(StaysAtTheWatch());
  EXPECT_THAT(handler_.lines(), ElementsAre("replace a@4"));
}

TEST_F(SilenceTest, SilenceAfterABookmarkCounts) {
  StartWatching();
  client_->List(ListOf("20", "[]"));
  client_->Say(Event("BOOKMARK", R"({"metadata":{"resourceVersion":"11"}})"));
  ASSERT_TRUE(Eventually([this] { return client_->lines_said() == 1; }));
  now_.Advance(limits::kKubeWatchSilence + absl::Milliseconds(1));
  EXPECT_TRUE(Tells({"replace a@4", "replace"}));
}

}  // namespace
}  // namespace chartseal::kube
