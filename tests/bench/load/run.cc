#include "tests/bench/load/run.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <vector>

#include "tests/bench/load/tls_connection.h"

namespace chartseal::load {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kMaxSeconds = 1200;

// What is sent, and what must come back.
struct Exchange {
  std::string request;
  std::string uid;
  std::string verdict;
  std::string text;
};

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// The value of the first "uid" of the review, which is the request's.
std::string UidOf(const std::string& body) {
  const std::string key = "\"uid\":\"";
  std::string dense = body;
  const size_t start = dense.find(key);
  if (start == std::string::npos) return {};
  return dense.substr(start + key.size(), dense.find('"', start + key.size()) - start - key.size());
}

Exchange ExchangeOf(const RunOptions& options) {
  const std::string body = ReadAll(options.body_file);
  return {.request =
              "POST /validate?timeout=10s HTTP/1.1\r\nHost: chartseal.svc\r\nUser-Agent: "
              "kube-apiserver-admission\r\nAccept: application/json\r\nContent-Type: "
              "application/json\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body,
          .uid = UidOf(body),
          .verdict = options.allowed ? "\"allowed\":true" : "\"allowed\":false",
          .text = options.text};
}

// One connection with one request under way.
struct Slot {
  std::unique_ptr<TlsConnection> connection;
  size_t sent = 0;
  std::string answer;
  Clock::time_point started;
};

class Runner {
 public:
  Runner(const RunOptions& options, Exchange exchange) : options_(options), exchange_(std::move(exchange)) {}

  int Run() {
    poller_ = epoll_create1(EPOLL_CLOEXEC);
    slots_.resize(static_cast<size_t>(options_.connections));
    for (size_t i = 0; i < slots_.size(); ++i) {
      if (!Connect(i)) return 1;
    }
    const auto start = Clock::now();
    end_ =
        start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.seconds));
    for (Slot& slot : slots_) Begin(slot);
    while (open_ > 0 && Clock::now() < end_ + std::chrono::seconds(15)) Wait();
    Report(std::chrono::duration<double>(last_ - start).count());
    slots_.clear();
    close(poller_);
    return wrong_ == 0 && broken_ == 0 && !latencies_.empty() ? 0 : 1;
  }

 private:
  bool Connect(size_t index) {
    slots_[index].connection = TlsConnection::Open(context_.get(), options_.port);
    if (slots_[index].connection == nullptr) return false;
    slots_[index].connection->MakeNonBlocking();
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.u64 = index}};
    return epoll_ctl(poller_, EPOLL_CTL_ADD, slots_[index].connection->socket(), &event) == 0;
  }

  void Begin(Slot& slot) {
    slot.sent = 0;
    slot.answer.clear();
    slot.started = Clock::now();
    ++open_;
    Advance(slot);
  }

  void Wait() {
    epoll_event events[64];
    const int count = epoll_wait(poller_, events, 64, 100);
    for (int i = 0; i < count; ++i) {
      Slot& slot = slots_[events[i].data.u64];
      if (slot.connection != nullptr) Advance(slot);
    }
  }

  // Sends what is left, then reads what is there.
  void Advance(Slot& slot) {
    SSL* ssl = slot.connection->ssl();
    while (slot.sent < exchange_.request.size()) {
      const int sent =
          SSL_write(ssl, exchange_.request.data() + slot.sent,
                    static_cast<int>(std::min<size_t>(exchange_.request.size() - slot.sent, 16384)));
      if (sent <= 0) return StopUnlessWaiting(slot, sent);
      slot.sent += static_cast<size_t>(sent);
    }
    char buffer[16384];
    for (;;) {
      const int got = SSL_read(ssl, buffer, sizeof buffer);
      if (got <= 0) return StopUnlessWaiting(slot, got);
      slot.answer.append(buffer, static_cast<size_t>(got));
      if (Complete(slot.answer)) return Finish(slot);
    }
  }

  void StopUnlessWaiting(Slot& slot, int result) {
    const int error = SSL_get_error(slot.connection->ssl(), result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
    ++broken_;
    --open_;
    slot.connection.reset();
  }

  static bool Complete(const std::string& answer) {
    const size_t end = answer.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const size_t field = answer.find("Content-Length: ");
    size_t length = 0;
    if (field < end) std::from_chars(answer.data() + field + 16, answer.data() + end, length);
    return answer.size() >= end + 4 + length;
  }

  void Finish(Slot& slot) {
    last_ = Clock::now();
    --open_;
    latencies_.push_back(std::chrono::duration<double, std::milli>(last_ - slot.started).count());
    Check(slot.answer);
    const bool closes = slot.answer.find("Connection: close") != std::string::npos;
    if (last_ >= end_) return;
    if (closes && !Connect(static_cast<size_t>(&slot - slots_.data()))) return;  // retired by age
    Begin(slot);
  }

  void Check(const std::string& answer) {
    const bool right = answer.starts_with("HTTP/1.1 200 ") &&
                       answer.find(exchange_.uid) != std::string::npos &&
                       answer.find(exchange_.verdict) != std::string::npos &&
                       answer.find(exchange_.text) != std::string::npos;
    if (right) return;
    if (wrong_++ == 0) std::fprintf(stderr, "webhook_load: wrong answer:\n%.2000s\n", answer.c_str());
  }

  double Quantile(double q) {
    if (latencies_.empty()) return 0;
    const size_t index = static_cast<size_t>(q * static_cast<double>(latencies_.size() - 1));
    std::nth_element(latencies_.begin(), latencies_.begin() + static_cast<long>(index), latencies_.end());
    return latencies_[index];
  }

  void Report(double seconds) {
    std::printf(
        "{\"requests\":%zu,\"seconds\":%.3f,\"per_second\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%."
        "3f,"
        "\"wrong\":%zu,\"broken\":%zu}\n",
        latencies_.size(), seconds, static_cast<double>(latencies_.size()) / seconds, Quantile(0.5),
        Quantile(0.99), Quantile(1), wrong_, broken_);
  }

  const RunOptions& options_;
  const Exchange exchange_;
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{ClientContext(), &SSL_CTX_free};
  int poller_ = -1;
  std::vector<Slot> slots_;
  int open_ = 0;  // requests under way
  Clock::time_point end_;
  Clock::time_point last_ = Clock::now();
  std::vector<double> latencies_;
  size_t wrong_ = 0;
  size_t broken_ = 0;
};

}  // namespace

int Run(const RunOptions& options) {
  if (options.connections < 1 || options.connections > kMaxConnections || options.seconds > kMaxSeconds)
    return 2;
  signal(SIGPIPE, SIG_IGN);
  RaiseDescriptorLimit(options.connections);
  Exchange exchange = ExchangeOf(options);
  if (exchange.uid.empty()) {
    std::fprintf(stderr, "webhook_load: %s holds no review with a \"uid\"\n", options.body_file.c_str());
    return 2;
  }
  return Runner(options, std::move(exchange)).Run();
}

}  // namespace chartseal::load
