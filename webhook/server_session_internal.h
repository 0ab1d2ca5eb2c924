#pragma once

// Internal to the server: one connection, as a machine that is stepped on the IO thread.
//
//   handshake (TLS) -> idle -> head -> body -> work -> write -> idle ...
//                                                            -> linger -> closed
//
// A step never waits: what cannot go on asks to be called when the socket is ready. A request that came whole
// and is answered on the IO thread goes from its bytes to the written reply within one call.

#include <boost/asio/ip/tcp.hpp>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "webhook/server_core_internal.h"
#include "webhook/server_request_internal.h"
#include "webhook/server_stream_internal.h"

namespace chartseal::webhook::internal {

class Session : public std::enable_shared_from_this<Session> {
 public:
  // `core` outlives the session.
  Session(ServerCore& core, std::shared_ptr<ListenerState> listener, boost::asio::ip::tcp::socket socket);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Enters it into its listener, which owns it until it is closed.
  void Start();
  // Breaks it off and leaves the listener; nothing of it goes on afterwards.
  void Close();
  // Its time in the present phase has passed.
  void Overdue();
  // One step of the handshake, when its turn has come.
  void StepHandshake();

  Phase phase() const { return phase_; }
  SteadyTime since() const { return since_; }  // when it entered the phase
  SteadyTime created() const { return created_; }

 private:
  void Enter(Phase phase);
  void Await(Io wanted);
  void Resume();
  void OnReady();

  // Reading
  void NextRequest();
  void ReadRequest();
  void Consume(std::string_view bytes);
  void NeedMore();
  bool AcceptHead();
  bool FindRoute();
  bool HasContentType() const;
  bool InviteBody();
  bool CountBody();
  void ForgetBody();

  // Answering
  void Answer();
  void StartInline(HttpRequest request);
  void Submit(HttpWork work);
  void TurnAway();
  bool Refuse(Refusal refusal);
  bool KeepsAlive() const;

  // Writing
  void Write(const HttpReply& reply, bool keep_alive);
  void Flush();
  void OnWritten();
  void Count();
  void Linger();

  ServerCore& core_;
  const std::shared_ptr<ListenerState> listener_;
  boost::asio::ip::tcp::socket socket_;
  Stream stream_;
  const SteadyTime created_;
  SteadyTime since_;
  SteadyTime started_;  // the first bytes of the request
  absl::Time received_;
  Phase phase_ = Phase::kHandshake;
  bool closed_ = false;
  bool keep_alive_ = false;
  SessionList::iterator place_;
  std::list<Session*>::iterator age_place_;
  std::optional<RequestReader> reader_;
  const Route* route_ = nullptr;  // of listener_
  std::string ahead_;             // what came after the request
  std::string rest_;              // of a reply that the socket did not take at once
  std::string forbidden_;         // why nothing of this client is answered
  int status_ = 0;                // of the reply being written
  size_t body_bytes_ = 0;         // counted in core_.bodies_bytes
  size_t lingered_ = 0;
};

}  // namespace chartseal::webhook::internal
