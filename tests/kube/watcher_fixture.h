#pragma once

#include <gmock/gmock.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "tests/kube/recorded_handler.h"
#include "tests/kube/scripted_client.h"
#include "tests/net/settable_clock.h"
#include "verifier/base/status.h"
#include "verifier/kube/watcher.h"

namespace chartseal::kube {

inline constexpr const char* kPath = "/apis/x.dev/v1/things";

inline std::string Thing(const std::string& name, const std::string& version) {
  return "{\"metadata\":{\"name\":\"" + name + "\",\"resourceVersion\":\"" + version + "\"}}";
}

inline std::string ListOf(const std::string& version, const std::string& items,
                          const std::string& next = "") {
  return "{\"kind\":\"ThingList\",\"apiVersion\":\"x.dev/v1\",\"metadata\":{\"resourceVersion\":\"" +
         version + "\",\"continue\":\"" + next + "\"},\"items\":" + items + "}";
}

inline std::string Event(const std::string& type, const std::string& object) {
  return "{\"type\":\"" + type + "\",\"object\":" + object + "}";
}

inline std::string Gone() {
  return Event(
      "ERROR",
      R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":"too old resource version",)"
      R"("reason":"Expired","code":410})");
}

inline absl::Status Away() {
  return WithReason(absl::UnavailableError("GET /x: connection refused"), Reason::kKubeUnavailable);
}
inline absl::Status NotThere() {
  return WithReason(absl::NotFoundError("GET /x: answered 404"), Reason::kKubeUnavailable);
}
inline absl::Status TooLarge() {
  return WithReason(absl::ResourceExhaustedError("GET /x: too large"), Reason::kKubeUnavailable);
}

class WatcherTest : public ::testing::Test {
 protected:
  // Runs until the script is over and stops.
  std::vector<std::string> Run(WatchOptions options = {.path = kPath}) {
    options.jitter = [] { return 0.0; };
    const auto sleeper = [this](absl::Duration duration) {
      slept_milliseconds_ += absl::ToInt64Milliseconds(duration);
    };
    auto watcher = Watcher::Start(client_, std::move(options), handler_, now_.clock(), sleeper);
    for (int i = 0; i < 10'000 && !client_->idle(); ++i) absl::SleepFor(absl::Milliseconds(1));
    EXPECT_TRUE(client_->idle()) << "the script was not played to its end";
    synced_ = watcher->synced();
    watcher.reset();
    return handler_.lines();
  }
  absl::Duration slept() const { return absl::Milliseconds(slept_milliseconds_.load()); }

  std::shared_ptr<ScriptedClient> client_ = std::make_shared<ScriptedClient>();
  RecordedHandler handler_;
  net::SettableClock now_;
  std::atomic<int64_t> slept_milliseconds_ = 0;
  bool synced_ = false;
};

}  // namespace chartseal::kube
