#include <cstdio>
#include <cstring>
#include <optional>

#include "absl/time/clock.h"
#include "tests/sandbox/layout_writer.h"
#include "tests/sandbox/signing_commands.h"
#include "tests/sandbox/state.h"
#include "tests/sandbox/trusted_root_file.h"

namespace chartseal::sandbox {
namespace {

using Flags = std::map<std::string, std::string>;

constexpr char kUsage[] =
    "usage: chartseal-sandbox mint --digest sha256:HEX --state DIR --out DIR [options]\n"
    "  --layout bundle|legacy         where the signature lies (bundle)\n"
    "  --subject-size N               of the signed manifest, for a bundle's subject descriptor (0)\n"
    "  --subject-media-type T         likewise (OCI image manifest)\n"
    "  --identity URI|ADDRESS         signer (a GitHub workflow of acme/app)\n"
    "  --issuer URL                   of the signer's token (GitHub Actions)\n"
    "  --repository OWNER/NAME --workflow FILE --ref REF   a GitHub workflow with all its claims, instead of "
    "--identity\n"
    "  --predicate-type URI           of the statement (cosign's signature)\n"
    "  --predicate FILE               predicate JSON ({})\n"
    "  --docker-reference NAME        of a legacy payload\n"
    "  --rekor 1|2                    which log (1); 2 adds a timestamp\n"
    "  --timestamp yes|no             an RFC 3161 token also with log 1 (no)\n"
    "  --time RFC3339                 when it is signed (now)\n"
    "  --key-out FILE                 sign with a managed key, written there as a PEM public key; no "
    "certificate\n"
    "  --bundle-out FILE              the bundle itself, too\n";

int Usage() {
  std::fputs(kUsage, stderr);
  return 2;
}

std::string Or(const Flags& flags, const char* name, const char* otherwise) {
  const auto found = flags.find(name);
  return found == flags.end() ? otherwise : found->second;
}

Identity IdentityOf(const Flags& flags) {
  const std::string issuer = Or(flags, "issuer", "https://token.actions.githubusercontent.com");
  const std::string subject = Or(flags, "identity", "");
  if (subject.empty()) {
    return GitHubWorkflow(Or(flags, "repository", "acme/app"), Or(flags, "workflow", "release.yml"),
                          Or(flags, "ref", "refs/tags/v1.2.3"), issuer);
  }
  if (subject.find("://") == std::string::npos) return Email(subject, issuer);
  // A workflow URI gets the claims that belong to it.
  constexpr std::string_view kHost = "https://github.com/";
  constexpr std::string_view kFolder = "/.github/workflows/";
  const size_t folder = subject.find(kFolder);
  const size_t at = subject.rfind('@');
  if (!subject.starts_with(kHost) || folder == std::string::npos || at == std::string::npos || at < folder) {
    return Uri(subject, issuer);
  }
  const size_t file = folder + kFolder.size();
  return GitHubWorkflow(subject.substr(kHost.size(), folder - kHost.size()), subject.substr(file, at - file),
                        subject.substr(at + 1), issuer);
}

// nullopt when a flag has a value that means nothing.
std::optional<MintRequest> RequestOf(const Flags& flags) {
  MintRequest request;
  request.identity = IdentityOf(flags);
  request.artifact_sha256 = flags.at("digest").substr(std::strlen("sha256:"));
  request.statement.predicate_type = Or(flags, "predicate-type", request.statement.predicate_type.c_str());
  if (flags.count("predicate") != 0 && !ReadFile(flags.at("predicate"), &request.statement.predicate_json)) {
    return std::nullopt;
  }
  const bool rekor_v2 = Or(flags, "rekor", "1") == "2";
  if (rekor_v2) request.logs = {LogRequest::V2()};
  if (rekor_v2 || Or(flags, "timestamp", "no") == "yes") request.timestamps = {TimestampRequest()};
  // A little in the past, so that log and timestamp, which come later, are not in the future.
  request.signing_time = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now())) - absl::Seconds(5);
  std::string error;
  if (flags.count("time") != 0 &&
      !absl::ParseTime(absl::RFC3339_full, flags.at("time"), &request.signing_time, &error)) {
    return std::nullopt;
  }
  if (flags.count("key-out") != 0) {
    request.managed_key = true;
    request.key = Key::Generate(KeyType::kEcdsaP256);
    WriteFile(flags.at("key-out"), request.key->SpkiPem());
  }
  return request;
}

bool IsDigest(const std::string& text) {
  return text.size() == 71 && text.starts_with("sha256:") &&
         text.find_first_not_of("0123456789abcdef", 7) == std::string::npos;
}

void AddSignature(const Flags& flags, const MintRequest& request, Sigstore& sigstore) {
  LayoutWriter layout(flags.at("out"));
  const std::string& digest = flags.at("digest");
  if (Or(flags, "layout", "bundle") == "legacy") {
    LegacyOptions options;
    options.docker_reference = Or(flags, "docker-reference", options.docker_reference.c_str());
    layout.AddLegacy(digest, MintLegacy(sigstore, digest, request, options));
    return;
  }
  OciSubject subject;
  subject.digest = digest;
  subject.size = std::strtoll(Or(flags, "subject-size", "0").c_str(), nullptr, 10);
  subject.media_type = Or(flags, "subject-media-type", subject.media_type.c_str());
  const OciManifest referrer = MintReferrer(sigstore, subject, request);
  layout.AddReferrer(digest, referrer);
  if (flags.count("bundle-out") != 0) WriteFile(flags.at("bundle-out"), referrer.blobs[1].bytes);
}

}  // namespace

bool ParseFlags(int argc, char** argv, const std::string& known, std::map<std::string, std::string>* flags) {
  if (argc % 2 != 0) return false;
  const std::string names = " " + known + " ";
  for (int i = 0; i < argc; i += 2) {
    const std::string name = argv[i];
    if (!name.starts_with("--") || names.find(" " + name.substr(2) + " ") == std::string::npos) return false;
    (*flags)[name.substr(2)] = argv[i + 1];
  }
  return true;
}

int RunMint(int argc, char** argv) {
  Flags flags;
  const char* const known =
      "digest state out layout subject-size subject-media-type identity issuer repository workflow ref "
      "predicate-type "
      "predicate docker-reference rekor timestamp time key-out bundle-out";
  if (!ParseFlags(argc, argv, known, &flags)) return Usage();
  if (!IsDigest(Or(flags, "digest", "")) || flags.count("state") == 0 || flags.count("out") == 0)
    return Usage();
  const std::string layout = Or(flags, "layout", "bundle");
  if (layout != "bundle" && layout != "legacy") return Usage();
  const std::optional<MintRequest> request = RequestOf(flags);
  if (!request) return Usage();
  const std::string state = flags["state"] + "/state.json";
  const std::unique_ptr<Sigstore> sigstore = LoadOrCreateState(state, absl::Now());
  AddSignature(flags, *request, *sigstore);
  SaveState(*sigstore, state);
  WriteFile(flags["state"] + "/trusted_root.json", TrustedRootJson(*sigstore));
  return 0;
}

}  // namespace chartseal::sandbox
