#pragma once

// Internal to the server: one connection, as a chain of asynchronous steps on the IO thread.
//
//   handshake (TLS) -> await request -> read head -> read body -> answer -> write -> await request ...
//                                                                                 -> linger -> close
//
// Every step has a deadline; the stream closes itself when it passes.

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "webhook/server_core_internal.h"

namespace chartseal::webhook::internal {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;
using Error = beast::error_code;

template <typename Stream>
class Session : public Connection, public std::enable_shared_from_this<Session<Stream>> {
 public:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

  // `core` outlives the session.
  Session(ServerCore& core, std::shared_ptr<ListenerState> listener, Stream stream)
      : core_(core), listener_(std::move(listener)), stream_(std::move(stream)) {
    listener_->connections.insert(this);
    core_.CountConnections(*listener_);
  }
  ~Session() override {
    ForgetBody();
    listener_->connections.erase(this);
    core_.CountConnections(*listener_);
  }

  std::optional<SteadyTime> idle_since() const override { return idle_since_; }
  void Close() override {
    idle_since_.reset();
    Tcp().close();
  }

  void Start() {
    if constexpr (kTls) {
      ExpireAfter(core_.limits.handshake_time);
      stream_.async_handshake(asio::ssl::stream_base::server, Then(&Session::OnHandshake));
    } else {
      AwaitRequest();
    }
  }

 private:
  // A completion handler that keeps the session alive.
  template <typename... Args>
  auto Then(void (Session::*step)(Error, Args...)) {
    return [self = this->shared_from_this(), step](Error error, Args... args) {
      (self.get()->*step)(error, args...);
    };
  }

  beast::tcp_stream& Tcp() { return beast::get_lowest_layer(stream_); }
  void ExpireAfter(absl::Duration time) { Tcp().expires_after(absl::ToChronoMilliseconds(time)); }

  void OnHandshake(Error error) {
    if (error) return Broken(error);
    AwaitRequest();
  }

  // -- Reading

  void AwaitRequest() {
    ForgetBody();
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(core_.limits.head_bytes));
    parser_->body_limit(core_.limits.body_bytes);
    if (buffer_.size() > 0) return ReadHead();  // the client did not wait for the reply
    idle_since_ = std::chrono::steady_clock::now();
    ExpireAfter(core_.draining ? limits::kMaxLingerTime : core_.limits.idle_time);
    stream_.async_read_some(buffer_.prepare(kFirstRead), Then<std::size_t>(&Session::OnFirstBytes));
  }

  void OnFirstBytes(Error error, std::size_t count) {
    idle_since_.reset();
    if (error) return Tcp().close();  // the client went away, or was idle for too long
    buffer_.commit(count);
    ReadHead();
  }

  void ReadHead() {
    route_ = nullptr;
    started_ = std::chrono::steady_clock::now();
    ExpireAfter(core_.limits.head_time);
    http::async_read_header(stream_, buffer_, *parser_, Then<std::size_t>(&Session::OnHead));
  }

  void OnHead(Error error, std::size_t) {
    received_ = absl::Now();
    if (error) return Unreadable(error);
    const auto& head = parser_->get();
    const std::string_view target(head.target().data(), head.target().size());
    const size_t mark = target.find('?');
    path_ = std::string(target.substr(0, mark));
    query_ = mark == std::string_view::npos ? std::string() : std::string(target.substr(mark + 1));
    if (!FindRoute()) return;
    if (parser_->is_done()) return Answer();
    if (beast::iequals(head[http::field::expect], "100-continue")) return InviteBody();
    ReadBody();
  }

  // Sets route_; otherwise refuses the request.
  bool FindRoute() {
    for (const Route& route : listener_->routes) {
      if (route.path == path_) route_ = &route;
    }
    if (route_ == nullptr) return Refuse(404, "there is nothing at this path\n");
    const auto& head = parser_->get();
    if (head.method_string() != beast::string_view(route_->method.data(), route_->method.size())) {
      return Refuse(405, "this path takes " + route_->method + "\n", {{"Allow", route_->method}});
    }
    if (!HasContentType()) return Refuse(415, "this path takes Content-Type: " + route_->content_type + "\n");
    return true;
  }

  bool HasContentType() {
    if (route_->content_type.empty()) return true;
    auto type = parser_->get()[http::field::content_type];
    type = type.substr(0, type.find(';'));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
    return beast::iequals(type, beast::string_view(route_->content_type));
  }

  void InviteBody() {
    auto go_on = std::make_shared<http::response<http::empty_body>>(http::status::continue_, 11);
    http::async_write(stream_, *go_on, [self = this->shared_from_this(), go_on](Error error, std::size_t) {
      if (error) return self->Broken(error);
      self->ReadBody();
    });
  }

  void ReadBody() {
    parser_->eager(true);
    ExpireAfter(core_.limits.body_time);  // of the whole body, however many reads it takes
    ReadMoreBody();
  }

  void ReadMoreBody() {
    http::async_read_some(stream_, buffer_, *parser_, Then<std::size_t>(&Session::OnBody));
  }

  void OnBody(Error error, std::size_t) {
    if (error) return Unreadable(error);
    const size_t size = parser_->get().body().size();
    core_.bodies_bytes += size - body_bytes_;
    body_bytes_ = size;
    if (core_.bodies_bytes > core_.limits.bodies_bytes) {
      core_.LimitReached("bodies");
      Refuse(429, "too many requests are being read, come back\n", {{"Retry-After", "1"}});
      return;
    }
    if (!parser_->is_done()) return ReadMoreBody();
    Answer();
  }

