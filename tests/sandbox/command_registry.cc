#include <signal.h>

#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "tests/sandbox/layout_pusher.h"
#include "tests/sandbox/registry.h"
#include "tests/sandbox/registry_commands.h"

namespace chartseal::sandbox {
namespace {

constexpr const char* kUsage =
    "usage: chartseal-sandbox registry [--listen 127.0.0.1:PORT] [--no-referrers] [--tls] [--latency-ms N]\n"
    "         [--artifact-type manifest|config|missing] [--auth basic|bearer] [--username NAME --password "
    "TEXT]\n"
    "         [--anonymous-pull] [--layout DIR=NAME]...\n";

struct Arguments {
  RegistryOptions options;
  std::vector<std::string> layouts;  // DIR=NAME
};

std::optional<int> Number(const std::string& text, int max) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool ok = error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= max;
  return ok ? std::optional(value) : std::nullopt;
}

bool SetListen(const std::string& address, RegistryOptions& options) {
  constexpr std::string_view kLoopback = "127.0.0.1:";
  if (!address.starts_with(kLoopback)) return false;
  auto port = Number(address.substr(kLoopback.size()), 65535);
  if (port.has_value()) options.port = static_cast<std::uint16_t>(*port);
  return port.has_value();
}

bool SetArtifactType(const std::string& how, RegistryOptions& options) {
  options.descriptor_artifact_type = how == "config"    ? DescriptorArtifactType::kConfigMediaType
                                     : how == "missing" ? DescriptorArtifactType::kMissing
                                                        : DescriptorArtifactType::kManifest;
  return how == "config" || how == "missing" || how == "manifest";
}

bool SetScheme(const std::string& scheme, RegistryOptions& options) {
  options.auth.scheme = scheme == "basic" ? AuthOptions::Scheme::kBasic : AuthOptions::Scheme::kBearer;
  return scheme == "basic" || scheme == "bearer";
}

bool SetLatency(const std::string& milliseconds, RegistryOptions& options) {
  auto number = Number(milliseconds, 60'000);
  if (number.has_value()) options.latency = absl::Milliseconds(*number);
  return number.has_value();
}

// Options without a value; false when `name` is none of them.
bool SetFlag(const std::string& name, RegistryOptions& options) {
  if (name == "--no-referrers") return !(options.referrers_api = false);
  if (name == "--tls") return options.tls = true;
  if (name == "--anonymous-pull") return options.auth.anonymous_pull = true;
  return false;
}

bool SetValue(const std::string& name, const std::string& value, Arguments& arguments) {
  RegistryOptions& options = arguments.options;
  if (name == "--listen") return SetListen(value, options);
  if (name == "--artifact-type") return SetArtifactType(value, options);
  if (name == "--auth") return SetScheme(value, options);
  if (name == "--latency-ms") return SetLatency(value, options);
  if (name == "--username") return options.auth.username = value, true;
  if (name == "--password") return options.auth.password = value, true;
  if (name == "--layout") return arguments.layouts.push_back(value), value.find('=') != std::string::npos;
  return false;
}

std::optional<Arguments> Parse(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (SetFlag(words[i], arguments.options)) continue;
    if (i + 1 == words.size() || !SetValue(words[i], words[i + 1], arguments)) return std::nullopt;
    ++i;
  }
  return arguments;
}

absl::Status Preload(const std::vector<std::string>& layouts, Registry& registry) {
  for (const std::string& entry : layouts) {
    std::size_t equals = entry.rfind('=');
    absl::StatusOr<OciLayout> layout = OciLayout::Read(entry.substr(0, equals));
    if (!layout.ok()) return layout.status();
    PutLayout(*layout, registry, entry.substr(equals + 1));
  }
  return absl::OkStatus();
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "registry: %s\n", std::string(status.message()).c_str());
  return 3;
}

}  // namespace

int RunRegistry(int argc, char** argv) {
  std::optional<Arguments> arguments = Parse(std::vector<std::string>(argv, argv + argc));
  if (!arguments.has_value()) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before the server's threads inherit the mask
  auto registry = Registry::Start(arguments->options);
  if (!registry.ok()) return Fail(registry.status());
  absl::Status loaded = Preload(arguments->layouts, **registry);
  if (!loaded.ok()) return Fail(loaded);
  std::printf("registry ready at %s\n", (*registry)->url().c_str());
  if (!(*registry)->ca_file().empty()) std::printf("certificate in %s\n", (*registry)->ca_file().c_str());
  std::fflush(stdout);
  int received = 0;
  sigwait(&signals, &received);
  return 0;
}

}  // namespace chartseal::sandbox
