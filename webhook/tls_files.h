#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/base/limits.h"
#include "verifier/net/clock.h"
#include "webhook/periodic.h"
#include "webhook/server.h"

namespace chartseal::webhook {

struct TlsFilesOptions {
  std::string certificate;  // PEM files; leaf first
  std::string key;
  std::string client_ca;                                     // empty: clients need no certificate
  std::vector<std::string> client_names;                     // as in TlsIdentity
  absl::Duration poll_interval = limits::kFilePollInterval;  // InfiniteDuration: only Poll() looks
};

// The TLS files of a listener, followed by content, so that every way of replacing them is seen (kubelet
// swaps a link, cert-manager and people write the files one by one). What cannot be used (unreadable, a key
// of another certificate, a client CA that holds none) changes nothing, is logged once, and is tried again at
// each look.
class TlsFiles {
 public:
  // Puts an identity in force: Server::ReplaceTls. Called by one thread at a time.
  using Apply = std::function<absl::Status(const TlsIdentity&)>;

  // Reads everything once; what is wrong then is an error that names the file. `sleeper` waits
  // limits::kFileSettleTime before a change is believed.
  static absl::StatusOr<std::unique_ptr<TlsFiles>> Read(TlsFilesOptions options,
                                                        net::Sleeper sleeper = net::SystemSleeper());
  ~TlsFiles();
  TlsFiles(const TlsFiles&) = delete;
  TlsFiles& operator=(const TlsFiles&) = delete;

  // What is in force: what Read() found, or what was applied last. Thread-safe, as are the next two.
  TlsIdentity identity() const;
  // When its leaf expires.
  absl::Time expiry() const;
  // Looks once; does nothing before Follow().
  void Poll();

  // From now on changes are given to `apply`, by a thread of this object or by Poll(). Call once.
  void Follow(Apply apply);
  // Nothing is applied any more once this returns: to be called before what `apply` uses goes away. The rest
  // stays usable.
  void StopFollowing();

 private:
  // The files at one moment.
  struct Content {
    TlsIdentity identity;
    absl::Time expiry;
  };
  struct Look {
    absl::StatusOr<Content> content = absl::UnknownError("not looked at");
    std::string hash;  // tells it from other states, errors included
  };

  TlsFiles(TlsFilesOptions options, net::Sleeper sleeper)
      : options_(std::move(options)), sleeper_(std::move(sleeper)) {}
  absl::StatusOr<Content> ReadContent() const;
  Look LookNow() const;
  absl::Status Use(const Look& look);

  const TlsFilesOptions options_;
  const net::Sleeper sleeper_;
  std::mutex polling_;  // one look at a time; guards the next three
  Apply apply_;
  std::string applied_;       // hash of what is in force
  std::string refused_;       // hash of what was logged last, empty after a success
  mutable std::mutex mutex_;  // guards content_
  Content content_;
  Periodic follower_;  // last: it uses everything above
};

}  // namespace chartseal::webhook
