#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.hpp"

namespace goldilocks::pipeline {

// How a worker is started: the program, and arguments that stand before the command `work`.
struct WorkerProgram {
  std::filesystem::path program;
  std::vector<std::string> arguments;
};

// What a worker is told. The plan comes on its standard input, all else on the command line.
struct WorkerRequest {
  std::string plan;  // a goldilocks.Plan in its binary form
  std::string task;  // its id
  std::filesystem::path store{};
  std::vector<std::filesystem::path> plugin_places{};  // where to look for plugins, in order
  std::size_t threads = 1;
};

// How a task ended in its worker.
struct WorkerOutcome {
  std::optional<Error> failure{};  // why it failed; none if its artifact is in the store
  std::optional<double> figure{};  // what it was to measure
};

// Runs one task in a process of its own and waits for its end. `plugin` ("quantizer 'x'") stands in the message where
// the worker could not say which call it was: of a crash, of a process that ends before its task, and of one that is
// not done after `time_limit` seconds. The process and what it has started are ended with this call in every case, and
// with this process, should that be killed. What the worker prints goes to standard error. Any thread, also at once.
// Throws what concerns the whole run: Interrupted; the worker's Error; FileError if no
// process can be started.
WorkerOutcome run_in_worker(const WorkerProgram& program, const WorkerRequest& request, const std::string& plugin,
                            double time_limit, const std::function<void(double)>& progress);

}  // namespace goldilocks::pipeline