  void ForgetBody() {
    core_.bodies_bytes -= body_bytes_;
    body_bytes_ = 0;
  }

  // -- Answering

  void Answer() {
    auto request = std::make_shared<HttpRequest>(
        HttpRequest{path_, query_, std::move(parser_->get().body()), received_});
    if (!route_->blocking) return Write(RunHandler(*route_, *request), KeepsAlive());
    if (core_.in_flight >= core_.limits.in_flight) return TurnAway();
    Tcp().expires_never();  // the handler has a deadline of its own
    // The worker gives the session back to the IO thread, so that it never ends on a worker.
    auto work = [self = this->shared_from_this(), request]() mutable {
      HttpReply reply = RunHandler(*self->route_, *request);
      asio::io_context& io = self->core_.io;
      asio::post(io, [self = std::move(self), reply = std::move(reply)]() mutable {
        self->core_.CountInFlight(-1);
        self->Write(std::move(reply), self->KeepsAlive());
      });
    };
    if (!core_.workers->TrySubmit(std::move(work))) return TurnAway();
    core_.CountInFlight(1);
  }

  static HttpReply RunHandler(const Route& route, const HttpRequest& request) {
    try {
      return route.handler(request);
    } catch (const std::exception&) {  // out of memory at worst; one request fails, not the process
      return {.status = 500, .body = "the request could not be answered\n"};
    }
  }

  void TurnAway() {
    core_.LimitReached("in-flight");
    Write({.status = 429,
           .body = "too many requests in flight, come back\n",
           .headers = {{"Retry-After", "1"}}},
          KeepsAlive());
  }

  // What is not HTTP, or over a limit.
  void Unreadable(Error error) {
    if (error == http::error::body_limit) {
      core_.LimitReached("body");
      Refuse(413, "the body is over the limit of " + std::to_string(core_.limits.body_bytes) + " bytes\n");
    } else if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      core_.LimitReached("head");
      Refuse(431, "the head is over the limit of " + std::to_string(core_.limits.head_bytes) + " bytes\n");
    } else if (error.category() == http::make_error_code(http::error::bad_method).category() &&
               error != http::error::end_of_stream && error != http::error::partial_message) {
      Refuse(400, "this is not HTTP/1.1: " + error.message() + "\n");
    } else {
      Broken(error);
    }
  }

  // Answers a request whose body was not read to its end. Always false, for FindRoute().
  bool Refuse(int status, std::string text, std::vector<std::pair<std::string, std::string>> headers = {}) {
    unread_ = true;
    Write({.status = status, .body = std::move(text), .headers = std::move(headers)}, false);
    return false;
  }

  bool KeepsAlive() const {
    const auto age = absl::FromChrono(std::chrono::steady_clock::now() - created_);
    return parser_->get().keep_alive() && !core_.draining && age < core_.limits.connection_age;
  }

  // -- Writing

  void Write(HttpReply reply, bool keep_alive) {
    response_ = {};
    response_.version(11);
    response_.result(static_cast<unsigned>(reply.status));
    response_.set(http::field::content_type, reply.content_type);
    for (const auto& [name, value] : reply.headers) response_.set(name, value);
    response_.keep_alive(keep_alive);
    response_.body() = std::move(reply.body);
    response_.prepare_payload();
    ForgetBody();
    ExpireAfter(core_.limits.write_time);
    http::async_write(stream_, response_, Then<std::size_t>(&Session::OnWritten));
  }

  void OnWritten(Error error, std::size_t) {
    if (error) return Broken(error);
    Count();
    if (response_.keep_alive() && !core_.draining) return AwaitRequest();
    ExpireAfter(limits::kMaxLingerTime);
    if (unread_) return Linger();
    Shut();
  }

  void Count() {
    if (core_.metrics == nullptr || !listener_->tls) return;
    core_.metrics->Replied(route_ != nullptr ? std::string_view(route_->path) : "other",
                           static_cast<int>(response_.result_int()),
                           absl::FromChrono(std::chrono::steady_clock::now() - started_));
  }

  // -- Closing

  // A client that is still sending would not see the reply if the connection were reset under it.
  void Linger() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kFirstRead), Then<std::size_t>(&Session::OnLeftover));
  }

  void OnLeftover(Error error, std::size_t) {
    if (error) return Tcp().close();
    Linger();
  }

  void Shut() {
    if constexpr (kTls) {
      stream_.async_shutdown([self = this->shared_from_this()](Error) { self->Tcp().close(); });
    } else {
      Error ignored;
      Tcp().socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    }
  }

  void Broken(Error error) {
    if (error == beast::error::timeout) core_.LimitReached("time");
    Tcp().close();
  }

  static constexpr std::size_t kFirstRead = 4096;
  static constexpr std::size_t kReadBuffer = 64 << 10;

  ServerCore& core_;
  const std::shared_ptr<ListenerState> listener_;
  Stream stream_;
  const SteadyTime created_ = std::chrono::steady_clock::now();
  beast::flat_buffer buffer_{kReadBuffer};
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  std::optional<SteadyTime> idle_since_;
  SteadyTime started_ = created_;
  absl::Time received_;
  std::string path_;
  std::string query_;
  const Route* route_ = nullptr;  // of listener_
  size_t body_bytes_ = 0;         // counted in core_.bodies_bytes
  bool unread_ = false;
};

}  // namespace chartseal::webhook::internal
