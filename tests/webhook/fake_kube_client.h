#pragma once

#include <algorithm>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "verifier/kube/client.h"

namespace chartseal::webhook {

// Takes what is sent and answers as it is told to. Thread-safe.
class FakeKubeClient : public kube::Client {
 public:
  struct Sent {
    std::string method;
    std::string path;
    std::string content_type;
    Node body;
  };

  absl::StatusOr<Node> Get(std::string_view, absl::Time) override {
    return absl::UnimplementedError("nothing is read");
  }
  absl::StatusOr<Node> Send(std::string_view method, std::string_view path, std::string_view content_type,
                            const Node& body, absl::Time) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    sent_.push_back({std::string(method), std::string(path), std::string(content_type), body});
    if (answers_.empty()) return body;
    const absl::Status answer = answers_.front();
    answers_.pop_front();
    if (!answer.ok()) return answer;
    return body;
  }
  absl::Status Stream(std::string_view, const std::function<absl::Status(std::string_view)>&,
                      const std::function<bool()>&, absl::Time) override {
    return absl::UnimplementedError("nothing is watched");
  }

  // The next requests are answered with these; all others succeed.
  void Answer(std::initializer_list<absl::Status> answers) {
    const std::lock_guard<std::mutex> lock(mutex_);
    answers_.insert(answers_.end(), answers.begin(), answers.end());
  }

  // What was sent so far, once it is at least `count` requests, or after ten seconds.
  std::vector<Sent> Await(size_t count) const {
    for (int i = 0; i < 10'000 && sent().size() < count; ++i) absl::SleepFor(absl::Milliseconds(1));
    return sent();
  }
  std::vector<Sent> sent() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return sent_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Sent> sent_;
  std::deque<absl::Status> answers_;
};

}  // namespace chartseal::webhook
