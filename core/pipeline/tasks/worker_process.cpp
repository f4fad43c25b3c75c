// The plan goes to the worker's standard input as a file in memory, so that no write can block. Reports come through
// a pipe on the descriptor worker_report_descriptor.
#include "core/pipeline/tasks/worker_process.hpp"

#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/base/cancellation.hpp"
#include "core/base/open_file.hpp"
#include "core/base/os/process.hpp"
#include "core/pipeline/tasks/worker.hpp"
#include "core/pipeline/tasks/worker_frames.hpp"

namespace goldilocks::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

// How often cancellation and the time limit are looked at. Reports and the worker's end are noticed at once.
constexpr auto tick = std::chrono::milliseconds(50);
// How long a worker may take to end once it was asked to.
constexpr auto grace = std::chrono::milliseconds(1000);

std::vector<std::string> arguments_of(const WorkerProgram& program, const WorkerRequest& request) {
  std::vector<std::string> arguments = program.arguments;
  for (const auto& place : request.plugin_places) {
    arguments.insert(arguments.end(), {"--plugin-path", place.string()});
  }
  if (!request.store.empty()) arguments.insert(arguments.end(), {"--store", request.store.string()});
  arguments.insert(arguments.end(), {"--threads", std::to_string(request.threads), "work", "-", "--task", request.task,
                                     "--parent", std::to_string(os::process_id())});
  return arguments;
}

// What a worker has said so far.
struct Reports {
  std::optional<Frame> verdict;  // done, failed or broken
  std::string place;
  std::optional<double> figure;
};

double number_of(const Frame& frame, double otherwise) {
  double number = otherwise;
  if (frame.content.size() == sizeof(number)) std::memcpy(&number, frame.content.data(), sizeof(number));
  return number;
}

// False once the worker has closed its end.
bool read(const os::ChildProcess& worker, FrameReader& frames) {
  std::string bytes;
  const bool is_open = worker.read(bytes);
  frames.add(bytes);
  return is_open;
}

void collect(FrameReader& frames, Reports& reports, const std::function<void(double)>& progress) {
  while (auto frame = frames.next()) {
    switch (frame->kind) {
      case FrameKind::progress:
        if (progress) progress(number_of(*frame, 0));
        break;
      case FrameKind::figure:
        reports.figure = number_of(*frame, 0);
        break;
      case FrameKind::done:
      case FrameKind::failed:
      case FrameKind::broken:
        reports.verdict = std::move(frame);
        break;
      case FrameKind::place:
        reports.place = frame->content;
        break;
    }
  }
}

}  // namespace

WorkerOutcome run_in_worker(const WorkerProgram& program, const WorkerRequest& request, const std::string& plugin,
                            double time_limit, const std::function<void(double)>& progress) {
  const auto start = Clock::now();
  const auto limit = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(time_limit));
  OpenFile plan = OpenFile::in_memory(program.program);
  plan.write(0, std::as_bytes(std::span(request.plan)));
  os::ChildProcess worker({.program = program.program,
                           .arguments = arguments_of(program, request),
                           .input = plan.descriptor(),
                           .reports = worker_report_descriptor});
  FrameReader frames;
  Reports reports;
  bool late = false;
  bool cancelled = false;
  Clock::time_point asked_to_end;
  while (worker.wait_for_reports(tick) && read(worker, frames) && !worker.has_ended()) {
    collect(frames, reports, progress);
    if (reports.verdict) break;
    const auto now = Clock::now();
    if (!cancelled && !late && cancellation_requested()) {
      cancelled = true;
      worker.signal(SIGTERM);
      asked_to_end = now;
    } else if (!cancelled && !late && now >= limit) {
      late = true;
      worker.signal(worker_time_signal);
      asked_to_end = now;
    } else if ((cancelled || late) && now >= asked_to_end + grace) {
      break;
    }
  }
  read(worker, frames);
  collect(frames, reports, progress);
  // Its pipe is closed a moment before it is a zombie. After a verdict nobody waits for it: what its plugins do while
  // they are released is of no interest any more.
  if (!reports.verdict) worker.wait_for_end(grace);
  const bool ended_itself = worker.has_ended();
  const os::ProcessEnd end = worker.end();

  if (reports.verdict) {
    const Frame& verdict = *reports.verdict;
    if (verdict.kind == FrameKind::done) return {{}, reports.figure};
    Error error = error_in(verdict.content);
    if (verdict.kind == FrameKind::failed) return {std::move(error), {}};
    if (error.exit_code() == ExitCode::interrupted) throw Interrupted();
    throw Error(std::move(error));
  }
  if (cancelled || cancellation_requested()) throw Interrupted();
  std::string problem;
  if (late) {
    problem = fmt::format("it was not done within the time limit of {} s", time_limit);
  } else if (end.signal && ended_itself) {
    problem = "it crashed: its process was ended by " + os::description_of_signal(*end.signal);
  } else if (end.exit_code) {
    problem = fmt::format("it ended its process, with exit code {}, before the task was done", *end.exit_code);
  } else {
    problem = "it closed its process's descriptors before the task was done";
  }
  return {PluginError(reports.place.empty() ? plugin : reports.place, problem), {}};
}

}  // namespace goldilocks::pipeline
