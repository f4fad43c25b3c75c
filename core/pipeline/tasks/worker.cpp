#include "core/pipeline/tasks/worker.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include <sys/prctl.h>

#include "core/pipeline/tasks/run_tasks.hpp"
#include "core/pipeline/tasks/speeds.hpp"
#include "core/pipeline/tasks/task_plan.hpp"
#include "core/pipeline/tasks/worker_frames.hpp"
#include "core/plugins/call_places.hpp"

namespace goldilocks::pipeline {
namespace {

void write_place(const char* place) {
  if (place != nullptr) write_frame(worker_report_descriptor, FrameKind::place, {place, ::strnlen(place, 1000)});
}

// The last words of a crash; then the system does what it would have done.
extern "C" void on_crash(int signal) {
  write_place(plugins::place_of_this_thread());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

extern "C" void on_time_over(int /*signal*/) {
  write_place(plugins::place_of_any_thread());
  ::_exit(static_cast<int>(ExitCode::plugin));
}

void watch_for_crashes() {
  struct sigaction action {};
  action.sa_handler = &on_crash;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_NODEFER;
  for (const int signal : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV}) ::sigaction(signal, &action, nullptr);
  action.sa_handler = &on_time_over;
  ::sigaction(worker_time_signal, &action, nullptr);
}

std::string read_request() {
  std::string bytes;
  std::array<char, 65536> part;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read()
  while (true) {
    const ssize_t count = ::read(STDIN_FILENO, part.data(), part.size());
    if (count < 0) throw Error(ExitCode::internal, "a worker can't read its request");
    if (count == 0) return bytes;
    bytes.append(part.data(), static_cast<std::size_t>(count));
  }
}

void report_failure(FrameKind kind, ExitCode code, std::string_view message) {
  std::string content(1, static_cast<char>(code));
  content += message;
  write_frame(worker_report_descriptor, kind, content);
}

void report_number(FrameKind kind, double number) {
  std::array<char, sizeof(number)> bytes{};
  std::memcpy(bytes.data(), &number, sizeof(number));
  write_frame(worker_report_descriptor, kind, {bytes.data(), bytes.size()});
}

class ReportedProgress final : public ProgressListener {
 public:
  void run_started(std::size_t /*tasks*/, std::size_t /*reused*/, double /*cost*/) override {}
  void task_started(const Task& /*task*/) override {}
  void task_progress(const Task& /*task*/, double fraction) override { report_number(FrameKind::progress, fraction); }
  void task_finished(const Task& /*task*/, std::string_view /*error*/) override {}
  void step(std::string_view /*what*/) override {}
};

ExitCode run_task(const goldilocks::WorkerRequest& request) {
  plugins::Registry registry({request.plugin_places().begin(), request.plugin_places().end()});
  if (request.has_memory()) {
    report_number(FrameKind::figure, measure_memory(request.memory(), registry));
    write_frame(worker_report_descriptor, FrameKind::done, {});
    return ExitCode::done;
  }
  store::Store store(request.store());
  ThreadPool pool(request.threads());
  const TaskPlan task = task_plan(request.plan(), request.task(), registry);
  require_inputs(task, store);
  ReportedProgress progress;
  const TaskResult result = run_tasks(task.spec, task.plan, registry, store, pool, {}, &progress).at(task.index);
  if (!result.error.empty()) {
    report_failure(FrameKind::failed, result.exit_code, result.error);
    return result.exit_code;
  }
  write_frame(worker_report_descriptor, FrameKind::done, {});
  return ExitCode::done;
}

}  // namespace

ExitCode run_worker() noexcept {
  ::fcntl(worker_report_descriptor, F_SETFD, FD_CLOEXEC);
  try {
    goldilocks::WorkerRequest request;
    if (!request.ParseFromString(read_request()) || (request.task().empty() && !request.has_memory())) {
      throw Error(ExitCode::usage, "'worker' is what a run starts for its tasks; it reads a request from it");
    }
    // The system ends this process with the one that started it, unless that is gone already.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != static_cast<pid_t>(request.parent())) return ExitCode::interrupted;
    plugins::record_call_places();
    watch_for_crashes();
    return run_task(request);
  } catch (const Error& error) {
    report_failure(FrameKind::broken, error.exit_code(), error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    // A task that takes all memory is as wrong as one that crashes.
    report_failure(FrameKind::failed, ExitCode::plugin, "out of memory");
    return ExitCode::plugin;
  } catch (const std::exception& error) {
    report_failure(FrameKind::broken, ExitCode::internal, std::string("internal error: ") + error.what());
    return ExitCode::internal;
  }
}

}  // namespace goldilocks::pipeline
