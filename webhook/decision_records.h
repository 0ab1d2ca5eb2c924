#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/verification/decision_record.h"
#include "webhook/background_queue.h"
#include "webhook/decision_observer.h"
#include "webhook/metrics.h"

namespace chartseal::webhook {

// The decision as a record; evidence and policy documents are shared, not copied. `version` is that of this
// program.
verification::DecisionRecord MakeDecisionRecord(const DecisionView& view, std::string_view version);

// "20261124T001203.123456Z-705ab4f5-validate.json": sorts by time, and holds nothing of the uid but letters,
// digits and '-'.
std::string RecordFileName(const verification::DecisionRecord& record);

// A directory of records that keeps within a number of files and of bytes: the oldest go. Only files with
// names as RecordFileName() makes them are counted and removed; whatever else is there stays. Not
// thread-safe.
class RecordDirectory {
 public:
  struct Limits {
    size_t files;
    int64_t bytes;
  };

  // The directory must exist and be writable. Removes what an earlier process left half-written.
  static absl::StatusOr<RecordDirectory> Open(std::string path, Limits limits);

  // Writes the file as a whole or not at all, readable by its owner only, and makes room for it before.
  absl::Status Put(const std::string& name, std::string_view text);

  size_t files() const { return files_.size(); }
  int64_t bytes() const { return bytes_; }

 private:
  struct File {
    std::string name;
    int64_t bytes;
  };
  RecordDirectory(std::string path, Limits limits) : path_(std::move(path)), limits_(limits) {}
  absl::Status MakeRoom(int64_t bytes);

  std::string path_;
  Limits limits_;
  std::deque<File> files_;  // oldest first
  int64_t bytes_ = 0;
};

struct DecisionRecordsOptions {
  std::string directory;
  bool all = false;  // also of what was admitted with a yes
  std::string version;
};

// Writes a decision record for each denial, warning and "could not tell", or for every decision. A thread of
// its own does so: a full or slow disk is logged and counted, and never touches a request. Thread-safe.
class DecisionRecords : public DecisionObserver {
 public:
  // An error when the directory cannot be used.
  static absl::StatusOr<std::unique_ptr<DecisionRecords>> Start(DecisionRecordsOptions options);
  // Writes what is waiting.
  ~DecisionRecords() override = default;

  void Decided(const DecisionView& view) override;

  struct Counts {
    uint64_t written = 0;
    uint64_t failed = 0;
    uint64_t dropped = 0;  // too many were waiting
  };
  Counts counts() const;
  // chartseal_decision_records_total by what became of them; this object must outlive the scrapes.
  void AddTo(Metrics& metrics) const;
  // Returns when everything is written; for tests.
  void Drain() { queue_.Drain(); }

 private:
  DecisionRecords(DecisionRecordsOptions options, RecordDirectory directory);
  void Write(const verification::DecisionRecord& record);

  const DecisionRecordsOptions options_;
  RecordDirectory directory_;  // of the queue's thread
  absl::Time complained_ = absl::InfinitePast();
  std::atomic<uint64_t> written_ = 0;
  std::atomic<uint64_t> failed_ = 0;
  BackgroundQueue<verification::DecisionRecord> queue_;  // last: its thread uses everything above
};

}  // namespace chartseal::webhook
