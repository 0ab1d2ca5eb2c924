#pragma once

#include <map>
#include <string>

namespace chartseal::sandbox {

// Subcommands of chartseal-sandbox; argv holds the arguments after the subcommand's name. Exit code: 0 done,
// 2 wrong usage, 3 could not.

// serve --dir DIR [--port FIRST] [--rekor 1|2] [--github OWNER/REPO@TAG]: runs OIDC issuer, Fulcio, Rekor v1,
// Rekor v2, TSA and, if asked for, GitHub with one release on 127.0.0.1 until SIGTERM or SIGINT. Writes
// trusted_root.json, signing_config.json and endpoints.json into DIR and keeps its keys in DIR/state.json.
int RunServe(int argc, char** argv);

// mint --digest sha256:HEX --state DIR --out DIR [options]: adds a signature of that digest to the OCI image
// layout in --out. Writes trusted_root.json beside the keys in --state. See RunMint's usage text for the
// options.
int RunMint(int argc, char** argv);

// "--name value" pairs; false when the arguments are anything else or hold a name that is not in `known`
// (space-separated).
bool ParseFlags(int argc, char** argv, const std::string& known, std::map<std::string, std::string>* flags);

}  // namespace chartseal::sandbox
