// The watcher and the client together, against a server that has the troubles of real ones.

#include <gmock/gmock.h>

#include <atomic>
#include <set>

#include "absl/time/clock.h"
#include "tests/kube/fake_api_server.h"
#include "verifier/base/limits.h"
#include "verifier/kube/watcher.h"

namespace chartseal::kube {
namespace {

// The objects that a handler was told of. Thread-safe.
class Mirror : public ObjectHandler {
 public:
  void Replace(std::vector<Node> objects) override {
    const std::lock_guard lock(mutex_);
    names_.clear();
    for (const Node& object : objects) names_.insert(NameOf(object));
  }
  void Upsert(Node object) override {
    const std::lock_guard lock(mutex_);
    names_.insert(NameOf(object));
  }
  void Remove(const Node& object) override {
    const std::lock_guard lock(mutex_);
    names_.erase(NameOf(object));
  }
  void Failed(const absl::Status&) override {
    const std::lock_guard lock(mutex_);
    ++failures_;
  }

  std::set<std::string> names() const {
    const std::lock_guard lock(mutex_);
    return names_;
  }
  int failures() const {
    const std::lock_guard lock(mutex_);
    return failures_;
  }

 private:
  static std::string NameOf(const Node& object) {
    return std::string(object.FindPath({"metadata"})->StringOr("name"));
  }
  mutable std::mutex mutex_;
  std::set<std::string> names_;
  int failures_ = 0;
};

class OutageTest : public ::testing::Test {
 protected:
  using Names = std::set<std::string>;

  void StartWatching(bool optional = false) {
    watcher_ = Watcher::Start(
        MakeClient(server_.config()).value(), {.path = FakeApiServer::kCollection, .optional = optional},
        mirror_, [this] { return absl::Now() + ahead_.load(); },
        [](absl::Duration pause) { absl::SleepFor(pause / 50); });
  }
  template <typename Condition>
  static bool Eventually(Condition condition) {
    for (int i = 0; i < 2000 && !condition(); ++i) absl::SleepFor(absl::Milliseconds(5));
    return condition();
  }
  bool Becomes(const Names& names) {
    return Eventually([&] { return watcher_->synced() && mirror_.names() == names; });
  }
  bool FailsOnceMore() {
    return Eventually([this, before = mirror_.failures()] { return mirror_.failures() > before; });
  }

  FakeApiServer server_;
  Mirror mirror_;
  std::atomic<absl::Duration> ahead_ = absl::ZeroDuration();  // of the watcher's clock
  std::unique_ptr<Watcher> watcher_;
};

TEST_F(OutageTest, ManyPagesAndThenEachChangeAreSeen) {
  Names names;
  for (int i = 0; i < 10; ++i) {
    names.insert("n" + std::to_string(i));
    server_.Put("n" + std::to_string(i));
  }
  StartWatching();
  ASSERT_TRUE(Becomes(names));
  EXPECT_EQ(server_.lists(), 4);
  server_.Put("new");
  server_.Delete("n3");
  names.insert("new");
  names.erase("n3");
  EXPECT_TRUE(Becomes(names));
  EXPECT_EQ(server_.lists(), 4);
  EXPECT_EQ(mirror_.failures(), 0);
}

TEST_F(OutageTest, AServerThatFailsForAWhileTakesNothingAwayAndIsCaughtUpWith) {
  server_.Put("a");
  StartWatching();
  ASSERT_TRUE(Becomes({"a"}));
  server_.SetFailing(true);
  ASSERT_TRUE(FailsOnceMore());
  server_.Put("b");
  ASSERT_TRUE(FailsOnceMore());
  EXPECT_EQ(mirror_.names(), Names{"a"});
  server_.SetFailing(false);
  EXPECT_TRUE(Becomes({"a", "b"}));
  EXPECT_EQ(server_.lists(), 1) << "a watch that goes on needs no list";
}

TEST_F(OutageTest, AServerThatComesBackWithoutItsHistoryIsListedAgain) {
  server_.Put("a");
  server_.Put("b");
  StartWatching();
  ASSERT_TRUE(Becomes({"a", "b"}));
  server_.Stop();
  ASSERT_TRUE(FailsOnceMore());
  EXPECT_EQ(mirror_.names(), (Names{"a", "b"}));
  server_.Delete("a");
  server_.Put("c");
  server_.Compact();
  server_.Restart();
  EXPECT_TRUE(Becomes({"b", "c"}));
  EXPECT_EQ(server_.lists(), 2);
}

TEST_F(OutageTest, AServerThatKeepsConnectionsOpenAndSaysNothingIsNotWaitedFor) {
  server_.Put("a");
  StartWatching();
  ASSERT_TRUE(Becomes({"a"}));
  server_.SetFrozen(true);
  ASSERT_TRUE(Eventually([this] { return server_.frozen_requests() == 1; }));  // the next watch
  server_.Put("b");
  ahead_ = limits::kKubeWatchSilence + absl::Seconds(1);
  ASSERT_TRUE(Eventually([this] { return server_.frozen_requests() == 2; })) << "the watch was waited for";
  EXPECT_EQ(mirror_.names(), Names{"a"});
  server_.SetFrozen(false);
  EXPECT_TRUE(Becomes({"a", "b"}));
  EXPECT_EQ(server_.lists(), 2);
}

TEST_F(OutageTest, AServerThatIsAwayAtTheStartIsWaitedFor) {
  server_.Put("a");
  server_.Stop();
  StartWatching();
  ASSERT_TRUE(FailsOnceMore());
  EXPECT_FALSE(watcher_->synced());
  server_.Restart();
  EXPECT_TRUE(Becomes({"a"}));
}

TEST_F(OutageTest, AResourceThatIsInstalledLaterIsFound) {
  server_.SetKnown(false);
  StartWatching(true);
  ASSERT_TRUE(Becomes({}));
  server_.Put("a");
  server_.SetKnown(true);
  EXPECT_TRUE(Becomes({"a"}));
}

TEST_F(OutageTest, AResourceThatIsNotThereAndIsNeededIsNotSynced) {
  server_.SetKnown(false);
  StartWatching();
  ASSERT_TRUE(FailsOnceMore());
  EXPECT_FALSE(watcher_->synced());
}

}  // namespace
}  // namespace chartseal::kube
