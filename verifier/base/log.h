#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

// JSON-lines logging to standard error: {"time":"…","level":"info","message":"…", fields…}. Thread-safe.
// Never pass secrets. Nothing is written below the level that was set (default info).
namespace chartseal {
class Node;
}

namespace chartseal::log {

enum class Level { kDebug, kInfo, kWarning, kError };
using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

void SetLevel(Level level);
// Whether a line of this level would be written: for those who would have to gather its fields.
bool Enabled(Level level);
void Write(Level level, std::string_view message, Fields fields = {});
// The same with fields of every type: the members of a map.
void Write(Level level, std::string_view message, const Node& fields);

inline void Debug(std::string_view message, Fields fields = {}) { Write(Level::kDebug, message, fields); }
inline void Info(std::string_view message, Fields fields = {}) { Write(Level::kInfo, message, fields); }
inline void Warning(std::string_view message, Fields fields = {}) { Write(Level::kWarning, message, fields); }
inline void Error(std::string_view message, Fields fields = {}) { Write(Level::kError, message, fields); }

}  // namespace chartseal::log
