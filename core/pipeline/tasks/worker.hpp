#pragma once

#include <csignal>

#include "core/base/error.hpp"

namespace goldilocks::pipeline {

// A worker is a process of this program that runs one task of a plan: a plugin that crashes or never returns takes only
// its own task along (worker_process.hpp starts it, and says what it is told). Or it measures what memory one model
// takes.

// Where a worker writes its reports (worker_frames.hpp).
inline constexpr int worker_report_descriptor = 3;

// What a worker gets when its time is over: it says where it is, and ends.
inline constexpr int worker_time_signal = SIGALRM;

// The worker's side: reads a goldilocks.WorkerRequest from standard input, runs its task against the store, and
// reports. Ends with the process that started it. The result is the process's exit code; nothing is thrown.
ExitCode run_worker() noexcept;

}  // namespace goldilocks::pipeline
