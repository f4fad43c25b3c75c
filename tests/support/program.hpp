#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace goldilocks::testing {

struct ProgramSettings {
  std::filesystem::path folder;                                // the working folder; empty: this one
  std::vector<std::pair<std::string, std::string>> variables;  // environment, added to this one
  std::optional<std::uint64_t> file_size_limit;                // writes beyond it fail, as on a full disk
  std::optional<std::chrono::microseconds> kill_after;         // then `kill_signal` is sent
  int kill_signal = 9;
};

struct ProgramResult {
  int exit_code = -1;  // -1 where a signal ended it
  int signal = 0;
  std::string output;  // standard output
  std::string errors;  // standard error
  double seconds = 0;
};

// Runs a program to its end and collects what it prints. Throws std::runtime_error if it can't be started.
ProgramResult run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                          const ProgramSettings& settings = {});

// The program `goldilocks` of this build. Every call names a store, so that tests don't touch the user's.
ProgramResult goldilocks(const std::filesystem::path& store, std::vector<std::string> arguments,
                         const ProgramSettings& settings = {});

}  // namespace goldilocks::testing
