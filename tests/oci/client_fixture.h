#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/sandbox/content_digest.h"
#include "tests/sandbox/registry.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/oci/registry_client.h"

namespace chartseal::oci {

// What a client did instead of waiting. Thread-safe.
class RecordedSleeps {
 public:
  net::Sleeper sleeper() {
    return [this](absl::Duration duration) {
      const std::lock_guard lock(mutex_);
      sleeps_.push_back(duration);
    };
  }
  std::vector<absl::Duration> sleeps() const {
    const std::lock_guard lock(mutex_);
    return sleeps_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<absl::Duration> sleeps_;
};

inline absl::Time Soon() { return absl::Now() + absl::Seconds(10); }

inline Reference Ref(const std::string& text) { return Reference::Parse(text).value(); }

inline crypto::Digest DigestOf(const std::string& text) { return crypto::Digest::Parse(text).value(); }

inline Descriptor BlobOf(const std::string& bytes) {
  return Descriptor{"application/octet-stream",
                    crypto::Digest::Sha256Of(bytes),
                    static_cast<int64_t>(bytes.size()),
                    "",
                    {}};
}

// A manifest without layers; `note` makes it distinct, `subject` makes it a referrer.
inline std::string ManifestJson(const std::string& note, const std::string& subject = "") {
  const std::string type = "application/vnd.oci.image.manifest.v1+json";
  const std::string empty = "\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"digest\":\"" +
                            sandbox::ContentDigest("{}") + "\",\"size\":2";
  const std::string subject_member = subject.empty() ? ""
                                                     : ",\"subject\":{\"mediaType\":\"" + type +
                                                           "\",\"digest\":\"" + subject + "\",\"size\":1}";
  return "{\"schemaVersion\":2,\"mediaType\":\"" + type + "\",\"config\":{" + empty +
         "},\"layers\":[],\"annotations\":{\"note\":\"" + note + "\"}" + subject_member + "}";
}

inline std::unique_ptr<sandbox::Registry> StartRegistry(sandbox::RegistryOptions options = {}) {
  return sandbox::Registry::Start(std::move(options)).value();
}

// Options for a client that may speak plain HTTP to loopback and does not wait between attempts.
inline RegistryOptions TestOptions(RecordedSleeps* sleeps = nullptr) {
  RegistryOptions options;
  options.plain_http_hosts = {"127.0.0.1", "localhost"};
  options.retry.random = [] { return 0.0; };
  if (sleeps != nullptr) {
    options.sleeper = sleeps->sleeper();
  } else {
    options.sleeper = [](absl::Duration) {};
  }
  return options;
}

inline std::shared_ptr<RegistryClient> StartClient(RegistryOptions options = TestOptions()) {
  return RegistryClient::Create(std::move(options)).value();
}

}  // namespace chartseal::oci
