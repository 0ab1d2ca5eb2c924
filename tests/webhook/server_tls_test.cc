#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/webhook/server_fixture.h"
#include "tests/webhook/tls_pairs.h"
#include "verifier/base/status.h"

namespace chartseal::webhook {
namespace {

using ::testing::HasSubstr;
using Tls = TestClient::Tls;

constexpr char kClientAuth[] = "1.3.6.1.5.5.7.3.2";
constexpr char kServerAuth[] = "1.3.6.1.5.5.7.3.1";

// -- Another identity while running

class ReplaceTlsTest : public ServerTest {
 protected:
  std::string Shown() const { return TestClient(port()).server_certificate(); }
};

TEST_F(ReplaceTlsTest, NewConnectionsGetTheNewIdentityAndOldOnesGoOn) {
  Start();
  TestClient old(port());
  EXPECT_EQ(old.server_certificate(), tls_.certificate_chain);
  const TlsPair next = SelfSigned("next");
  ASSERT_TRUE(server_->ReplaceTls(0, next.identity()).ok());
  EXPECT_EQ(Shown(), next.certificate);
  EXPECT_EQ(old.Post("/validate", "{}").status, 200);
}

TEST_F(ReplaceTlsTest, AKeyOfAnotherCertificateChangesNothing) {
  Start();
  const absl::Status status = server_->ReplaceTls(
      0, {.certificate_chain = SelfSigned("one").certificate, .private_key = SelfSigned("two").key});
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(Message(status), HasSubstr("the TLS private key does not belong to the certificate"));
  EXPECT_EQ(Shown(), tls_.certificate_chain);
  EXPECT_TRUE(Serves());
}

TEST_F(ReplaceTlsTest, ACertificateThatIsNoneChangesNothing) {
  Start();
  const absl::Status status = server_->ReplaceTls(0, {.certificate_chain = "x", .private_key = "y"});
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(Message(status), HasSubstr("the TLS certificate cannot be used"));
  EXPECT_EQ(Shown(), tls_.certificate_chain);
}

TEST_F(ReplaceTlsTest, AClientCaThatIsNoneChangesNothing) {
  Start();
  TlsIdentity next = SelfSigned("next").identity();
  next.client_ca = "no authority";
  EXPECT_THAT(Message(server_->ReplaceTls(0, next)), HasSubstr("the TLS client CA cannot be used"));
  EXPECT_EQ(Shown(), tls_.certificate_chain);
}

TEST_F(ReplaceTlsTest, NamesWithoutAnAuthorityChangeNothing) {
  Start();
  TlsIdentity next = SelfSigned("next").identity();
  next.client_names = {"caller"};
  EXPECT_THAT(Message(server_->ReplaceTls(0, next)), HasSubstr("names of TLS clients without a client CA"));
  EXPECT_EQ(Shown(), tls_.certificate_chain);
}

TEST_F(ReplaceTlsTest, APlainListenerHasNoIdentity) {
  Start();
  EXPECT_TRUE(absl::IsFailedPrecondition(server_->ReplaceTls(1, SelfSigned("next").identity())));
}

TEST_F(ReplaceTlsTest, NoCallFailsDuringManyRotations) {
  Start();
  std::atomic<bool> done = false;
  std::atomic<int> calls = 0;
  std::atomic<int> failures = 0;
  const auto count = [&](const ClientReply& reply) { ++(reply.status == 200 ? calls : failures); };
  std::vector<std::thread> callers;
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back([&] {
      TestClient kept(port());
      while (!done) count(kept.Post("/validate", "{}"));
    });
    callers.emplace_back([&] {
      while (!done) count(TestClient(port()).Post("/validate", "{}"));
    });
  }
  for (int i = 0; i < 20; ++i) {
    const TlsPair next = SelfSigned("next");
    ASSERT_TRUE(server_->ReplaceTls(0, next.identity()).ok());
    EXPECT_EQ(Shown(), next.certificate);
    for (const int before = calls; calls < before + 20 && failures == 0;) std::this_thread::yield();
  }
  done = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failures, 0);
  EXPECT_GE(calls, 400);
}

// -- Certificates of clients

class ClientCertificateTest : public ServerTest {
 protected:
  void StartWithClients(std::vector<std::string> names) {
    Start();
    tls_.client_ca = authority_.certificate();
    tls_.client_names = std::move(names);
    ASSERT_TRUE(server_->ReplaceTls(0, tls_).ok());
  }

  ClientReply PostWith(const TlsPair& shown, Tls tls = Tls::kYes) const {
    return TestClient(port(), shown, tls).Post("/validate", "{}");
  }
  // The handshake fails: not even a reply that says no.
  void ExpectNoHandshake(TestClient&& client) const {
    EXPECT_EQ(client.Post("/validate", "{}").status, 0);
    EXPECT_TRUE(client.ClosedByServer(absl::Seconds(5)));
  }

  const TlsAuthority authority_{"clients"};
};

