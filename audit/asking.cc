#include "audit/asking.h"

#include <atomic>

#include "verifier/base/limits.h"
#include "verifier/verification/parallel.h"

namespace chartseal::audit {

void ForEachInParallel(const Asking& asking, std::string_view what, size_t count,
                       const std::function<void(size_t)>& work) {
  std::atomic<size_t> done = 0;
  verification::ParallelFor(count, limits::kMaxAuditThreads, [&](size_t i) {
    work(i);
    if (asking.progress) asking.progress(what, ++done, count);
  });
}

}  // namespace chartseal::audit
