#pragma once

namespace chartseal::sandbox {

// Subcommands of chartseal-sandbox; argv holds the arguments after the subcommand's name. Both return the
// exit code: 0 done, 2 wrong usage, 3 could not.

// push-layout DIR HOST:PORT/NAME [--no-fallback-tags]: pushes an OCI image layout into a registry on
// loopback.
int RunPushLayout(int argc, char** argv);

// registry [--listen 127.0.0.1:PORT] [options]: serves until SIGINT or SIGTERM, after a line that it is
// ready.
int RunRegistry(int argc, char** argv);

}  // namespace chartseal::sandbox
