// Taken from what `helm install|upgrade|template --help` of 3.16.1, 3.17.3, 4.1.4 and 4.2.3 print.

#include "helm_plugin/helm_flags.h"

#include <algorithm>

namespace chartseal::helm_plugin {
namespace {

constexpr HelmFlag::Takes kValue = HelmFlag::Takes::kValue;
constexpr HelmFlag::Takes kNothing = HelmFlag::Takes::kNothing;

constexpr HelmFlag kFlags[] = {
    // This plugin's own.
    {"policy", 0, kValue},
    {"trusted-root", 0, kValue},
    {"verify-timeout", 0, kValue},
    // Charts and values.
    {"ca-file", 0, kValue},
    {"cert-file", 0, kValue},
    {"description", 0, kValue},
    {"key-file", 0, kValue},
    {"keyring", 0, kValue},
    {"labels", 'l', kValue},
    {"name-template", 0, kValue},
    {"output", 'o', kValue},
    {"password", 0, kValue},
    {"post-renderer", 0, kValue},
    {"post-renderer-args", 0, kValue},
    {"repo", 0, kValue},
    {"set", 0, kValue},
    {"set-file", 0, kValue},
    {"set-json", 0, kValue},
    {"set-literal", 0, kValue},
    {"set-string", 0, kValue},
    {"timeout", 0, kValue},
    {"username", 0, kValue},
    {"values", 'f', kValue},
    {"version", 0, kValue},
    // Of upgrade and template alone.
    {"history-max", 0, kValue},
    {"api-versions", 'a', kValue},
    {"kube-version", 0, kValue},
    {"output-dir", 0, kValue},
    {"show-only", 's', kValue},
    // Global.
    {"burst-limit", 0, kValue},
    {"color", 0, kValue},
    {"colour", 0, kValue},
    {"content-cache", 0, kValue},
    {"kube-apiserver", 0, kValue},
    {"kube-as-group", 0, kValue},
    {"kube-as-user", 0, kValue},
    {"kube-ca-file", 0, kValue},
    {"kube-context", 0, kValue},
    {"kube-tls-server-name", 0, kValue},
    {"kube-token", 0, kValue},
    {"kubeconfig", 0, kValue},
    {"namespace", 'n', kValue},
    {"qps", 0, kValue},
    {"registry-config", 0, kValue},
    {"repository-cache", 0, kValue},
    {"repository-config", 0, kValue},
    // Without a value.
    {"atomic"},
    {"cleanup-on-fail"},
    {"create-namespace"},
    {"debug"},
    {"dependency-update"},
    {"devel"},
    {"disable-openapi-validation"},
    {"dry-run"},
    {"enable-dns"},
    {"force"},
    {"force-conflicts"},
    {"force-replace"},
    {"generate-name", 'g'},
    {"help", 'h'},
    {"hide-notes"},
    {"hide-secret"},
    {"include-crds"},
    {"insecure-skip-tls-verify"},
    {"install", 'i'},
    {"is-upgrade"},
    {"kube-insecure-skip-tls-verify"},
    {"no-hooks"},
    {"pass-credentials"},
    {"plain-http"},
    {"release-name"},
    {"render-subchart-notes"},
    {"replace"},
    {"reset-then-reuse-values"},
    {"reset-values"},
    {"reuse-values"},
    {"rollback-on-failure"},
    {"skip-crds"},
    {"skip-schema-validation"},
    {"skip-tests"},
    {"take-ownership"},
    {"validate"},
    {"verify"},
    {"wait"},
    {"wait-for-jobs"},
};

// The one flag that takes a value in one command and none in the others (helm 4).
constexpr HelmFlag kServerSide = {"server-side", 0, kNothing};
constexpr HelmFlag kServerSideOfUpgrade = {"server-side", 0, kValue};

template <typename Predicate>
const HelmFlag* Find(Predicate is_wanted) {
  const auto* const found = std::find_if(std::begin(kFlags), std::end(kFlags), is_wanted);
  return found == std::end(kFlags) ? nullptr : found;
}

}  // namespace

std::string_view Name(HelmCommand command) {
  switch (command) {
    case HelmCommand::kInstall:
      return "install";
    case HelmCommand::kUpgrade:
      return "upgrade";
    case HelmCommand::kTemplate:
      return "template";
    case HelmCommand::kVerify:
      return "verify";
  }
  return "unknown";
}

const HelmFlag* FindHelmFlag(HelmCommand command, std::string_view name) {
  if (name == kServerSide.name) {
    return command == HelmCommand::kUpgrade ? &kServerSideOfUpgrade : &kServerSide;
  }
  return Find([name](const HelmFlag& flag) { return flag.name == name; });
}

const HelmFlag* FindHelmFlag(HelmCommand, char letter) {
  return Find([letter](const HelmFlag& flag) { return flag.letter == letter; });
}

}  // namespace chartseal::helm_plugin
