#include "tests/sandbox/raw_server.h"

#include <gmock/gmock.h>

#include "absl/time/clock.h"
#include "tests/sandbox/fault_recipes.h"
#include "tests/sandbox/test_client.h"

namespace chartseal::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

std::unique_ptr<RawServer> Serve(std::vector<ByteScript> scripts) {
  auto server = RawServer::Start(std::move(scripts));
  EXPECT_TRUE(server.ok()) << server.status();
  return *std::move(server);
}

TEST(RawServerTest, PlaysTheScriptOfEachConnectionInTurn) {
  auto server =
      Serve({{.steps = {{.bytes = "first"}}}, {.steps = {{.bytes = "a"}, {.bytes = "b", .repeat = 3}}}});
  EXPECT_EQ(RawExchange(server->host(), "/1"), "first");
  EXPECT_EQ(RawExchange(server->host(), "/2"), "abbb");
  EXPECT_EQ(RawExchange(server->host(), "/3"), "abbb");
  EXPECT_THAT(server->Heads(),
              ElementsAre(StartsWith("GET /1 "), StartsWith("GET /2 "), StartsWith("GET /3 ")));
}

TEST(RawServerTest, AnswersByWhatWasAsked) {
  auto server = RawServer::Start([](int connection, const std::string& head) {
    return ByteScript{.steps = {{.bytes = std::to_string(connection) + head.substr(0, 6)}}};
  });
  ASSERT_TRUE(server.ok());
  EXPECT_EQ(RawExchange((*server)->host(), "/x"), "0GET /x");
}

TEST(RawServerTest, ResetsAfterSomeBytes) {
  auto server = Serve({ResetAfter("HTTP/1.1 200 OK\r\n")});
  EXPECT_EQ(RawExchange(server->host(), "/"), std::string("HTTP/1.1 200 OK\r\n") + kConnectionReset);
}

TEST(RawServerTest, DripsByteByByte) {
  auto server = Serve({DripBytes("12345", absl::Milliseconds(30))});
  absl::Time start = absl::Now();
  EXPECT_EQ(RawExchange(server->host(), "/"), "12345");
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(120));
}

TEST(RawServerTest, StopsInTheMiddleOfEndlessScripts) {
  auto server = Serve({EndlessHeaders(), {.ending = Ending::kHang}});
  std::string host = server->host();
  std::thread endless([&] { RawExchange(host, "/"); });
  while (server->connections() < 1) absl::SleepFor(absl::Milliseconds(5));
  std::thread hanging([&] { RawExchange(host, "/"); });
  while (server->Heads().size() < 2) absl::SleepFor(absl::Milliseconds(5));
  absl::Time start = absl::Now();
  server.reset();
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  endless.join();
  hanging.join();
}

TEST(RawServerTest, RefusesToStartWithoutAScript) {
  auto server = RawServer::Start(std::vector<ByteScript>());
  EXPECT_EQ(server.status().message(), "a raw server needs at least one script");
}

}  // namespace
}  // namespace chartseal::sandbox
