#pragma once

#include <cstddef>
#include <functional>

namespace chartseal::verification {

// Runs work(0) … work(count - 1), at most `max_threads` at a time, and returns when all are done. The calling
// thread takes part, so that one item costs no thread. `work` must not throw.
void ParallelFor(size_t count, size_t max_threads, const std::function<void(size_t)>& work);

}  // namespace chartseal::verification
