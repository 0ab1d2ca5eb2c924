#include "tests/sandbox/loopback_server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/sandbox/byte_script.h"

namespace chartseal::sandbox {
namespace {

HttpRequest FromLibrary(const httplib::Request& in) {
  HttpRequest out;
  out.method = in.method;
  out.path = in.path;
  out.target = in.target;
  out.query.insert(in.params.begin(), in.params.end());
  for (const auto& [name, value] : in.headers) out.headers.emplace(absl::AsciiStrToLower(name), value);
  out.body = in.body;
  out.client_port = in.remote_port;
  return out;
}

std::string ContentTypeOf(const HttpResponse& response) {
  for (const auto& [name, value] : response.headers) {
    if (absl::AsciiStrToLower(name) == "content-type") return value;
  }
  return "application/octet-stream";
}

}  // namespace

class LoopbackServer::Impl {
 public:
  Impl(LoopbackServerOptions options, Handler handler)
      : options_(std::move(options)), handler_(std::move(handler)) {}

  absl::Status Listen();
  void Stop();

  LoopbackServerOptions options_;
  Handler handler_;
  std::unique_ptr<httplib::Server> server_;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> ended_ = false;
  int port_ = 0;
  RequestLog log_;
  FaultPlan faults_;

 private:
  void Configure();
  void Serve(const httplib::Request& in, httplib::Response& out);
  HttpResponse Answer(const HttpRequest& request);
  void Deliver(const HttpRequest& request, HttpResponse response, httplib::Response& out);
  bool IsTls() const { return !options_.certificate_file.empty(); }

  std::atomic<int> listening_socket_ = -1;
};

void LoopbackServer::Impl::Configure() {
  server_->new_task_queue = [threads = options_.threads] { return new httplib::ThreadPool(threads); };
  server_->set_keep_alive_max_count(1'000'000);
  server_->set_tcp_nodelay(true);
  server_->set_write_timeout(30);
  // The library's default is SO_REUSEPORT, with which two servers on one fixed port would share it unnoticed.
  server_->set_socket_options([this](socket_t fd) {
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    listening_socket_ = fd;
  });
  auto serve = [this](const httplib::Request& in, httplib::Response& out) { Serve(in, out); };
  constexpr const char* kAnyPath = R"([\s\S]*)";
  server_->Get(kAnyPath, serve);  // HEAD too
  server_->Post(kAnyPath, serve);
  server_->Put(kAnyPath, serve);
  server_->Patch(kAnyPath, serve);
  server_->Delete(kAnyPath, serve);
}

absl::Status LoopbackServer::Impl::Listen() {
  if (IsTls()) {
    server_ =
        std::make_unique<httplib::SSLServer>(options_.certificate_file.c_str(), options_.key_file.c_str());
  } else {
    server_ = std::make_unique<httplib::Server>();
  }
  if (!server_->is_valid()) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot use certificate ", options_.certificate_file, " with key ", options_.key_file));
  }
  Configure();
  if (options_.port != 0) {
    port_ = server_->bind_to_port("127.0.0.1", options_.port) ? options_.port : -1;
  } else {
    port_ = server_->bind_to_any_port("127.0.0.1");
  }
  if (port_ <= 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on 127.0.0.1:", options_.port));
  }
  ::listen(listening_socket_, 512);  // the library's backlog of 5 drops bursts of connections
  thread_ = std::thread([this] {
    server_->listen_after_bind();  // returns when all its workers have
    ended_ = true;
  });
  while (!server_->is_running()) std::this_thread::yield();
  return absl::OkStatus();
}

void LoopbackServer::Impl::Stop() {
  stopping_ = true;
  if (!thread_.joinable()) return;
  server_->stop();
  // Again and again: a connection may be accepted between our stop and the end of the library's accept loop.
  while (!ended_) {
    ShutDownConnections(port_);
    absl::SleepFor(absl::Milliseconds(5));
  }
  thread_.join();
}

