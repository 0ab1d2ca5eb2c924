# Warnings are errors everywhere; hardening is always on, so that what is tested is what ships.
add_compile_options(
  -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual
  -Wformat=2 -Wundef -Wunused -Wimplicit-fallthrough -Wextra-semi -Wno-missing-field-initializers
  -fstack-protector-strong -fno-strict-aliasing)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_link_options(-Wl,-z,relro,-z,now -Wl,--as-needed)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG -D_FORTIFY_SOURCE=2")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives of these in inlined libstdc++ and Abseil code, of the last two when those headers are
  # precompiled. Clang, which compiles everything for the sanitizers, reports true ones.
  add_compile_options(-fstack-clash-protection -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow
                      -Wno-array-bounds -Wno-stringop-overread)
endif()

if(CHARTSEAL_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-tsan)  # Asio uses fences, which the sanitizer does not see; it says so at each
endif()
if(CHARTSEAL_SANITIZE)
  add_compile_options(-fsanitize=${CHARTSEAL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CHARTSEAL_SANITIZE})
else()
  # -pie for programs; sanitizer runtimes choose their own.
  set(CMAKE_EXE_LINKER_FLAGS "${CMAKE_EXE_LINKER_FLAGS} -pie")
endif()
if(CHARTSEAL_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
if(CHARTSEAL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # base_dir makes the cache hit from any checkout; the tools that CI keeps outside the tree include this cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_PCH_EXTSUM=1 ${CCACHE_PROGRAM})
endif()

# Programs that are not shipped are linked by whoever is quicker; those that are, by the linker of the system.
find_program(LLD_PROGRAM ld.lld)
set(CHARTSEAL_TEST_LINK_OPTIONS "")
if(LLD_PROGRAM)
  set(CHARTSEAL_TEST_LINK_OPTIONS -fuse-ld=lld)
endif()

# Optimizing tests takes longer than running them; what they test is optimized.
set(CHARTSEAL_TEST_OPTIONS -O0 -U_FORTIFY_SOURCE)
if(CHARTSEAL_FUZZ)
  list(APPEND CHARTSEAL_TEST_OPTIONS -fno-sanitize=fuzzer-no-link)  # nobody steers by what tests cover
endif()
