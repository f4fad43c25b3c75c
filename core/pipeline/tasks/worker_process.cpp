// The plan goes to the worker's standard input as a file in memory, so that no write can block. Reports come through
// a pipe on the descriptor worker_report_descriptor. The worker has a process group of its own: what its plugins have
// started is ended with it, and Ctrl-C reaches it through this process, in order.
#include "core/pipeline/tasks/worker_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <span>

#include <fmt/format.h>
#include <sys/wait.h>

#include "core/base/cancellation.hpp"
#include "core/base/open_file.hpp"
#include "core/pipeline/tasks/worker.hpp"
#include "core/pipeline/tasks/worker_frames.hpp"

namespace goldilocks::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

// How often cancellation and the time limit are looked at. Reports and the worker's end are noticed at once.
constexpr auto tick = std::chrono::milliseconds(50);
// How long a worker may take to end once it was asked to.
constexpr auto grace = std::chrono::milliseconds(1000);

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;

  int number() const { return number_; }
  void reset(int number) {
    close();
    number_ = number;
  }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

[[noreturn]] void can_not_start(const WorkerProgram& program, int error) {
  throw FileError(program.program, "start a worker process", error);
}

std::vector<std::string> arguments_of(const WorkerProgram& program, const WorkerRequest& request) {
  std::vector<std::string> arguments{program.program.string()};
  arguments.insert(arguments.end(), program.arguments.begin(), program.arguments.end());
  for (const auto& place : request.plugin_places) {
    arguments.insert(arguments.end(), {"--plugin-path", place.string()});
  }
  if (!request.store.empty()) arguments.insert(arguments.end(), {"--store", request.store.string()});
  arguments.insert(arguments.end(), {"--threads", std::to_string(request.threads), "work", "-", "--task", request.task,
                                     "--parent", std::to_string(::getpid())});
  return arguments;
}

class Worker {
 public:
  Worker(const WorkerProgram& program, const WorkerRequest& request) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) can_not_start(program, errno);
    reports_.reset(pipe[0]);
    ::fcntl(pipe[0], F_SETFL, O_NONBLOCK);
    const Descriptor report_end(pipe[1]);
    OpenFile input = OpenFile::in_memory(program.program);
    input.write(0, std::as_bytes(std::span(request.plan)));

    std::vector<std::string> arguments = arguments_of(program, request);
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input.descriptor(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, report_end.number(), worker_report_descriptor);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&signals, signal);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const int error = ::posix_spawn(&process_, program.program.c_str(), &actions, &attributes, argv.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) can_not_start(program, error);
  }

  ~Worker() {
    if (!ended_) end();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  Worker(Worker&&) = delete;
  Worker& operator=(Worker&&) = delete;

  void signal(int number) const { ::kill(process_, number); }

  // Waits for reports, at most for a tick. Nothing: the worker has ended, or closed its end.
  bool wait(FrameReader& frames) {
    pollfd waited{reports_.number(), POLLIN, 0};
    if (::poll(&waited, 1, static_cast<int>(tick.count())) < 0 && errno != EINTR) return false;
    return read(frames) && !has_ended();
  }

  // What is left in the pipe.
  bool read(FrameReader& frames) {
    std::array<char, 8192> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read()
    while (true) {
      const ssize_t count = ::read(reports_.number(), bytes.data(), bytes.size());
      if (count > 0) {
        frames.add({bytes.data(), static_cast<std::size_t>(count)});
      } else if (count == 0) {
        return false;
      } else if (errno != EINTR) {
        return errno == EAGAIN;
      }
    }
  }

  // True once it is a zombie. It is not reaped yet: until then nobody else gets its number, or that of its group.
  bool has_ended() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
  }

  void wait_for_end(std::chrono::milliseconds at_most) const {
    const auto end = Clock::now() + at_most;
    while (!has_ended() && Clock::now() < end) ::poll(nullptr, 0, 1);
  }

  // Ends the whole group, and returns how the worker ended, as wait() says it.
  int end() {
    ended_ = true;
    ::kill(-process_, SIGKILL);
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) continue;
    return status;
  }

 private:
  Descriptor reports_;
  pid_t process_ = -1;
  bool ended_ = false;
};

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

std::string description_of(int signal) {
  const char* description = ::sigdescr_np(signal);
  return description == nullptr ? fmt::format("signal {}", signal) : fmt::format("signal {} ({})", signal, description);
}

}  // namespace

WorkerOutcome run_in_worker(const WorkerProgram& program, const WorkerRequest& request, const std::string& plugin,
                            double time_limit, const std::function<void(double)>& progress) {
  const auto start = Clock::now();
  const auto limit = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(time_limit));
  Worker worker(program, request);
  FrameReader frames;
  Reports reports;
  bool late = false;
  bool cancelled = false;
  Clock::time_point asked_to_end;
  while (worker.wait(frames)) {
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
  worker.read(frames);
  collect(frames, reports, progress);
  // Its pipe is closed a moment before it is a zombie. After a verdict nobody waits for it: what its plugins do while
  // they are released is of no interest any more.
  if (!reports.verdict) worker.wait_for_end(grace);
  const bool ended_itself = worker.has_ended();
  const int status = worker.end();

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
  } else if (WIFSIGNALED(status) && ended_itself) {
    problem = "it crashed: its process was ended by " + description_of(WTERMSIG(status));
  } else if (WIFEXITED(status)) {
    problem = fmt::format("it ended its process, with exit code {}, before the task was done", WEXITSTATUS(status));
  } else {
    problem = "it closed its process's descriptors before the task was done";
  }
  return {PluginError(reports.place.empty() ? plugin : reports.place, problem), {}};
}

}  // namespace goldilocks::pipeline
