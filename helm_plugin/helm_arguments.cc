#include "helm_plugin/helm_arguments.h"

#include <array>
#include <optional>
#include <utility>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::helm_plugin {
namespace {

absl::Status Wrong(std::string_view what) { return absl::InvalidArgumentError(ToAbsl(what)); }

constexpr std::array<std::string_view, 4> kNotForHelm = {"policy", "trusted-root", "verify-timeout",
                                                         "version"};

std::optional<HelmCommand> CommandOf(std::string_view word) {
  for (const HelmCommand command :
       {HelmCommand::kInstall, HelmCommand::kUpgrade, HelmCommand::kTemplate, HelmCommand::kVerify}) {
    if (Name(command) == word) return command;
  }
  return std::nullopt;
}

class Reader {
 public:
  explicit Reader(HelmCommand command) { arguments_.command = command; }

  absl::StatusOr<HelmArguments> Read(const std::vector<std::string>& words, size_t first) && {
    words_ = &words;
    for (next_ = first; next_ < words.size();) {
      const std::string& word = words[next_++];
      if (word == "--") break;
      RETURN_IF_ERROR(Take(word));
    }
    for (; next_ < words.size(); ++next_) positionals_.push_back(words[next_]);
    if (arguments_.help) return std::move(arguments_);
    RETURN_IF_ERROR(Refuse());
    RETURN_IF_ERROR(TakePositionals());
    return std::move(arguments_);
  }

 private:
  absl::Status Take(const std::string& word) {
    if (word.starts_with("--")) return TakeLong(std::string_view(word).substr(2));
    if (word.size() > 1 && word[0] == '-') return TakeLetters(std::string_view(word).substr(1));
    positionals_.push_back(word);
    return absl::OkStatus();
  }

  absl::Status TakeLong(std::string_view text) {
    const size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    const HelmFlag* flag = FindHelmFlag(arguments_.command, name);
    if (equals != std::string_view::npos) {
      Add(name, text.substr(equals + 1), true);
      return absl::OkStatus();
    }
    if (flag == nullptr) {
      return Wrong(Cat("the flag --", Printable(name, 80),
                       " is not known here, so neither whether the next word is its value; write it as --",
                       Printable(name, 80), "=VALUE"));
    }
    return TakeKnown(*flag);
  }

  absl::Status TakeKnown(const HelmFlag& flag) {
    if (flag.takes == HelmFlag::Takes::kNothing) {
      Add(flag.name, "true", false);
      return absl::OkStatus();
    }
    if (next_ == words_->size()) return Wrong(Cat("--", flag.name, " needs a value"));
    Add(flag.name, (*words_)[next_++], true);
    return absl::OkStatus();
  }

  // "-f=a", "-fa", "-f a", "-gi".
  absl::Status TakeLetters(std::string_view letters) {
    while (!letters.empty()) {
      const HelmFlag* flag = FindHelmFlag(arguments_.command, letters[0]);
      if (flag == nullptr) {
        return Wrong(Cat("the flag -", Printable(letters.substr(0, 1)),
                         " is not known here; write it in its long form with =VALUE"));
      }
      letters.remove_prefix(1);
      const bool joined = letters.starts_with('=');
      if (joined || (flag->takes == HelmFlag::Takes::kValue && !letters.empty())) {
        Add(flag->name, joined ? letters.substr(1) : letters, true);
        return absl::OkStatus();
      }
      RETURN_IF_ERROR(TakeKnown(*flag));
    }
    return absl::OkStatus();
  }

  void Add(std::string_view name, std::string_view value, bool written) {
    arguments_.values[std::string(name)].emplace_back(value);
    if (name == "help") arguments_.help = true;
    for (const std::string_view ours : kNotForHelm) {
      if (name == ours) return;
    }
    arguments_.flags.push_back(written ? Cat("--", name, "=", value) : Cat("--", name));
  }

  absl::Status Refuse() const {
    if (!arguments_.Value("repo").empty()) {
      return Wrong("--repo names a repository without signatures; use the chart's oci:// reference");
    }
    if (arguments_.IsSet("dependency-update")) {
      return Wrong("--dependency-update would install charts that nobody verified");
    }
    if (arguments_.IsSet("insecure-skip-tls-verify")) {
      return Wrong(
          "--insecure-skip-tls-verify is not supported; name the registry's authority with --ca-file");
    }
    return absl::OkStatus();
  }

  // Which of the words are release and chart. Less than that helm would refuse too; more would hide the
  // chart.
  absl::Status TakePositionals() {
    const bool verifies = arguments_.command == HelmCommand::kVerify;
    const bool named = arguments_.command == HelmCommand::kUpgrade;
    const size_t least = named ? 2 : 1;
    const size_t most = verifies ? 1 : 2;
    if (positionals_.size() < least || positionals_.size() > most) {
      return Wrong(Cat("expected ",
                       verifies ? ""
                       : named  ? "RELEASE "
                                : "[RELEASE] ",
                       "CHART, found ", positionals_.size(), " arguments that are no flags"));
    }
    arguments_.chart = positionals_.back();
    if (positionals_.size() == 2) arguments_.release = positionals_.front();
    if (arguments_.chart.empty()) return Wrong("the chart's name is empty");
    return absl::OkStatus();
  }

  HelmArguments arguments_;
  const std::vector<std::string>* words_ = nullptr;
  size_t next_ = 0;
  std::vector<std::string> positionals_;
};

}  // namespace

std::string HelmArguments::Value(std::string_view flag) const {
  const auto found = values.find(flag);
  return found == values.end() ? "" : found->second.back();
}

bool HelmArguments::IsSet(std::string_view flag) const {
  const std::string value = Value(flag);
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (value == yes) return true;
  }
  return false;
}

absl::StatusOr<HelmArguments> ReadHelmArguments(const std::vector<std::string>& words) {
  const auto command = words.empty() ? std::nullopt : CommandOf(words[0]);
  if (!command) {
    return Wrong(Cat("expected install, upgrade, template or verify, found ",
                     words.empty() ? "nothing" : Cat("\"", Printable(words[0], 80), "\"")));
  }
  return Reader(*command).Read(words, 1);
}

}  // namespace chartseal::helm_plugin
