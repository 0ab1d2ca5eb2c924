#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "absl/time/clock.h"
#include "tests/kube/client_fixture.h"
#include "verifier/base/limits.h"

namespace chartseal::kube {
namespace {

using ::testing::ElementsAre;

class StreamTest : public ClientTest {
 protected:
  absl::Status Stream(absl::Time deadline = Soon()) {
    return Connect()->Stream(
        "/x?watch=1",
        [this](std::string_view line) {
          lines_.emplace_back(line);
          return line == "bad" ? absl::DataLossError("bad line") : absl::OkStatus();
        },
        [this] { return stopped_.load(); }, deadline);
  }

  std::vector<std::string> lines_;
  std::atomic<bool> stopped_ = false;
};

TEST_F(StreamTest, HandsOverLinesWhateverPiecesTheyComeIn) {
  Serve([](const auto&) {
    sandbox::HttpResponse response = Json(200, "one\n\ntwo\nthree\nhalf");
    response.delivery = {.kind = sandbox::Delivery::Kind::kDrip, .chunk = 3, .pause = absl::Milliseconds(2)};
    return response;
  });
  EXPECT_EQ(Why(Stream()), "ok");
  EXPECT_THAT(lines_, ElementsAre("one", "two", "three"));
}

TEST_F(StreamTest, AnErrorOfTheCallbackEndsItAndIsReturnedAsItIs) {
  ServeAnswer(200, "one\nbad\nthree\n");
  EXPECT_EQ(Stream(), absl::DataLossError("bad line"));
  EXPECT_THAT(lines_, ElementsAre("one", "bad"));
}

TEST_F(StreamTest, AnErrorOfTheServerIsMapped) {
  ServeAnswer(410, StatusObject(410, "too old resource version: 1 (9)"));
  const absl::Status status = Stream();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Why(status), "kubernetes-unavailable: GET /x: answered 410: too old resource version: 1 (9)");
  EXPECT_THAT(lines_, ElementsAre());
}

TEST_F(StreamTest, ALineThatIsTooLongEndsIt) {
  ServeAnswer(200, "one\n" + std::string(limits::kMaxKubeObjectBytes + 1, 'x') + "\nthree\n");
  const absl::Status status = Stream();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Why(status), "kubernetes-unavailable: GET /x: an object is longer than 4194304 bytes");
  EXPECT_THAT(lines_, ElementsAre("one"));
}

TEST_F(StreamTest, ManyLinesMayBeLongerThanOneAnswer) {
  const std::string line(1 << 20, 'x');
  std::string body;
  for (int i = 0; i < 33; ++i) body += line + "\n";
  ServeAnswer(200, body);
  EXPECT_EQ(Why(Stream()), "ok");
  EXPECT_EQ(lines_.size(), 33u);
}

TEST_F(StreamTest, ASilentServerIsLeftAtTheDeadline) {
  Serve([](const auto&) {
    sandbox::HttpResponse response = Json(200, "\n");
    response.delivery = {.kind = sandbox::Delivery::Kind::kEndless, .pause = absl::Milliseconds(20)};
    return response;
  });
  EXPECT_EQ(Stream(absl::Now() + absl::Milliseconds(200)).code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(StreamTest, StopsWithinASecondWhenTold) {
  Serve([](const auto&) {
    sandbox::HttpResponse response = Json(200, "one\ntwo\n");
    response.delivery = {.kind = sandbox::Delivery::Kind::kDrip, .chunk = 4, .pause = absl::Seconds(8)};
    return response;
  });
  std::thread stopper([this] {
    absl::SleepFor(absl::Milliseconds(100));
    stopped_ = true;
  });
  const absl::Time began = absl::Now();
  const absl::Status status = Stream();
  stopper.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << status;
  EXPECT_LT(absl::Now() - began, absl::Milliseconds(1500));
  EXPECT_THAT(lines_, ElementsAre("one"));
}

TEST_F(StreamTest, AStreamThatIsCutOffIsUnavailable) {
  Serve([](const auto&) {
    sandbox::HttpResponse response = Json(200, "one\ntw");
    response.delivery = {.kind = sandbox::Delivery::Kind::kTruncated, .missing = 10};
    return response;
  });
  EXPECT_EQ(Stream().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(lines_, ElementsAre("one"));
}

}  // namespace
}  // namespace chartseal::kube
