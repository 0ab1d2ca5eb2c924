#include "webhook/server_session_internal.h"

#include <boost/asio/post.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>

#include "absl/time/clock.h"
#include "verifier/base/limits.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook::internal {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using Error = boost::system::error_code;

HttpReply Guarded(const HttpWork& work) {
  try {
    return work();
  } catch (const std::exception&) {  // out of memory at worst; one request fails, not the process
    return {.status = 500, .body = "the request could not be answered\n"};
  }
}

bool SameText(std::string_view a, std::string_view b) {
  return beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

// Head and body in one piece, so that they leave in one TLS record. Into `out`, which keeps its memory.
void Serialize(const HttpReply& reply, bool keep_alive, bool with_body, std::string& out) {
  const auto reason = beast::http::obsolete_reason(static_cast<beast::http::status>(reply.status));
  out.clear();
  out.append("HTTP/1.1 ").append(std::to_string(reply.status)).append(" ");
  out.append(reason.data(), reason.size());
  out.append("\r\nContent-Type: ").append(reply.content_type);
  out.append("\r\nContent-Length: ").append(std::to_string(reply.body.size()));
  for (const auto& [name, value] : reply.headers) out.append("\r\n").append(name).append(": ").append(value);
  out.append(keep_alive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n");
  if (with_body) out.append(reply.body);
}

}  // namespace

Session::Session(ServerCore& core, std::shared_ptr<ListenerState> listener, tcp::socket socket)
    : core_(core),
      listener_(std::move(listener)),
      socket_(std::move(socket)),
      stream_(socket_.native_handle(), listener_->tls_context()),
      created_(std::chrono::steady_clock::now()),
      since_(created_),
      started_(created_) {}

Session::~Session() { ForgetBody(); }

void Session::Start() {
  SessionList& phase = listener_->in(phase_);
  place_ = phase.insert(phase.end(), shared_from_this());
  age_place_ = listener_->by_age.insert(listener_->by_age.end(), this);
  core_.CountConnections(*listener_, 1);
  if (!stream_.tls()) Enter(Phase::kIdle);
  Await(Io::kWantRead);
}

void Session::Close() {
  if (closed_) return;
  closed_ = true;
  const std::shared_ptr<Session> self = *place_;  // the list may hold the last one
  if (phase_ == Phase::kIdle) stream_.SayGoodbye();
  Error ignored;
  socket_.close(ignored);
  listener_->in(phase_).erase(place_);
  listener_->by_age.erase(age_place_);
  core_.CountConnections(*listener_, -1);
  ForgetBody();
}

void Session::Overdue() {
  if (phase_ != Phase::kIdle && phase_ != Phase::kLinger) core_.LimitReached("time");
  Close();
}

void Session::Enter(Phase phase) {
  SessionList& to = listener_->in(phase);
  to.splice(to.end(), listener_->in(phase_), place_);
  phase_ = phase;
  since_ = std::chrono::steady_clock::now();
}

void Session::Await(Io wanted) {
  const auto direction = wanted == Io::kWantWrite ? tcp::socket::wait_write : tcp::socket::wait_read;
  socket_.async_wait(direction, [self = shared_from_this()](Error error) {
    if (!error && !self->closed_) self->OnReady();
  });
}

// Goes on after everybody else had a turn.
void Session::Resume() {
  asio::post(core_.io, [self = shared_from_this()] {
    if (!self->closed_) self->OnReady();
  });
}

void Session::OnReady() {
  switch (phase_) {
    case Phase::kHandshake:
      return core_.handshakes.Push(shared_from_this());
    case Phase::kIdle:
    case Phase::kHead:
    case Phase::kBody:
      return ReadRequest();
    case Phase::kWrite:
      return Flush();
    case Phase::kLinger:
      return Linger();
    case Phase::kWork:
      return;  // nothing is awaited meanwhile
  }
}

void Session::StepHandshake() {
  if (closed_) return;
  const Io result = stream_.Handshake();
  if (result == Io::kWantRead || result == Io::kWantWrite) return Await(result);
  if (result != Io::kDone) return Close();
  forbidden_ = stream_.WhyForbidden();
  Enter(Phase::kIdle);
  ReadRequest();  // it may have come with the last message; if not, this gives the read buffer back
}

// -- Reading

void Session::NextRequest() {
  ForgetBody();
  reader_.reset();
  Enter(Phase::kIdle);
  if (!ahead_.empty() || stream_.HasPending()) return Resume();
  Await(Io::kWantRead);
}

void Session::ReadRequest() {
  if (!ahead_.empty()) {
    const std::string bytes = std::exchange(ahead_, {});
    return Consume(bytes);
  }
  size_t filled = 0;
  Io result;
  do {  // records that were read together
    size_t count = 0;
    result = stream_.Read(core_.scratch.data() + filled, core_.scratch.size() - filled, count);
    filled += count;
  } while (result == Io::kDone && filled < core_.scratch.size() && stream_.HasPending());
  if (filled > 0) return Consume({core_.scratch.data(), filled});
  if (result == Io::kWantRead || result == Io::kWantWrite) return Await(result);
  Close();  // the client went away
}

void Session::Consume(std::string_view bytes) {
  if (phase_ == Phase::kIdle) {
    Enter(Phase::kHead);
    started_ = since_;
    route_ = nullptr;
    reader_.emplace(core_.limits.head_bytes, core_.limits.body_bytes);
  }
  for (;;) {
    switch (reader_->Feed(bytes)) {
      case RequestReader::Step::kNeedMore:
        if (phase_ == Phase::kBody && !CountBody()) return;
        return NeedMore();
      case RequestReader::Step::kRefused:
        Refuse(reader_->refusal());
        return;
      case RequestReader::Step::kHead:
        received_ = absl::Now();
        if (!AcceptHead()) return;
        Enter(Phase::kBody);
        if (bytes.empty() && SameText(reader_->Header("Expect"), "100-continue") && !InviteBody()) return;
        break;
      case RequestReader::Step::kDone:
        ahead_.assign(bytes);
        if (CountBody()) Answer();
        return;
    }
  }
}

void Session::NeedMore() {
  if (stream_.HasPending()) return Resume();
  Await(Io::kWantRead);
}

bool Session::AcceptHead() {
  if (!forbidden_.empty()) return Refuse({.status = 403, .text = forbidden_});
  return FindRoute();
}

// Sets route_; otherwise refuses the request.
bool Session::FindRoute() {
  for (const Route& route : listener_->routes) {
    if (route.path == reader_->path()) route_ = &route;
  }
  if (route_ == nullptr) return Refuse({.status = 404, .text = "there is nothing at this path\n"});
  if (reader_->method() != route_->method) {
    return Refuse({405, "this path takes " + route_->method + "\n", "", {{"Allow", route_->method}}});
  }
  if (!HasContentType()) {
    return Refuse({.status = 415, .text = "this path takes Content-Type: " + route_->content_type + "\n"});
  }
  return true;
}

bool Session::HasContentType() const {
  if (route_->content_type.empty()) return true;
  std::string_view type = reader_->Header("Content-Type");
  type = type.substr(0, type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  return SameText(type, route_->content_type);
}

// The line is shorter than any socket's buffer: a client for which it does not fit reads nothing.
bool Session::InviteBody() {
  size_t count = 0;
  if (stream_.Write("HTTP/1.1 100 Continue\r\n\r\n", count) == Io::kDone) return true;
  Close();
  return false;
}

bool Session::CountBody() {
  const size_t size = reader_->body_size();
  core_.bodies_bytes += size - body_bytes_;
  body_bytes_ = size;
  if (core_.bodies_bytes <= core_.limits.bodies_bytes) return true;
  return Refuse({429, "too many requests are being read, come back\n", "bodies", {{"Retry-After", "1"}}});
}

void Session::ForgetBody() {
  core_.bodies_bytes -= body_bytes_;
  body_bytes_ = 0;
}

// -- Answering

void Session::Answer() {
  keep_alive_ = reader_->keep_alive();
  HttpRequest request{std::string(reader_->path()), std::string(reader_->query()), reader_->TakeBody(),
                      received_};
  const bool small = request.body.size() <= limits::kMaxInlineBodyBytes;
  if (route_->starter && small) return StartInline(std::move(request));
  auto shared = std::make_shared<HttpRequest>(std::move(request));
  HttpWork work = [route = route_, shared]() -> HttpReply {
    if (!route->starter) return route->handler(*shared);
    auto started = route->starter(std::move(*shared));
    if (auto* reply = std::get_if<HttpReply>(&started)) return std::move(*reply);
    return std::get<HttpWork>(started)();
  };
  if (!route_->starter && !route_->blocking) return Write(Guarded(work), KeepsAlive());
  Submit(std::move(work));
}

void Session::StartInline(HttpRequest request) {
  std::variant<HttpReply, HttpWork> started;
  try {
    started = route_->starter(std::move(request));
  } catch (const std::exception&) {
    return Write({.status = 500, .body = "the request could not be answered\n"}, KeepsAlive());
  }
  if (const auto* reply = std::get_if<HttpReply>(&started)) return Write(*reply, KeepsAlive());
  Submit(std::get<HttpWork>(std::move(started)));
}

void Session::Submit(HttpWork work) {
  if (core_.in_flight >= core_.limits.in_flight) return TurnAway();
  Enter(Phase::kWork);
  // The worker gives the session back to the IO thread, so that it never ends on a worker.
  auto task = [self = shared_from_this(), work = std::move(work)]() mutable {
    HttpReply reply = Guarded(work);
    work = nullptr;
    asio::io_context& io = self->core_.io;
    asio::post(io, [self = std::move(self), reply = std::move(reply)] {
      self->core_.CountInFlight(-1);
      if (!self->closed_) self->Write(reply, self->KeepsAlive());
    });
  };
  if (!core_.workers->TrySubmit(std::move(task))) return TurnAway();
  core_.CountInFlight(1);
}

void Session::TurnAway() {
  core_.LimitReached("in-flight");
  Write(
      {.status = 429, .body = "too many requests in flight, come back\n", .headers = {{"Retry-After", "1"}}},
      KeepsAlive());
}

// Answers a request that was not read to its end, or not understood. Always false.
bool Session::Refuse(Refusal refusal) {
  if (!refusal.limit.empty()) core_.LimitReached(refusal.limit);
  Write({.status = refusal.status, .body = std::move(refusal.text), .headers = std::move(refusal.headers)},
        false);
  return false;
}

bool Session::KeepsAlive() const {
  const auto age = absl::FromChrono(std::chrono::steady_clock::now() - created_);
  return keep_alive_ && !core_.draining && age < core_.limits.connection_age;
}

// -- Writing

void Session::Write(const HttpReply& reply, bool keep_alive) {
  Serialize(reply, keep_alive, route_ == nullptr || reader_->method() != "HEAD", core_.out);
  status_ = reply.status;
  keep_alive_ = keep_alive;
  ForgetBody();
  Enter(Phase::kWrite);
  size_t count = 0;
  const Io result = stream_.Write(core_.out, count);
  if (result == Io::kDone) return OnWritten();
  if (result != Io::kWantRead && result != Io::kWantWrite) return Close();
  rest_.assign(core_.out, count);
  Await(result);
}

void Session::Flush() {
  size_t count = 0;
  const Io result = stream_.Write(rest_, count);
  rest_.erase(0, count);
  if (result == Io::kDone) {
    rest_.shrink_to_fit();
    return OnWritten();
  }
  if (result != Io::kWantRead && result != Io::kWantWrite) return Close();
  Await(result);
}

void Session::OnWritten() {
  Count();
  if (keep_alive_ && !core_.draining) return NextRequest();
  reader_.reset();
  ahead_ = {};
  Enter(Phase::kLinger);
  stream_.SayGoodbye();
  Linger();
}

void Session::Count() {
  if (core_.metrics == nullptr || !listener_->tls()) return;
  core_.metrics->Replied(route_ != nullptr ? std::string_view(route_->path) : "other", status_,
                         absl::FromChrono(std::chrono::steady_clock::now() - started_));
}

// A client that is still sending would not see the reply if the connection were reset under it.
void Session::Linger() {
  size_t count = 0;
  const Io result = stream_.Discard(core_.scratch.data(), core_.scratch.size(), count);
  lingered_ += count;
  if (result == Io::kWantRead) return Await(result);
  if (result == Io::kDone && lingered_ <= limits::kMaxLingerBytes) return Resume();
  Close();
}

}  // namespace chartseal::webhook::internal