TEST_F(ClientCertificateTest, OneOfTheAuthorityIsServedWhenNoNamesAreGiven) {
  StartWithClients({});
  EXPECT_EQ(PostWith(authority_.Issue({.common_name = "anybody"})).status, 200);
}

TEST_F(ClientCertificateTest, WithoutOneThereIsNoHandshake) {
  StartWithClients({});
  for (const Tls tls : {Tls::kYes, Tls::kOnly12}) ExpectNoHandshake(TestClient(port(), tls));
  EXPECT_EQ(PostWith(authority_.Issue({.common_name = "anybody"})).status, 200);
}

TEST_F(ClientCertificateTest, OneOfAnotherAuthorityHasNoHandshake) {
  StartWithClients({"caller"});
  const TlsAuthority impostor("clients");  // of the same name, with another key
  const TlsPair theirs = impostor.Issue({.common_name = "caller"});
  for (const Tls tls : {Tls::kYes, Tls::kOnly12}) ExpectNoHandshake(TestClient(port(), theirs, tls));
  EXPECT_EQ(PostWith(authority_.Issue({.common_name = "caller"})).status, 200);
}

TEST_F(ClientCertificateTest, ASelfSignedOneHasNoHandshake) {
  StartWithClients({"caller"});
  ExpectNoHandshake(TestClient(port(), SelfSigned("caller")));
}

TEST_F(ClientCertificateTest, AnExpiredOneHasNoHandshake) {
  StartWithClients({"caller"});
  const absl::Time past = absl::FromUnixSeconds(1'700'000'100);
  ExpectNoHandshake(TestClient(port(), authority_.Issue({.common_name = "caller", .not_after = past})));
}

TEST_F(ClientCertificateTest, OneForServersHasNoHandshake) {
  StartWithClients({"caller"});
  ExpectNoHandshake(TestClient(port(), authority_.Issue({.common_name = "caller", .purpose = kServerAuth})));
  EXPECT_EQ(PostWith(authority_.Issue({.common_name = "caller", .purpose = kClientAuth})).status, 200);
}

TEST_F(ClientCertificateTest, AnotherNameIsForbiddenAndToldSo) {
  StartWithClients({"caller", "caller.example"});
  const ClientReply reply = PostWith(authority_.Issue({.common_name = "stranger"}));
  EXPECT_EQ(reply.status, 403);
  EXPECT_THAT(reply.body, HasSubstr("the client certificate of stranger is not one of those that may ask"));
  EXPECT_EQ(PostWith(authority_.Issue({.common_name = "caller"})).status, 200);
}

TEST_F(ClientCertificateTest, AnotherNameIsForbiddenBeforeItsBodyIsRead) {
  StartWithClients({"caller"});
  TestClient client(port(), authority_.Issue({.common_name = "stranger"}));
  client.Send("POST /validate HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n");
  EXPECT_EQ(client.Receive().status, 403);
}

TEST_F(ClientCertificateTest, ADnsNameMayBeTheAllowedOne) {
  StartWithClients({"caller.example"});
  const PairSpec spec{.common_name = "x", .dns_names = {"other.example", "caller.example"}};
  EXPECT_EQ(PostWith(authority_.Issue(spec)).status, 200);
  EXPECT_EQ(PostWith(authority_.Issue(spec), Tls::kOnly12).status, 200);
}

TEST_F(ClientCertificateTest, NamesAreComparedWhole) {
  StartWithClients({"caller.example"});
  for (const char* name : {"caller.example.", "xcaller.example", "caller.example.org", "*.example",
                           "CALLER.EXAMPLE", "caller"}) {
    EXPECT_EQ(PostWith(authority_.Issue({.common_name = name})).status, 403) << name;
    EXPECT_EQ(PostWith(authority_.Issue({.common_name = "x", .dns_names = {name}})).status, 403) << name;
  }
}

TEST_F(ClientCertificateTest, ANulInANameEndsItNot) {
  StartWithClients({"caller"});
  const std::string name("caller\0.evil", 12);
  EXPECT_EQ(PostWith(authority_.Issue({.common_name = name})).status, 403);
  EXPECT_EQ(PostWith(authority_.Issue({.common_name = "x", .dns_names = {name}})).status, 403);
}

TEST_F(ClientCertificateTest, OneWithoutAnyNameIsForbidden) {
  StartWithClients({"caller"});
  const ClientReply reply = PostWith(authority_.Issue({.common_name = ""}));
  EXPECT_EQ(reply.status, 403);
  EXPECT_THAT(reply.body, HasSubstr("the client certificate of no name"));
}

TEST_F(ClientCertificateTest, AnotherAuthorityAppliesToNewConnections) {
  StartWithClients({});
  const TlsAuthority next("next");
  tls_.client_ca = next.certificate();
  ASSERT_TRUE(server_->ReplaceTls(0, tls_).ok());
  ExpectNoHandshake(TestClient(port(), authority_.Issue({.common_name = "caller"})));
  EXPECT_EQ(PostWith(next.Issue({.common_name = "caller"})).status, 200);
}

}  // namespace
}  // namespace chartseal::webhook
