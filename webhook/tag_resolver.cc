#include "webhook/tag_resolver.h"

#include <condition_variable>
#include <functional>
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

// What one thread asks and another waits for; goes on when the waiting is over. `Result` is an
// absl::StatusOr.
template <typename Result>
struct Request {
  const PullContext pull;
  const std::string host;
  const absl::Time deadline;
  const std::function<Result(oci::ArtifactSource&)> ask;
  std::mutex mutex = {};
  std::condition_variable done = {};
  std::shared_ptr<const WatchedSource> watched = nullptr;
  std::optional<Result> result = std::nullopt;
};

template <typename Result>
Result Ask(Request<Result>& request, SourceProvider& sources,
           std::shared_ptr<const std::atomic<bool>> closing) {
  ASSIGN_OR_RETURN(auto source, sources.For(request.pull, request.deadline));
  const auto watched = std::make_shared<WatchedSource>(std::move(source), std::move(closing));
  {
    const std::lock_guard lock(request.mutex);
    request.watched = watched;
  }
  return request.ask(*watched);
}

template <typename Result>
Result Await(Request<Result>& request) {
  std::unique_lock lock(request.mutex);
  const auto until = absl::ToChronoTime(request.deadline);
  if (request.done.wait_until(lock, until, [&] { return request.result.has_value(); }))
    return *request.result;
  const auto watched = request.watched;
  lock.unlock();
  return TookTooLong(request.host, watched == nullptr ? std::string() : watched->UnderWay());
}

// What needs no registry.
bool IsKnown(const workload::ChartVersion& version) {
  return version.kind == workload::ChartVersion::Kind::kDigest && version.text.empty();
}

}  // namespace

// Has a thread of `workers` ask, and waits for it until the deadline of the request.
template <typename Result>
Result TagResolver::AskByWorker(PullContext pull, const std::string& host, absl::Time deadline,
                                std::function<Result(oci::ArtifactSource&)> ask) const {
  const std::shared_ptr<Request<Result>> request(
      new Request<Result>{std::move(pull), host, deadline, std::move(ask)});
  const bool taken = workers_->TrySubmit(host, [request, sources = sources_, closing = closing_] {
    Result result = Ask(*request, *sources, closing);
    const std::lock_guard lock(request->mutex);
    request->result = std::move(result);
    request->done.notify_all();
  });
  if (!taken) return Overloaded(host, "too many requests wait for registries");
  return Await(*request);
}

class TagResolver::Caller : public verification::ChartResolver {
 public:
  Caller(const TagResolver& resolver, PullContext pull) : resolver_(resolver), pull_(std::move(pull)) {}

  Resolved Resolve(const oci::Reference& repository, const workload::ChartVersion& version,
                   absl::Time deadline) override {
    if (IsKnown(version)) return Checked<ResolvedChart>(ResolvedChart{"", *version.digest});
    return resolver_.AskByWorker<Resolved>(
        pull_, repository.host(), deadline, [repository, version, deadline](oci::ArtifactSource& source) {
          return verification::ResolveChart(source, repository, version, deadline);
        });
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

absl::StatusOr<std::vector<std::string>> TagResolver::ListTags(const oci::Reference& repository,
                                                               absl::Time deadline) {
  return ListTagsAs(PullContext(), repository, deadline);
}

absl::StatusOr<std::vector<std::string>> TagResolver::ListTagsAs(PullContext pull,
                                                                 const oci::Reference& repository,
                                                                 absl::Time deadline) {
  return AskByWorker<absl::StatusOr<std::vector<std::string>>>(
      std::move(pull), repository.host(), deadline,
      [repository, deadline](oci::ArtifactSource& source) { return source.ListTags(repository, deadline); });
}

std::unique_ptr<verification::ChartResolver> TagResolver::As(PullContext pull) {
  return std::make_unique<Caller>(*this, std::move(pull));
}

}  // namespace chartseal::webhook
