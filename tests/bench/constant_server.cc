// constant_server: the webhook's own server with a handler that answers every review with the same text. What
// is left of its throughput when the handler decides is what the benches show. Listens on loopback until
// SIGTERM.
//
//   constant_server CERTIFICATE KEY UID

#include <signal.h>

#include <cstdio>
#include <string>

#include "verifier/base/file.h"
#include "webhook/server.h"

namespace chartseal::webhook {
namespace {

int Main(int argc, char** argv) {
  if (argc != 4) return 2;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const std::string answer =
      std::string(R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":")") +
      argv[3] + R"(","allowed":true}})";
  Route route{.method = "POST", .path = "/validate", .content_type = "application/json"};
  route.starter = [&answer](HttpRequest) {
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
