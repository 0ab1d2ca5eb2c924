#include <boost/asio/post.hpp>

#include "verifier/base/limits.h"
#include "webhook/server_core_internal.h"
#include "webhook/server_session_internal.h"

namespace chartseal::webhook::internal {
namespace {

bool Passed(SteadyTime since, absl::Duration time, SteadyTime now) {
  return absl::FromChrono(now - since) >= time;
}

// Connections that are retired by age get their notice with their next reply. One that has no next reply goes
// when it has been quiet for a while, so that hardly ever a request crosses with the end of its connection.
void RetireOldIdle(ServerCore& core, ListenerState& listener, SteadyTime now) {
  for (auto it = listener.by_age.begin(); it != listener.by_age.end();) {
    Session* session = *it++;  // Close() takes it out
    if (!Passed(session->created(), core.limits.connection_age, now)) return;
    if (session->phase() == Phase::kIdle && Passed(session->since(), limits::kRetireIdleTime, now))
      session->Close();
  }
}

}  // namespace

void HandshakeQueue::Push(std::shared_ptr<Session> session) {
  waiting_.push_back(std::move(session));
  if (stepping_) return;
  stepping_ = true;
  boost::asio::post(io_, [this] { Step(); });
}

void HandshakeQueue::Step() {
  stepping_ = false;
  if (waiting_.empty()) return;
  const std::shared_ptr<Session> session = std::move(waiting_.front());
  waiting_.pop_front();
  session->StepHandshake();
  if (waiting_.empty() || stepping_) return;
  stepping_ = true;
  boost::asio::post(io_, [this] { Step(); });
}

absl::Duration ServerCore::PhaseTime(Phase phase) const {
  switch (phase) {
    case Phase::kHandshake:
      return limits.handshake_time;
    case Phase::kIdle:
      return draining ? limits::kMaxLingerTime : limits.idle_time;
    case Phase::kHead:
      return limits.head_time;
    case Phase::kBody:
      return limits.body_time;
    case Phase::kWrite:
      return limits.write_time;
    case Phase::kLinger:
      return limits::kMaxLingerTime;
    case Phase::kWork:
      break;
  }
  return absl::InfiniteDuration();
}

void CloseOverdue(ServerCore& core, ListenerState& listener, SteadyTime now) {
  for (size_t i = 0; i < kPhases; ++i) {
    const absl::Duration time = core.PhaseTime(static_cast<Phase>(i));
    SessionList& sessions = listener.phases[i];
    while (!sessions.empty() && Passed(sessions.front()->since(), time, now)) sessions.front()->Overdue();
  }
  RetireOldIdle(core, listener, now);
}

bool MakeRoom(ListenerState& listener, SteadyTime now) {
  if (!listener.in(Phase::kIdle).empty()) {
    listener.in(Phase::kIdle).front()->Close();
    return true;
  }
  for (const Phase phase : {Phase::kLinger, Phase::kHandshake, Phase::kHead}) {
    SessionList& sessions = listener.in(phase);
    if (sessions.empty() || !Passed(sessions.front()->since(), limits::kMaxSilenceWhenFull, now)) continue;
    sessions.front()->Close();
    return true;
  }
  return false;
}

}  // namespace chartseal::webhook::internal
