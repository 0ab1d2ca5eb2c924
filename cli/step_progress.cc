#include "cli/step_progress.h"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "cli/report.h"
#include "verifier/base/strings.h"

namespace chartseal::cli {
namespace {

class Silent : public publisher::Progress {
 public:
  void Begin(std::string_view, std::string_view) override {}
  void Done(std::string_view) override {}
  void Failed(std::string_view) override {}
};

// Whether a character of UTF-8 began before this byte.
bool IsInsideCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

// One line for each step: what is under way is overwritten by how it ended.
class OnTerminal : public publisher::Progress {
 public:
  void Begin(std::string_view step, std::string_view about) override {
    step_ = step;
    Show("…", about, "");
  }
  void Done(std::string_view outcome) override { Show("✓", outcome, "\n"); }
  void Failed(std::string_view why) override { Show("✗", why, "\n"); }

 private:
  void Show(const char* sign, std::string_view text, const char* end) const {
    constexpr char kBackAndErase[] = "\r\033[K";
    constexpr size_t kWidth = 100;
    std::string line = ForTerminal(text);
    if (line.size() > kWidth) {
      size_t cut = kWidth;
      while (IsInsideCharacter(line[cut])) --cut;
      line = line.substr(0, cut) + "…";
    }
    std::fprintf(stderr, "%s%s %-8s %s%s", kBackAndErase, sign, step_.c_str(), line.c_str(), end);
    std::fflush(stderr);
  }

  std::string step_;
};

}  // namespace

std::unique_ptr<publisher::Progress> MakeStepProgress() {
  if (isatty(STDERR_FILENO) != 0) return std::make_unique<OnTerminal>();
  return std::make_unique<Silent>();
}

}  // namespace chartseal::cli
