// constant_server: the webhook's own server with a handler that answers every review with the same text. What
// is left of its throughput when the handler decides is what the benches show. Listens on loopback until
// SIGTERM.
//
//   constant_server CERTIFICATE KEY UID [simdjson|strict]
//
// With a fourth argument the body is read first, by simdjson alone or as the webhook reads it: how much of
// the difference is the price of reading.

#include <signal.h>
#include <simdjson.h>

#include <cstdio>
#include <functional>
#include <string>

#include "verifier/base/file.h"
#include "verifier/base/json_document.h"
#include "webhook/server.h"

namespace chartseal::webhook {
namespace {

// False for what is no JSON.
bool ReadBySimdjson(const std::string& body) {
  static thread_local simdjson::dom::parser parser;
  return parser.parse(body).error() == simdjson::SUCCESS;
}

// What is done with a body before the answer, by name.
std::function<bool(const std::string&)> ReaderOf(const std::string& name) {
  if (name == "simdjson") return ReadBySimdjson;
  if (name == "strict") return [](const std::string& body) { return JsonDocument::Parse(body, "body").ok(); };
  return [](const std::string&) { return true; };
}

int Main(int argc, char** argv) {
  if (argc != 4 && argc != 5) return 2;
  const auto read = ReaderOf(argc == 5 ? argv[4] : "");
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const std::string answer =
      std::string(R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":")") +
      argv[3] + R"(","allowed":true}})";
  Route route{.method = "POST", .path = "/validate", .content_type = "application/json"};
  route.starter = [&answer, &read](const HttpRequest& request) {
    if (!read(request.body)) return HttpReply{.status = 400};
    return HttpReply{.content_type = "application/json", .body = answer};
  };
  ServerOptions options;
  options.listeners = {{"127.0.0.1",
                        0,
                        TlsIdentity{ReadFile(argv[1], limits::kMaxPemBytes).value(),
                                    ReadFile(argv[2], limits::kMaxPemBytes).value()},
                        {route}}};
  auto server = Server::Start(std::move(options));
  if (!server.ok()) {
    std::fprintf(stderr, "constant_server: %s\n", server.status().ToString().c_str());
    return 1;
  }
  std::printf("%d\n", (*server)->port(0));
  std::fflush(stdout);
  int number = 0;
  sigwait(&signals, &number);
  (*server)->Stop(absl::Seconds(1));
  return 0;
}

}  // namespace
}  // namespace chartseal::webhook

int main(int argc, char** argv) { return chartseal::webhook::Main(argc, argv); }
