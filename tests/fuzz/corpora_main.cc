// Runs every file of a directory through one of the fuzz harnesses, where there is no libFuzzer. Fails when
// there is none: a harness without a corpus tests nothing.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

// CMakeLists.txt writes a line HARNESS(name) for each, and gives the entry of each a name of its own.
#define HARNESS(name) extern "C" int Fuzz_##name(const uint8_t* data, size_t size);
#include "harnesses.inc"
#undef HARNESS

namespace {

using Harness = int (*)(const uint8_t* data, size_t size);

Harness Find(std::string_view wanted) {
#define HARNESS(name) \
  if (wanted == #name) return Fuzz_##name;
#include "harnesses.inc"
#undef HARNESS
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  const Harness harness = argc == 3 ? Find(argv[1]) : nullptr;
  if (harness == nullptr) {
    std::fprintf(stderr, "usage: %s HARNESS DIRECTORY\n", argv[0]);
    return 2;
  }
  int files = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(argv[2], error)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    harness(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    ++files;
  }
  std::printf("%s: %d inputs\n", argv[1], files);
  return files > 0 ? 0 : 1;
}
