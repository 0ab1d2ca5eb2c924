# Headers of others that most files read take longer to parse than what is in those files. They are compiled once for all
# libraries and once for all tests. CHARTSEAL_PRECOMPILE=OFF, as in the presets debug and tsan, shows includes that a
# file forgot.
option(CHARTSEAL_PRECOMPILE "Compile the headers of the standard library, Abseil and GoogleTest once for all" ON)

set(CHARTSEAL_LIBRARY_HEADERS
    <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <cstdlib> <functional> <map> <memory>
    <mutex> <optional> <set> <string> <string_view> <thread> <utility> <variant> <vector>
    <absl/status/status.h> <absl/status/statusor.h> <absl/strings/ascii.h> <absl/strings/match.h>
    <absl/strings/numbers.h> <absl/strings/str_cat.h> <absl/strings/str_join.h> <absl/strings/str_split.h>
    <absl/time/clock.h> <absl/time/time.h>)
set(CHARTSEAL_TEST_HEADERS ${CHARTSEAL_LIBRARY_HEADERS} <filesystem> <fstream> <sstream> <gmock/gmock.h> <gtest/gtest.h>
                           <nlohmann/json.hpp>)

# Of two builds, a precompiled header differs in bytes although it says the same. So that ccache finds in a new build what it
# kept of another, a checksum of the text of the headers stands beside it. With gcc that goes for any checkout; of clang's
# options ccache also sees where the checkout is.
function(write_precompiled_checksum owner)
  set(text "")
  foreach(header ${ARGN})
    string(APPEND text "#include ${header}\n")
  endforeach()
  set(source ${CMAKE_BINARY_DIR}/CMakeFiles/${owner}.cc)
  file(WRITE ${source} "${text}")
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -E -P ${source} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  get_target_property(options ${owner} COMPILE_OPTIONS)
  string(SHA256 sum "${CMAKE_CXX_COMPILER_VERSION};${CMAKE_CXX_FLAGS};${CMAKE_CXX_FLAGS_${type}};${options};${text}")
  set(header ${CMAKE_BINARY_DIR}/CMakeFiles/${owner}.dir/cmake_pch.hxx)
  file(WRITE ${header}.gch.sum "${sum}")
  file(WRITE ${header}.pch.sum "${sum}")
endfunction()

# Makes `owner`, an existing target without sources of the project, compile `headers` for others.
function(own_precompiled_headers owner)
  target_precompile_headers(${owner} PRIVATE ${ARGN})
  set_target_properties(${owner} PROPERTIES CXX_COMPILER_LAUNCHER "")
  write_precompiled_checksum(${owner} ${ARGN})
endfunction()

if(CHARTSEAL_PRECOMPILE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)  # ccache wants it
  else()
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  endif()
  file(WRITE ${CMAKE_BINARY_DIR}/precompiled_for_libraries.cc "")
  add_library(precompiled_for_libraries STATIC ${CMAKE_BINARY_DIR}/precompiled_for_libraries.cc)
  own_precompiled_headers(precompiled_for_libraries ${CHARTSEAL_LIBRARY_HEADERS})
  if(CHARTSEAL_TESTS)
    # An executable, since those are compiled with other flags than libraries.
    file(WRITE ${CMAKE_BINARY_DIR}/precompiled_for_tests.cc "int main() {}\n")
    add_executable(precompiled_for_tests EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/precompiled_for_tests.cc)
    target_link_libraries(precompiled_for_tests PRIVATE GTest::gmock)
    target_compile_options(precompiled_for_tests PRIVATE ${CHARTSEAL_TEST_OPTIONS})
    own_precompiled_headers(precompiled_for_tests ${CHARTSEAL_TEST_HEADERS})
  endif()
endif()
