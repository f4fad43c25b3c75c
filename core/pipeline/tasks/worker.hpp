#pragma once

#include <csignal>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/base/error.hpp"
#include "core/base/thread_pool.hpp"
#include "core/plugins/registry.hpp"
#include "core/store/store.hpp"
#include "goldilocks/plan.pb.h"

namespace goldilocks::pipeline {

// A worker is a process of this program that runs one task of a plan: a plugin that crashes or never returns takes only
// its own task along (worker_process.hpp starts it, and says what it is told). Or it measures what memory one model
// takes.

// Where a worker writes its reports (worker_frames.hpp).
inline constexpr int worker_report_descriptor = 3;

// What a worker gets when its time is over: it says where it is, and ends.
inline constexpr int worker_time_signal = SIGALRM;

// What became of a task.
struct WorkOutcome {
  std::optional<Error> failure{};  // of the task alone
  std::optional<double> figure{};  // what it was to measure
};

// The plan of a file: plan.json, or the binary form that a run tells its workers. "-" is standard input. Throws
// FileError, and UsageError for what is no plan, or the plan of another program.
goldilocks::Plan read_plan(const std::filesystem::path& file);

// Runs one task from the plan and the store alone; one whose artifact is there already is done. Throws UsageError if
// the plan has no such task, FileError if an input is missing in the store, and as Executor::run() does.
WorkOutcome run_task(const goldilocks::Plan& plan, const std::string& task, plugins::Registry& registry,
                     store::Store& store, ThreadPool& pool, const std::function<void(double)>& progress = {});

// The worker's side: does the work, and reports it to the process that started it, with which it ends. The result is
// the process's exit code; nothing is thrown. `work` gets what to call with its progress.
ExitCode report_work(int parent, const std::function<WorkOutcome(const std::function<void(double)>&)>& work) noexcept;

}  // namespace goldilocks::pipeline
