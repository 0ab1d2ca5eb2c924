#pragma once

#include <cstdint>
#include <string_view>

#include "verifier/base/log.h"
#include "verifier/base/node.h"
#include "webhook/background_queue.h"
#include "webhook/decision_observer.h"

namespace chartseal::webhook {

// The level at which a decision is logged: denials and warnings as warnings; what was admitted although
// something could not be told as information; everything else for debugging only, so that a busy cluster's
// hot path is not spent on lines that nobody reads.
log::Level LevelOf(const Decision& decision);

// The fields of the line: names, digests, reasons and times. Never the object, which may hold secrets. Every
// text is printable and bounded.
Node DescribeDecision(const DecisionView& view);

// One JSON line on standard error for each decision whose level is enabled, with the request's uid as
// request_id (docs/webhook.md). Written by a thread of its own: a reader of standard error that has stopped
// reading stops no admission. Thread-safe.
class DecisionLog : public DecisionObserver {
 public:
  DecisionLog();
  // Writes what is waiting.
  ~DecisionLog() override = default;

  void Decided(const DecisionView& view) override;

  // Lines that were lost because standard error was too slow; for metrics.
  uint64_t dropped() const { return lines_.dropped(); }
  // Returns when everything is written; for tests.
  void Drain() { lines_.Drain(); }

 private:
  struct Line {
    log::Level level;
    Node fields;
  };
  BackgroundQueue<Line> lines_;
};

}  // namespace chartseal::webhook
