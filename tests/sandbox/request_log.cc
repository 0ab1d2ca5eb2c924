#include "tests/sandbox/request_log.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "tests/sandbox/fault.h"

namespace chartseal::sandbox {

std::size_t RequestLog::Begin(const HttpRequest& request) {
  RequestRecord record{.method = request.method,
                       .path = request.path,
                       .target = request.target,
                       .headers = request.headers,
                       .client_port = request.client_port,
                       .started = absl::Now()};
  std::lock_guard lock(mutex_);
  records_.push_back(std::move(record));
  return cleared_ + records_.size() - 1;
}

void RequestLog::End(std::size_t index, int status) {
  std::lock_guard lock(mutex_);
  if (index < cleared_) return;
  RequestRecord& record = records_[index - cleared_];
  record.finished = absl::Now();
  record.status = status;
}

std::vector<RequestRecord> RequestLog::Records() const {
  std::lock_guard lock(mutex_);
  return records_;
}

void RequestLog::Clear() {
  std::lock_guard lock(mutex_);
  cleared_ += records_.size();
  records_.clear();
}

std::size_t RequestLog::Count(std::string_view method, std::string_view path_glob) const {
  std::lock_guard lock(mutex_);
  return std::count_if(records_.begin(), records_.end(), [&](const RequestRecord& record) {
    return (method.empty() || record.method == method) && GlobMatches(path_glob, record.path);
  });
}

std::size_t RequestLog::size() const {
  std::lock_guard lock(mutex_);
  return records_.size();
}

std::size_t RequestLog::MaxInFlight() const {
  std::vector<std::pair<absl::Time, int>> edges;
  for (const RequestRecord& record : Records()) {
    edges.emplace_back(record.started, 1);
    edges.emplace_back(record.finished, -1);
  }
  std::sort(edges.begin(), edges.end());  // at one instant an end (-1) sorts before a start
  int now = 0, most = 0;
  for (const auto& [when, change] : edges) most = std::max(most, now += change);
  return most;
}

std::size_t RequestLog::SequentialDepth() const {
  // Interval scheduling: always taking the request that ends first yields the longest chain.
  std::vector<RequestRecord> records = Records();
  std::sort(records.begin(), records.end(),
            [](const RequestRecord& a, const RequestRecord& b) { return a.finished < b.finished; });
  std::size_t depth = 0;
  absl::Time free_at = absl::InfinitePast();
  for (const RequestRecord& record : records) {
    if (record.started < free_at) continue;
    free_at = record.finished;
    ++depth;
  }
  return depth;
}

bool RequestLog::AnyHasHeader(const std::string& lower_case_name) const {
  std::lock_guard lock(mutex_);
  return std::any_of(records_.begin(), records_.end(),
                     [&](const RequestRecord& record) { return record.HasHeader(lower_case_name); });
}

}  // namespace chartseal::sandbox
