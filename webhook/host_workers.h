#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace chartseal::webhook {

// A fixed number of threads for work that waits for registries, shared so that one registry that has stalled
// leaves threads to the others: at most `max_for_host` work for one host, and hosts take turns. Thread-safe.
class HostWorkers {
 public:
  // At most `max_queued` tasks wait for a thread, and at most half of those for the same host.
  HostWorkers(int threads, int max_for_host, size_t max_queued);
  // Runs what is queued, then joins.
  ~HostWorkers();
  HostWorkers(const HostWorkers&) = delete;
  HostWorkers& operator=(const HostWorkers&) = delete;

  // False, with the task not taken, when too many wait already. Tasks must not throw.
  [[nodiscard]] bool TrySubmit(const std::string& host, std::function<void()> task);

 private:
  struct Host {
    std::deque<std::function<void()>> queue;
    int running = 0;
    bool in_turn = false;  // listed in turns_
  };

  void Work();
  // All with mutex_ held.
  void ListWhenReady(const std::string& name, Host& host);
  void Finished(const std::string& name);

  const int max_for_host_;
  const size_t max_queued_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Host> hosts_;  // those with work
  std::deque<std::string> turns_;      // hosts with something queued and room for one more
  size_t queued_ = 0;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace chartseal::webhook
