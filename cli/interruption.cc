#include "cli/interruption.h"

namespace chartseal::cli {
namespace {

volatile sig_atomic_t asked_for = 0;

void Ask(int) { asked_for = 1; }

}  // namespace

Interruption::Interruption() {
  struct sigaction ask = {};
  ask.sa_handler = Ask;
  ask.sa_flags = SA_RESTART | SA_RESETHAND;
  for (size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &ask, nullptr);
  }
}

Interruption::~Interruption() {
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  asked_for = 0;
}

bool Interruption::IsAskedFor() const { return asked_for != 0; }

}  // namespace chartseal::cli
