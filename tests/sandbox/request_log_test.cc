#include "tests/sandbox/request_log.h"

#include <gmock/gmock.h>
#include <httplib.h>

#include <thread>

#include "tests/sandbox/registry.h"

namespace chartseal::sandbox {
namespace {

using ::testing::UnorderedElementsAre;

std::unique_ptr<Registry> SlowRegistry() { return *Registry::Start({.latency = absl::Milliseconds(60)}); }

void GetBase(const Registry& registry) { httplib::Client(registry.url()).Get("/v2/"); }

TEST(RequestLogTest, CountsRequestsByMethodAndPath) {
  auto registry = *Registry::Start();
  httplib::Client client(registry->url());
  client.Get("/v2/a/tags/list?n=3");
  client.Head("/v2/a/manifests/x");
  client.Get("/v2/a/manifests/x");
  EXPECT_EQ(registry->log().size(), 3u);
  EXPECT_EQ(registry->log().Count("GET", "*"), 2u);
  EXPECT_EQ(registry->log().Count("", "/v2/a/manifests/*"), 2u);
  EXPECT_EQ(registry->log().Count("PUT", "*"), 0u);
  RequestRecord first = registry->log().Records().front();
  EXPECT_EQ(first.path, "/v2/a/tags/list");
  EXPECT_EQ(first.target, "/v2/a/tags/list?n=3");
  EXPECT_EQ(first.status, 404);
  registry->log().Clear();
  EXPECT_EQ(registry->log().size(), 0u);
}

TEST(RequestLogTest, TellsParallelFromSequential) {
  auto registry = SlowRegistry();
  std::vector<std::thread> together;
  for (int i = 0; i < 3; ++i) together.emplace_back([&] { GetBase(*registry); });
  for (std::thread& one : together) one.join();
  EXPECT_EQ(registry->log().MaxInFlight(), 3u);
  EXPECT_EQ(registry->log().SequentialDepth(), 1u);
  GetBase(*registry);
  GetBase(*registry);
  EXPECT_EQ(registry->log().SequentialDepth(), 3u);
  registry->log().Clear();
  GetBase(*registry);
  EXPECT_EQ(registry->log().MaxInFlight(), 1u);
  EXPECT_EQ(registry->log().SequentialDepth(), 1u);
}

TEST(RequestLogTest, SeesWhichHeadersAndConnectionsWereUsed) {
  auto registry = *Registry::Start();
  httplib::Client client(registry->url());
  client.set_keep_alive(true);
  client.Get("/v2/");
  client.Get("/v2/");
  EXPECT_FALSE(registry->log().AnyHasHeader("authorization"));
  GetBase(*registry);
  client.Get("/v2/", httplib::Headers{{"Authorization", "Bearer x"}});
  EXPECT_TRUE(registry->log().AnyHasHeader("authorization"));
  std::vector<RequestRecord> records = registry->log().Records();
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].client_port, records[1].client_port);
  EXPECT_NE(records[0].client_port, records[2].client_port);
  EXPECT_FALSE(records[2].HasHeader("authorization"));
  EXPECT_TRUE(records[3].HasHeader("authorization"));
}

TEST(RequestLogTest, EndOfARequestFromBeforeClearIsIgnored) {
  RequestLog log;
  HttpRequest request{.method = "GET", .path = "/a", .target = "/a"};
  std::size_t old = log.Begin(request);
  log.Clear();
  std::size_t fresh = log.Begin(request);
  log.End(old, 500);
  EXPECT_EQ(log.Records()[0].status, 0);
  log.End(fresh, 200);
  EXPECT_EQ(log.Records()[0].status, 200);
}

}  // namespace
}  // namespace chartseal::sandbox
