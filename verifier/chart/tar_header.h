#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace chartseal::chart {

inline constexpr size_t kTarBlock = 512;

// One header block of a ustar archive (POSIX.1-2001 pax, "ustar Interchange Format"), as far as charts have
// them: a regular file, or the pax extended header that goes before one.
struct TarHeader {
  std::string name;  // prefix and name joined; not yet judged
  uint64_t size = 0;
  absl::Time modified;
  bool is_pax = false;
};

// The records of a pax extended header that Go's archive/tar writes for a regular file.
struct PaxRecords {
  std::optional<std::string> path;
  std::optional<absl::Time> modified;
};

// Reads a block of kTarBlock bytes. Errors say what is wrong, without place: InvalidArgument with
// Reason::kArchiveMalformed for a wrong checksum, another magic than ustar's, numbers that are not plain
// octal, entries that are neither regular files nor pax headers.
absl::StatusOr<TarHeader> ParseTarHeader(std::string_view block);

// Reads "LENGTH KEY=VALUE\n" records. Errors as ParseTarHeader, for repeated and unknown keys too.
absl::StatusOr<PaxRecords> ParsePaxRecords(std::string_view records);

// The name that Go's archive/tar writes into the ustar header of an entry whose path stands in a pax record:
// its ASCII characters, cut to the field.
std::string ShortName(std::string_view path);

}  // namespace chartseal::chart
