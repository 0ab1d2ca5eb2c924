#include "webhook/ops.h"

namespace chartseal::webhook {
namespace {

HttpReply Ready(const Readiness& readiness) {
  std::string missing;
  if (!readiness.policy_loaded) missing += "policy: not loaded\n";
  if (!readiness.trusted_root_loaded) missing += "trusted root: not loaded\n";
  if (!readiness.listening) missing += "TLS listener: not accepting\n";
  if (missing.empty()) return {.body = "ready\n"};
  return {.status = 503, .body = missing};
}

}  // namespace

std::vector<Route> OpsRoutes(const Readiness& readiness, const Metrics& metrics) {
  return {
      {.method = "GET",
       .path = "/healthz",
       .handler = [](const HttpRequest&) { return HttpReply{.body = "ok\n"}; }},
      {.method = "GET",
       .path = "/readyz",
       .handler = [&readiness](const HttpRequest&) { return Ready(readiness); }},
      {.method = "GET",
       .path = "/metrics",
       .handler =
           [&metrics](const HttpRequest&) {
             return HttpReply{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                              .body = metrics.Text()};
           }},
  };
}

}  // namespace chartseal::webhook
