#include <cstdio>
#include <cstring>

#include "tests/sandbox/registry_commands.h"
#include "tests/sandbox/signing_commands.h"

namespace {

struct Subcommand {
  const char* name;
  int (*run)(int argc, char** argv);
  const char* summary;
};

constexpr Subcommand kSubcommands[] = {
    {"push-layout", chartseal::sandbox::RunPushLayout,
     "push an OCI image layout into a registry on loopback"},
    {"registry", chartseal::sandbox::RunRegistry, "serve an OCI registry in memory on loopback"},
    {"mint", chartseal::sandbox::RunMint, "add a signature of a digest to an OCI image layout"},
    {"serve", chartseal::sandbox::RunServe, "run OIDC issuer, Fulcio, Rekor and TSA on loopback"},
};

int Usage() {
  std::fprintf(stderr, "usage: chartseal-sandbox COMMAND [options]\n");
  for (const Subcommand& command : kSubcommands) {
    std::fprintf(stderr, "  %-12s %s\n", command.name, command.summary);
  }
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return Usage();
  for (const Subcommand& command : kSubcommands) {
    if (std::strcmp(argv[1], command.name) == 0) return command.run(argc - 2, argv + 2);
  }
  return Usage();
}