HttpResponse LoopbackServer::Impl::Answer(const HttpRequest& request) {
  auto stopped = [this] { return stopping_.load(); };
  SleepUnlessStopped(options_.latency, stopped);
  std::optional<Fault> fault = faults_.Match(request);
  if (!fault.has_value()) return handler_(request);
  SleepUnlessStopped(fault->delay, stopped);
  HttpResponse response = fault->respond.has_value() ? *fault->respond : handler_(request);
  if (fault->rewrite) fault->rewrite(request, response);
  if (fault->delivery.has_value()) response.delivery = *fault->delivery;
  return response;
}

void LoopbackServer::Impl::Serve(const httplib::Request& in, httplib::Response& out) {
  HttpRequest request = FromLibrary(in);
  std::size_t index = log_.Begin(request);
  HttpResponse response = Answer(request);
  log_.End(index, response.delivery.kind == Delivery::Kind::kScript ? 0 : response.status);
  Deliver(request, std::move(response), out);
}

void LoopbackServer::Impl::Deliver(const HttpRequest& request, HttpResponse response,
                                   httplib::Response& out) {
  auto stopped = [this] { return stopping_.load(); };
  const Delivery& how = response.delivery;
  if (how.kind == Delivery::Kind::kScript) {
    int fd = FindConnection(port_, request.client_port);
    if (fd >= 0) PlayScript(fd, how.script, stopped);
    return;  // what the library writes now goes nowhere
  }
  out.status = response.status;
  for (const auto& [name, value] : response.headers) out.set_header(name, value);
  if (response.body.empty() && how.kind != Delivery::Kind::kTruncated) return;
  std::string type = ContentTypeOf(response);
  out.headers.erase("Content-Type");  // the setters below add it again
  auto body = std::make_shared<std::string>(std::move(response.body));
  // Never out.body: the library would compress that for clients that accept it, and what is on the wire is
  // ours to say.
  switch (how.kind) {
    case Delivery::Kind::kWhole:
      out.set_content_provider(body->size(), type,
                               [=](size_t offset, size_t length, httplib::DataSink& sink) {
                                 return sink.write(body->data() + offset, length);
                               });
      return;
    case Delivery::Kind::kDrip:
      out.set_content_provider(
          body->size(), type, [=](size_t offset, size_t length, httplib::DataSink& sink) {
            if (offset > 0) SleepUnlessStopped(how.pause, stopped);
            return !stopped() && sink.write(body->data() + offset, std::min(how.chunk, length));
          });
      return;
    case Delivery::Kind::kTruncated:
      out.set_content_provider(body->size() + how.missing, type,
                               [=](size_t, size_t, httplib::DataSink& sink) {
                                 sink.write(body->data(), body->size());
                                 return false;  // closes the connection
                               });
      return;
    case Delivery::Kind::kEndless:
      out.set_chunked_content_provider(type, [=](size_t, httplib::DataSink& sink) {
        SleepUnlessStopped(how.pause, stopped);
        return !stopped() && sink.write(body->data(), body->size());
      });
      return;
    case Delivery::Kind::kScript:
      return;
  }
}

LoopbackServer::LoopbackServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

LoopbackServer::~LoopbackServer() { impl_->Stop(); }

absl::StatusOr<std::unique_ptr<LoopbackServer>> LoopbackServer::Start(LoopbackServerOptions options,
                                                                      Handler handler) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler));
  absl::Status status = impl->Listen();
  if (!status.ok()) return status;
  return std::unique_ptr<LoopbackServer>(new LoopbackServer(std::move(impl)));
}

std::uint16_t LoopbackServer::port() const { return static_cast<std::uint16_t>(impl_->port_); }
std::string LoopbackServer::host() const { return absl::StrCat("127.0.0.1:", impl_->port_); }
std::string LoopbackServer::url() const {
  return absl::StrCat(impl_->options_.certificate_file.empty() ? "http://" : "https://", host());
}
RequestLog& LoopbackServer::log() { return impl_->log_; }
FaultPlan& LoopbackServer::faults() { return impl_->faults_; }

}  // namespace chartseal::sandbox
