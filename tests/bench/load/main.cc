// webhook_load: what a busy API server, and a hostile client, look like to the webhook. Loopback only;
// bounded in connections and time. One thread, so that it can be pinned to a core of its own.
//
//   webhook_load run PORT BODY CONNECTIONS SECONDS ALLOWED|DENIED TEXT
//       posts BODY (an AdmissionReview file) to /validate over kept-alive TLS, one request at a time on each
//       connection, and checks every answer: uid, verdict, and TEXT in it ("" for none). Prints one JSON
//       object.
//   webhook_load hold PORT CONNECTIONS idle|slow
//       opens TLS connections and keeps them until standard input ends: idle after the handshake, or sending
//       a head one byte a second. Prints "held N" when all are open.

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/bench/load/hold.h"
#include "tests/bench/load/run.h"

namespace chartseal::load {
namespace {

int Usage() {
  std::fprintf(stderr,
               "usage: webhook_load run PORT BODY CONNECTIONS SECONDS ALLOWED|DENIED TEXT\n"
               "       webhook_load hold PORT CONNECTIONS idle|slow\n");
  return 2;
}

int Main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "run" && argc == 8) {
    return Run({.port = std::atoi(argv[2]),
                .body_file = argv[3],
                .connections = std::atoi(argv[4]),
                .seconds = std::atof(argv[5]),
                .allowed = std::string(argv[6]) == "ALLOWED",
                .text = argv[7]});
  }
  if (mode == "hold" && argc == 5) return Hold(std::atoi(argv[2]), std::atoi(argv[3]), argv[4]);
  return Usage();
}

}  // namespace
}  // namespace chartseal::load

int main(int argc, char** argv) { return chartseal::load::Main(argc, argv); }
