#include "webhook/server_descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <string>

#include "verifier/base/log.h"

namespace chartseal::webhook {

size_t RaiseDescriptorLimit(size_t needed) {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < needed) {
    const rlimit wanted = {.rlim_cur = std::min<rlim_t>(needed, limit.rlim_max), .rlim_max = limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &wanted) == 0) limit = wanted;
  }
  if (limit.rlim_cur < needed) {
    log::Warning("file descriptors will not suffice when every connection is taken: raise the hard limit",
                 {{"needed", std::to_string(needed)}, {"available", std::to_string(limit.rlim_cur)}});
  }
  return limit.rlim_cur;
}

}  // namespace chartseal::webhook
