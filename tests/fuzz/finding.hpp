#pragma once

#include <cstdlib>
#include <iostream>
#include <string>

#include "core/base/error.hpp"

namespace goldilocks::testing {

// Stands for a crash: both a fuzzer and a test see it.
[[noreturn]] inline void report_finding(const std::string& problem) {
  std::cerr << "finding: " << problem << '\n';
  std::abort();
}

// Runs one step; an error that the program documents is a result like any other. Everything else that is thrown goes
// on, and ends the process.
template <class Step>
void attempt(const Step& step) {
  try {
    step();
  } catch (const Error& error) {
    if (error.exit_code() == ExitCode::internal) report_finding(error.what());
  }
}

}  // namespace goldilocks::testing
