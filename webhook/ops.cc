#include "webhook/ops.h"

namespace chartseal::webhook {
namespace {

HttpReply Ready(const std::vector<ReadyCondition>& conditions) {
  std::string missing;
  for (const ReadyCondition& condition : conditions) {
    if (!condition.holds()) missing += condition.missing + "\n";
  }
  if (missing.empty()) return {.body = "ready\n"};
  return {.status = 503, .body = missing};
}

}  // namespace

std::vector<Route> OpsRoutes(std::vector<ReadyCondition> conditions, const Metrics& metrics) {
  return {
      {.method = "GET",
       .path = "/healthz",
       .handler = [](const HttpRequest&) { return HttpReply{.body = "ok\n"}; }},
      {.method = "GET",
       .path = "/readyz",
       .handler = [conditions = std::move(conditions)](const HttpRequest&) { return Ready(conditions); }},
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
