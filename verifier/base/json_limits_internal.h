#pragma once

#include <cstdint>
#include <string_view>

namespace chartseal::internal {

// Whether a document that simdjson has read (json_tape_internal.h) is one that strict_json takes: no key
// twice in a map, and no deeper and no more values than limits.h says. One pass, whose cost grows with the
// number of keys and not faster, whatever the keys are. `strings`: 8 bytes can be read at the beginning of
// any text in it. Thread-safe; keeps some memory for the next document of the thread.
bool IsWithinLimits(const uint64_t* tape, const char* strings);

// A number that differs for nearly all pairs of different keys, in its upper bits too: comparing numbers is
// most of the work. Of all bytes of the key. Whoever chooses keys can choose some whose numbers are the same:
// that makes them no duplicates, and finding that out not slow. 8 bytes can be read at `key`.
uint64_t MarkOf(std::string_view key);

}  // namespace chartseal::internal
