# Settings and helpers for the project's own targets. Plugins use sdk/cmake/GoldilocksAddPlugin.cmake instead.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 99)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# A build tree looks like an installed one: the program finds its plugins the same way in both.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(GOLDILOCKS_PLUGIN_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib/goldilocks/plugins")
set(GOLDILOCKS_PLUGIN_INSTALL_DIRECTORY "lib/goldilocks/plugins")
set(GOLDILOCKS_PLUGIN_LICENSE "Apache-2.0")

# Results must match numpy's arithmetic byte for byte: no fused multiply-add behind our back.
add_compile_options(-ffp-contract=off)

find_program(CCACHE ccache)
if(CCACHE)
  # Without these liberties ccache passes over whatever is compiled with precompiled headers.
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros "${CCACHE}")
  add_compile_options($<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-fpch-preprocess>)
endif()

# Headers of the standard library that most files include.
set(GOLDILOCKS_STANDARD_HEADERS
  <algorithm> <array> <cstdint> <filesystem> <functional> <map> <memory> <optional> <span> <string> <string_view> <variant>
  <vector>)

# goldilocks_compile_together(<target>)
# Most of the time to compile a file of this project goes into headers of others, so several files of a target are
# compiled as one. The price: two files of a target can't use one name for two things, not even in anonymous namespaces,
# and a small change compiles its file's neighbours too. `GOLDILOCKS_UNITY=OFF` (presets debug and lint) compiles each
# file by itself, which shows whether its own includes are complete.
function(goldilocks_compile_together target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${GOLDILOCKS_UNITY} UNITY_BUILD_BATCH_SIZE 12)
endfunction()

if(GOLDILOCKS_SANITIZE)
  add_compile_options(-fsanitize=${GOLDILOCKS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${GOLDILOCKS_SANITIZE})
endif()

# Counters in all code, plugins included; the fuzzer itself is linked into its own program alone.
if(GOLDILOCKS_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "GOLDILOCKS_FUZZ needs clang; the preset `fuzz` selects it")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Warnings for the project's own code; generated code is left alone.
add_library(goldilocks_warnings INTERFACE)
target_compile_options(goldilocks_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion $<$<BOOL:${GOLDILOCKS_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Where tests are compiled together, a local name would hide the constants of other files, and g++ 12 sees
  # uninitialized values inside of nlohmann::json.
  target_compile_options(goldilocks_warnings INTERFACE
    "$<$<BOOL:$<TARGET_PROPERTY:GOLDILOCKS_TESTS_TOGETHER>>:-Wno-shadow;-Wshadow=local;-Wno-maybe-uninitialized>")
  # A type in an anonymous namespace looks to g++ like one from a header where its source is included into another.
  target_compile_options(goldilocks_warnings INTERFACE
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wno-subobject-linkage>)
endif()
if(GOLDILOCKS_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Instrumented code makes g++ 12 see uninitialized values inside the standard library's own headers (std::regex).
  target_compile_options(goldilocks_warnings INTERFACE -Wno-maybe-uninitialized)
endif()

# goldilocks_add_room(<name> SOURCES <file>... [DEPENDS <target>...])
# One folder of core as the static library goldilocks_<name>. Includes are written from the top of the tree.
function(goldilocks_add_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(goldilocks_${name} STATIC ${ARG_SOURCES})
  goldilocks_compile_together(goldilocks_${name})
  target_include_directories(goldilocks_${name} PUBLIC "${PROJECT_SOURCE_DIR}")
  target_link_libraries(goldilocks_${name} PUBLIC ${ARG_DEPENDS} PRIVATE goldilocks_warnings)
endfunction()

# goldilocks_precompile_headers(<target> [<header>...])
# Compiles these headers and those of the standard library once for all files of a target.
# CMAKE_DISABLE_PRECOMPILE_HEADERS turns this off, which `make lint` does: it shows includes that are missing.
function(goldilocks_precompile_headers target)
  target_precompile_headers(${target} PRIVATE ${GOLDILOCKS_STANDARD_HEADERS} ${ARGN})
endfunction()

# goldilocks_compile_quickly(<target>)
# For code in which no time is spent when it runs: a release compiles it in half the time.
function(goldilocks_compile_quickly target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# goldilocks_compile_as_test(<target>)
# The flags of all tests, which are those of the headers that they share.
function(goldilocks_compile_as_test target)
  goldilocks_compile_quickly(${target})
  if(GOLDILOCKS_SANITIZE)
    # Half of the time to compile a test went into checks of its own arithmetic and into optimizing; what it tests keeps
    # both.
    target_compile_options(${target} PRIVATE -fno-sanitize=undefined -O0)
  endif()
endfunction()

# goldilocks_add_test_headers(<name> HEADERS <header>... [DEPENDS <target>...])
# Headers that are compiled once for all programs of tests.
function(goldilocks_add_test_headers name)
  cmake_parse_arguments(ARG "" "" "HEADERS;DEPENDS" ${ARGN})
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "// Nothing but the headers that come with it.\n")
  add_library(${name} OBJECT "${source}")
  # As code of programs is compiled, which use them.
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${name} PRIVATE -fPIE)
  goldilocks_compile_as_test(${name})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} GTest::gmock goldilocks_warnings)
  target_precompile_headers(${name} PRIVATE
    ${GOLDILOCKS_STANDARD_HEADERS} <gmock/gmock.h> <gtest/gtest.h> ${ARG_HEADERS})
endfunction()

# goldilocks_add_tests(<name> SOURCES <file>... [DEPENDS <target>...])
# A GoogleTest program; ctest lists each of its tests as <name>.<Suite>.<Test>, but with sanitizers the program as a whole.
function(goldilocks_add_tests name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  goldilocks_compile_as_test(${name})
  goldilocks_compile_together(${name})
  set_target_properties(${name} PROPERTIES GOLDILOCKS_TESTS_TOGETHER ${GOLDILOCKS_UNITY})
  if(goldilocks_test_support IN_LIST ARG_DEPENDS)
    target_precompile_headers(${name} REUSE_FROM goldilocks_headers_of_model_tests)
  else()
    target_precompile_headers(${name} REUSE_FROM goldilocks_headers_of_tests)
  endif()
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} GTest::gmock GTest::gtest_main goldilocks_warnings)
  target_compile_definitions(${name} PRIVATE
    GOLDILOCKS_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    GOLDILOCKS_BINARY_DIR="${PROJECT_BINARY_DIR}")
  if(GOLDILOCKS_SANITIZE)
    # One process for all tests of a program: each would take its time to start with a sanitizer. The list keeps the
    # thread sanitizer from reports inside of libraries that are not instrumented.
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 600
      ENVIRONMENT "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/thread_sanitizer.txt")
    return()
  endif()
  # Not the values of parameters, which gtest prints as bytes, with addresses that differ from build to build.
  gtest_discover_tests(${name} TEST_PREFIX "${name}." NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120
    PROPERTIES TIMEOUT 600)
endfunction()
