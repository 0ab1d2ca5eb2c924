#include "verifier/kube/watcher.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/kube/backoff.h"
#include "verifier/kube/listing.h"
#include "verifier/kube/watch_event.h"
#include "verifier/net/url.h"

namespace chartseal::kube {
namespace {

constexpr absl::Duration kSlice = absl::Milliseconds(200);  // a pause is left within this, when told to stop
constexpr absl::Duration kQuickEnd = absl::Seconds(5);      // a watch that ends sooner did not work
constexpr absl::Duration kAskAgain = absl::Seconds(30);     // for a resource that is not there
constexpr absl::Duration kPatience = absl::Seconds(15);     // for the server to end a watch by itself

class ListWatcher : public Watcher {
 public:
  ListWatcher(std::shared_ptr<Client> client, WatchOptions options, ObjectHandler& handler, net::Clock clock,
              net::Sleeper sleeper)
      : client_(std::move(client)),
        options_(std::move(options)),
        handler_(handler),
        clock_(std::move(clock)),
        sleeper_(std::move(sleeper)),
        backoff_(options_.jitter),
        thread_([this] { Run(); }) {}

  ~ListWatcher() override {
    stopping_ = true;
    thread_.join();
  }

  bool synced() const override { return synced_; }

 private:
  void Run();
  void List();
  void Watch();
  void HandOver(Listing listing);
  void NotThere(const absl::Status& status);
  bool IsSilent() const { return clock_() - heard_ > limits::kKubeWatchSilence; }
  void AfterWatch(const absl::Status& status, absl::Time began);
  absl::Status Take(std::string_view line);
  void Fail(const absl::Status& status);
  void Pause(absl::Duration duration);
  std::string WatchPath() const;

  const std::shared_ptr<Client> client_;
  const WatchOptions options_;
  ObjectHandler& handler_;
  const net::Clock clock_;
  const net::Sleeper sleeper_;
  const std::function<bool()> stopped_ = [this] { return stopping_.load(); };

  // Of the thread alone.
  Backoff backoff_;
  SeenVersions seen_;
  std::string resource_version_;  // empty: list first
  absl::Time heard_;              // when the watch last brought a line, or began
  int page_size_ = limits::kKubePageSize;
  int times_not_there_ = 0;  // in a row

  std::atomic<bool> stopping_ = false;
  std::atomic<bool> synced_ = false;
  std::thread thread_;  // the last member: it uses all others
};

void ListWatcher::Run() {
  while (!stopping_) {
    if (resource_version_.empty()) {
      List();
    } else {
      Watch();
    }
  }
}

void ListWatcher::Pause(absl::Duration duration) {
  for (absl::Duration left = duration; left > absl::ZeroDuration() && !stopping_; left -= kSlice) {
    sleeper_(std::min(left, kSlice));
  }
}

void ListWatcher::Fail(const absl::Status& status) {
  if (stopping_) return;
  handler_.Failed(status);
  Pause(backoff_.Next());
}

void ListWatcher::List() {
  auto listing = ListAll({*client_, options_.path, page_size_, clock_, stopped_});
  if (listing.ok()) return HandOver(*std::move(listing));
  if (absl::IsNotFound(listing.status()) && options_.optional) return NotThere(listing.status());
  times_not_there_ = 0;
  // Perhaps the objects are large: a smaller page may fit where this one did not.
  if (absl::IsResourceExhausted(listing.status())) page_size_ = std::max(1, page_size_ / 4);
  Fail(listing.status());
}

void ListWatcher::HandOver(Listing listing) {
  times_not_there_ = 0;
  page_size_ = limits::kKubePageSize;
  seen_.Clear();
  for (const Node& object : listing.objects) seen_.TakeUpsert(object);
  resource_version_ = std::move(listing.resource_version);
  handler_.Replace(std::move(listing.objects));
  synced_ = true;
}

// An API server that is starting may not know a CRD yet: objects that were there are given up at the second
// such answer only.
void ListWatcher::NotThere(const absl::Status& status) {
  if (!seen_.empty() && ++times_not_there_ < 2) return Fail(status);
  backoff_.Reset();
  if (!synced_ || !seen_.empty()) handler_.Replace({});
  seen_.Clear();
  synced_ = true;
  Pause(kAskAgain);
}

std::string ListWatcher::WatchPath() const {
  const std::string parameters =
      Cat("watch=1&allowWatchBookmarks=true&resourceVersion=", net::PercentEncode(resource_version_),
          "&timeoutSeconds=", absl::ToInt64Seconds(limits::kKubeWatchTime));
  return WithParameter(options_.path, parameters);
}

void ListWatcher::Watch() {
  const absl::Time began = clock_();
  heard_ = began;
  const absl::Status status = client_->Stream(
      WatchPath(), [this](std::string_view line) { return Take(line); },
      [this] { return stopping_ || IsSilent(); }, began + limits::kKubeWatchTime + kPatience);
  if (!stopping_) AfterWatch(status, began);
}

absl::Status ListWatcher::Take(std::string_view line) {
  heard_ = clock_();
  ASSIGN_OR_RETURN(WatchEvent event, ReadWatchEvent(line, Cat("watch of ", Printable(options_.path, 512))));
  backoff_.Reset();
  if (event.kind == WatchEvent::Kind::kUpsert && seen_.TakeUpsert(event.object)) {
    handler_.Upsert(std::move(event.object));
  } else if (event.kind == WatchEvent::Kind::kRemove && seen_.TakeRemoval(event.object)) {
    handler_.Remove(event.object);
  }
  if (!IsOlder(event.resource_version, resource_version_)) resource_version_ = event.resource_version;
  return absl::OkStatus();
}

void ListWatcher::AfterWatch(const absl::Status& status, absl::Time began) {
  const bool lasted = clock_() - began >= kQuickEnd;
  if (lasted) backoff_.Reset();
  // A server that holds connections open and answers nothing looks like one where nothing happens. A list
  // tells them apart within limits::kKubeListTime, and brings what a lost connection may have swallowed.
  if (absl::IsCancelled(status) && IsSilent()) return resource_version_.clear();
  // The time was over, as it is every few minutes.
  if (status.ok() || absl::IsDeadlineExceeded(status)) {
    if (!lasted) Pause(backoff_.Next());
    return;
  }
  switch (status.code()) {
    case absl::StatusCode::kOutOfRange:       // our version is too old
    case absl::StatusCode::kNotFound:         // the resource is gone
    case absl::StatusCode::kInvalidArgument:  // an event that cannot be read: a list leads past it
      resource_version_.clear();
      break;
    default:
      break;
  }
  Fail(status);
}

}  // namespace

std::unique_ptr<Watcher> Watcher::Start(std::shared_ptr<Client> client, WatchOptions options,
                                        ObjectHandler& handler, net::Clock clock, net::Sleeper sleeper) {
  return std::make_unique<ListWatcher>(std::move(client), std::move(options), handler, std::move(clock),
                                       std::move(sleeper));
}

}  // namespace chartseal::kube
