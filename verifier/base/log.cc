#include "verifier/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "verifier/base/node.h"
#include "verifier/base/strict_json.h"

namespace chartseal::log {
namespace {

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

spdlog::logger& Logger() {
  static spdlog::logger* const logger = [] {
    auto* made = new spdlog::logger("chartseal", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    // The payload arrives as the inside of a JSON object, so that spdlog's clock and level frame it.
    made->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})", spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *logger;
}

// The message comes first, whatever the fields are called.
void WriteMembers(Level level, const Node& line) {
  const std::string text = WriteJson(line);
  Logger().log(ToSpdlog(level), "{}", std::string_view(text).substr(1, text.size() - 2));
}

}  // namespace

void SetLevel(Level level) { Logger().set_level(ToSpdlog(level)); }

bool Enabled(Level level) { return Logger().should_log(ToSpdlog(level)); }

void Write(Level level, std::string_view message, Fields fields) {
  if (!Enabled(level)) return;
  Node line = Node::MakeMap();
  line.Set("message", message);
  for (const auto& [key, value] : fields) line.Set(key, value);
  WriteMembers(level, line);
}

void Write(Level level, std::string_view message, const Node& fields) {
  if (!Enabled(level)) return;
  Node line = Node::MakeMap();
  line.Set("message", message);
  for (const auto& [key, value] : fields.map()) line.Set(key, value);
  WriteMembers(level, line);
}

}  // namespace chartseal::log
