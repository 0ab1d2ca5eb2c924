#include "verifier/verification/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace chartseal::verification {

void ParallelFor(size_t count, size_t max_threads, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next = 0;
  const auto drain = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> helpers;
  for (size_t i = 1; i < std::min(count, max_threads); ++i) helpers.emplace_back(drain);
  drain();
}

}  // namespace chartseal::verification
