#include "webhook/tls_probe.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <functional>

#include "absl/time/clock.h"
#include "tests/webhook/tls_pairs.h"

namespace chartseal::webhook {
namespace {

std::unique_ptr<Server> Listening(std::optional<TlsIdentity> tls, const std::string& address = "127.0.0.1") {
  ServerOptions options;
  options.listeners = {{address, 0, std::move(tls), {}}};
  auto server = Server::Start(std::move(options));
  EXPECT_TRUE(server.ok()) << server.status();
  return server.ok() ? *std::move(server) : nullptr;
}

// Takes connections and says nothing.
class SilentListener {
 public:
  SilentListener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
    listen(fd_, 16);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~SilentListener() { close(fd_); }
  uint16_t port() const { return port_; }

 private:
  const int fd_;
  uint16_t port_ = 0;
};

bool Becomes(bool wanted, const TlsProbe& probe) {
  for (int i = 0; i < 2000 && probe.Answers() != wanted; ++i) absl::SleepFor(absl::Milliseconds(5));
  return probe.Answers() == wanted;
}

class TlsProbeTest : public testing::Test {
 protected:
  TlsProbeTest() { std::signal(SIGPIPE, SIG_IGN); }
};

TEST_F(TlsProbeTest, AListenerWithACertificateAnswers) {
  const auto server = Listening(SelfSigned("us").identity());
  EXPECT_TRUE(AnswersTls("127.0.0.1", server->port(0)));
}

TEST_F(TlsProbeTest, EveryAddressMeansLoopback) {
  const auto server = Listening(SelfSigned("us").identity(), "0.0.0.0");
  EXPECT_TRUE(AnswersTls("0.0.0.0", server->port(0)));
}

TEST_F(TlsProbeTest, AnExpiredCertificateStillAnswers) {
  // Callers decide about that; the metric of its expiry warns.
  const auto server = Listening(SelfSigned("us", absl::FromUnixSeconds(1'700'000'001)).identity());
  EXPECT_TRUE(AnswersTls("127.0.0.1", server->port(0)));
}

TEST_F(TlsProbeTest, AListenerThatAsksForClientCertificatesAnswers) {
  TlsIdentity identity = SelfSigned("us").identity();
  identity.client_ca = TlsAuthority("clients").certificate();
  const auto server = Listening(identity);
  EXPECT_TRUE(AnswersTls("127.0.0.1", server->port(0)));
}

TEST_F(TlsProbeTest, PlainHttpIsNoAnswer) {
  const auto server = Listening(std::nullopt);
  EXPECT_FALSE(AnswersTls("127.0.0.1", server->port(0)));
}

TEST_F(TlsProbeTest, AListenerThatIsGoneDoesNotAnswer) {
  auto server = Listening(SelfSigned("us").identity());
  const uint16_t port = server->port(0);
  server.reset();
  EXPECT_FALSE(AnswersTls("127.0.0.1", port));
}

TEST_F(TlsProbeTest, AnAcceptedConnectionAloneIsNoAnswer) {
  const SilentListener silent;
  const absl::Time before = absl::Now();
  EXPECT_FALSE(AnswersTls("127.0.0.1", silent.port()));
  EXPECT_GE(absl::Now() - before, limits::kMaxTlsProbeTime * 0.9);
}

TEST_F(TlsProbeTest, ANameIsNoAddress) { EXPECT_FALSE(AnswersTls("localhost", 1)); }

TEST_F(TlsProbeTest, NothingIsAnsweredBeforeTheStart) {
  EXPECT_FALSE(TlsProbe([] { return absl::UnixEpoch(); }).Answers());
}

TEST_F(TlsProbeTest, TheFirstAnswerIsThereWhenStartReturns) {
  const auto server = Listening(SelfSigned("us").identity());
  TlsProbe probe([] { return absl::UnixEpoch(); });
  probe.Start("127.0.0.1", server->port(0));
  EXPECT_TRUE(probe.Answers());
}

TEST_F(TlsProbeTest, TheEndOfTheListenerIsNoticed) {
  auto server = Listening(SelfSigned("us").identity());
  TlsProbe probe([] { return absl::UnixEpoch(); }, absl::Milliseconds(10));
  probe.Start("127.0.0.1", server->port(0));
  EXPECT_TRUE(probe.Answers());
  server.reset();
  EXPECT_TRUE(Becomes(false, probe));
}

TEST_F(TlsProbeTest, AnOldAnswerIsNotBelieved) {
  const auto server = Listening(SelfSigned("us").identity());
  std::atomic<int64_t> seconds = 1000;
  TlsProbe probe([&] { return absl::FromUnixSeconds(seconds); }, absl::Hours(1));
  probe.Start("127.0.0.1", server->port(0));
  seconds += 2 * 3600 + absl::ToInt64Seconds(limits::kMaxTlsProbeTime);
  EXPECT_TRUE(probe.Answers());
  seconds += 1;
  EXPECT_FALSE(probe.Answers());
}

}  // namespace
}  // namespace chartseal::webhook
