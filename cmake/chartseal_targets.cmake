# chartseal_library(NAME DEPS...): a static library of every .cc in the current directory but main.cc and the tests.
function(chartseal_library name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "(/main|_test)\\.cc$")
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARGN})
  if(CHARTSEAL_PRECOMPILE)
    target_precompile_headers(${name} REUSE_FROM precompiled_for_libraries)
  endif()
endfunction()

# chartseal_test(NAME DEPS...): one test program of every *_test.cc in the current directory.
# With "test_directories.h" they find their data and ../shared/vectors. A header and no definitions for all, since a
# compiler cache cannot use in one checkout what was compiled with the paths of another.
set(CHARTSEAL_GENERATED_DIR ${CMAKE_BINARY_DIR}/generated)
file(CONFIGURE OUTPUT ${CHARTSEAL_GENERATED_DIR}/test_directories.h CONTENT [[
#pragma once

#define CHARTSEAL_SOURCE_DIR "${CMAKE_SOURCE_DIR}"
#define CHARTSEAL_BINARY_DIR "${CMAKE_BINARY_DIR}"
]])
function(chartseal_test name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  add_executable(${name} ${sources})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_include_directories(${name} PRIVATE ${CHARTSEAL_GENERATED_DIR})
  target_compile_options(${name} PRIVATE ${CHARTSEAL_TEST_OPTIONS})
  target_link_options(${name} PRIVATE ${CHARTSEAL_TEST_LINK_OPTIONS})
  target_link_libraries(${name} PRIVATE ${ARGN} GTest::gmock GTest::gtest_main)
  if(CHARTSEAL_PRECOMPILE)
    target_precompile_headers(${name} REUSE_FROM precompiled_for_tests)
  endif()
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()
