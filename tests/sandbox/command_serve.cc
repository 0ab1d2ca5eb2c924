#include <signal.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "absl/time/clock.h"
#include "tests/sandbox/github.h"
#include "tests/sandbox/signing_commands.h"
#include "tests/sandbox/signing_services.h"
#include "tests/sandbox/state.h"
#include "tests/sandbox/trusted_root_file.h"

namespace chartseal::sandbox {
namespace {

void WriteEndpoints(const ServiceUrls& urls, const Sigstore& sigstore, const std::string& directory,
                    bool rekor_v2, const Github* github) {
  TrustedRootOptions trust;
  trust.fulcio_uri = urls.fulcio;
  trust.tsa_uri = urls.tsa;
  WriteFile(directory + "/trusted_root.json", TrustedRootJson(sigstore, trust));
  SigningConfigOptions config;
  config.with_rekor_v1 = !rekor_v2;
  config.with_rekor_v2 = rekor_v2;
  WriteFile(directory + "/signing_config.json", SigningConfigJson(urls, sigstore.start(), config));
  nlohmann::json endpoints = {{"oidc", urls.oidc},       {"fulcio", urls.fulcio},
                              {"rekor1", urls.rekor_v1}, {"rekor2", urls.rekor_v2},
                              {"tsa", urls.tsa},         {"token", urls.oidc + "/token"}};
  if (github != nullptr) {
    endpoints["github"] = github->url();
    endpoints["github_token"] = GithubOptions().token;
  }
  WriteFile(directory + "/endpoints.json", endpoints.dump(2));
}

// GitHub with that one release, "OWNER/REPO@TAG".
absl::StatusOr<std::unique_ptr<Github>> StartGithub(const std::string& release) {
  const size_t at = release.find('@');
  if (at == std::string::npos) return absl::InvalidArgumentError("--github: expected OWNER/REPO@TAG");
  auto github = Github::Start();
  if (github.ok()) (*github)->AddRelease(release.substr(0, at), release.substr(at + 1));
  return github;
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "serve: %s\n", std::string(status.message()).c_str());
  return 3;
}

}  // namespace

int RunServe(int argc, char** argv) {
  std::map<std::string, std::string> flags;
  if (!ParseFlags(argc, argv, "dir port rekor github", &flags) || flags["dir"].empty()) {
    std::fprintf(
        stderr,
        "usage: chartseal-sandbox serve --dir DIR [--port FIRST] [--rekor 1|2] [--github OWNER/REPO@TAG]\n");
    return 2;
  }
  // Blocked before any thread starts, so that sigwait below is the only one to see them.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  const std::string state = flags["dir"] + "/state.json";
  const std::unique_ptr<Sigstore> sigstore = LoadOrCreateState(state, absl::Now());
  SigningServicesOptions options;
  options.first_port = static_cast<std::uint16_t>(std::atoi(flags["port"].c_str()));
  auto services = SigningServices::Start(*sigstore, options);
  if (!services.ok()) return Fail(services.status());
  std::unique_ptr<Github> github;
  if (!flags["github"].empty()) {
    auto started = StartGithub(flags["github"]);
    if (!started.ok()) return Fail(started.status());
    github = *std::move(started);
  }
  const ServiceUrls urls = (*services)->urls();
  WriteEndpoints(urls, *sigstore, flags["dir"], flags["rekor"] == "2", github.get());
  std::printf("ready: oidc %s fulcio %s rekor1 %s rekor2 %s tsa %s\n", urls.oidc.c_str(), urls.fulcio.c_str(),
              urls.rekor_v1.c_str(), urls.rekor_v2.c_str(), urls.tsa.c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&stop, &signal);
  services->reset();
  SaveState(*sigstore, state);
  return 0;
}

}  // namespace chartseal::sandbox
