#include "webhook/tag_resolver.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "verifier/base/status.h"
#include "webhook/registry_waits.h"
#include "webhook/watched_source.h"

namespace chartseal::webhook {
namespace {

using verification::ResolvedChart;
using Resolved = absl::StatusOr<Checked<ResolvedChart>>;

// What one thread asks and another waits for; goes on when the waiting is over.
struct Request {
  const PullContext pull;
  const oci::Reference repository;
  const workload::ChartVersion version;
  const absl::Time deadline;
  std::mutex mutex;
  std::condition_variable done;
  std::shared_ptr<const WatchedSource> watched;
  std::optional<Resolved> result;
};

Resolved Ask(Request& request, SourceProvider& sources, std::shared_ptr<const std::atomic<bool>> closing) {
  ASSIGN_OR_RETURN(auto source, sources.For(request.pull, request.deadline));
  const auto watched = std::make_shared<WatchedSource>(std::move(source), std::move(closing));
  {
    const std::lock_guard lock(request.mutex);
    request.watched = watched;
  }
  return verification::ResolveChart(*watched, request.repository, request.version, request.deadline);
}

Resolved Await(Request& request) {
  std::unique_lock lock(request.mutex);
  const auto until = absl::ToChronoTime(request.deadline);
  if (request.done.wait_until(lock, until, [&] { return request.result.has_value(); }))
    return *request.result;
  const auto watched = request.watched;
  lock.unlock();
  return TookTooLong(request.repository.host(), watched == nullptr ? std::string() : watched->UnderWay());
}

// What needs no registry.
bool IsKnown(const workload::ChartVersion& version) {
  return version.kind == workload::ChartVersion::Kind::kDigest && version.text.empty();
}

}  // namespace

class TagResolver::Caller : public verification::ChartResolver {
 public:
  Caller(const TagResolver& resolver, PullContext pull) : resolver_(resolver), pull_(std::move(pull)) {}

  Resolved Resolve(const oci::Reference& repository, const workload::ChartVersion& version,
                   absl::Time deadline) override {
    if (IsKnown(version)) return Checked<ResolvedChart>(ResolvedChart{"", *version.digest});
    const std::shared_ptr<Request> request(new Request{pull_, repository, version, deadline, {}, {}, {}, {}});
    const bool taken = resolver_.workers_->TrySubmit(
        repository.host(), [request, sources = resolver_.sources_, closing = resolver_.closing_] {
          Resolved result = Ask(*request, *sources, closing);
          const std::lock_guard lock(request->mutex);
          request->result = std::move(result);
          request->done.notify_all();
        });
    if (!taken) return Overloaded(repository.host(), "too many requests wait for registries");
    return Await(*request);
  }

 private:
  const TagResolver& resolver_;
  const PullContext pull_;
};

TagResolver::TagResolver(std::shared_ptr<SourceProvider> sources, std::shared_ptr<HostWorkers> workers)
    : sources_(std::move(sources)),
      workers_(std::move(workers)),
      closing_(std::make_shared<std::atomic<bool>>(false)) {}

TagResolver::~TagResolver() { *closing_ = true; }

std::unique_ptr<verification::ChartResolver> TagResolver::As(PullContext pull) {
  return std::make_unique<Caller>(*this, std::move(pull));
}

}  // namespace chartseal::webhook
