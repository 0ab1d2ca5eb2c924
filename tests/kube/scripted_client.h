#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/kube/client.h"

namespace chartseal::kube {

// An API server that follows a script: each GET takes the next answer of `lists`, each watch the next of
// `watches`. When a script is over, calls stay silent until they are stopped. Thread-safe.
class ScriptedClient : public Client {
 public:
  struct Watched {
    std::vector<std::string> lines;
    absl::Status end;  // OK: the server ends the stream
  };

  ScriptedClient& List(absl::StatusOr<std::string> json) {
    const std::lock_guard lock(mutex_);
    lists_.push_back(std::move(json));
    return *this;
  }
  ScriptedClient& Watch(std::vector<std::string> lines, absl::Status end = absl::OkStatus()) {
    const std::lock_guard lock(mutex_);
    watches_.push_back({std::move(lines), std::move(end)});
    return *this;
  }

  // A line for the watch that is under way, or for the next, which then stays open.
  ScriptedClient& Say(std::string line) {
    const std::lock_guard lock(mutex_);
    said_.push_back(std::move(line));
    return *this;
  }

  absl::StatusOr<Node> Get(std::string_view path, absl::Time deadline) override {
    return GetUnless(
        path, [] { return false; }, deadline);
  }

  absl::StatusOr<Node> GetUnless(std::string_view path, const std::function<bool()>& stopped,
                                 absl::Time) override {
    auto answer = Next(path, lists_);
    if (!answer.has_value()) return Silent(stopped, {});
    RETURN_IF_ERROR(answer->status());
    return ParseJson(**answer, "script");
  }

  absl::StatusOr<Node> Send(std::string_view, std::string_view, std::string_view, const Node&,
                            absl::Time) override {
    return absl::UnimplementedError("nothing is sent");
  }

  absl::Status Stream(std::string_view path, const std::function<absl::Status(std::string_view)>& on_line,
                      const std::function<bool()>& stopped, absl::Time) override {
    const auto watched = Next(path, watches_);
    if (!watched.has_value()) return Silent(stopped, on_line);
    for (const std::string& line : watched->lines) RETURN_IF_ERROR(on_line(line));
    return watched->end;
  }

  // All paths asked for so far, in order.
  std::vector<std::string> paths() const {
    const std::lock_guard lock(mutex_);
    return paths_;
  }
  // How many lines of Say() were taken.
  size_t lines_said() const { return lines_said_; }
  // Whether somebody waits for an answer that the script does not have.
  bool idle() const {
    const std::lock_guard lock(mutex_);
    return idle_;
  }

 private:
  template <typename Answer>
  std::optional<Answer> Next(std::string_view path, std::deque<Answer>& answers) {
    const std::lock_guard lock(mutex_);
    paths_.emplace_back(path);
    if (answers.empty()) return std::nullopt;
    Answer answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }

  absl::Status Silent(const std::function<bool()>& stopped,
                      const std::function<absl::Status(std::string_view)>& on_line) {
    {
      const std::lock_guard lock(mutex_);
      idle_ = true;
    }
    for (; !stopped(); absl::SleepFor(absl::Milliseconds(1))) {
      for (const std::string& line : on_line ? TakeSaid() : std::vector<std::string>()) {
        RETURN_IF_ERROR(on_line(line));
        ++lines_said_;
      }
    }
    return absl::CancelledError("stopped");
  }

  std::vector<std::string> TakeSaid() {
    const std::lock_guard lock(mutex_);
    return std::exchange(said_, {});
  }

  mutable std::mutex mutex_;
  std::deque<absl::StatusOr<std::string>> lists_;
  std::deque<Watched> watches_;
  std::vector<std::string> paths_;
  std::vector<std::string> said_;
  std::atomic<size_t> lines_said_ = 0;
  bool idle_ = false;
};

}  // namespace chartseal::kube
