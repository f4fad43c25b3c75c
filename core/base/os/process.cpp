#include "core/base/os/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <span>

#include <sys/resource.h>
#include <sys/wait.h>

#include "core/base/error.hpp"
#include "core/base/os/files.hpp"

extern char** environ;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): POSIX wants it declared

namespace goldilocks::os {
namespace {

[[noreturn]] void can_not_start(const std::filesystem::path& program, int error) {
  throw FileError(program, "start a worker process", error);
}

// The actions and attributes of a start, released with their owner.
class SpawnSettings {
 public:
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&signals, signal);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSettings() {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  SpawnSettings(SpawnSettings&&) = delete;
  SpawnSettings& operator=(SpawnSettings&&) = delete;

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

}  // namespace

ChildProcess::ChildProcess(const ChildStart& start) {
  Descriptor writing;
  if (!open_pipe(reports_, writing)) can_not_start(start.program, errno);
  ::fcntl(reports_.number(), F_SETFL, O_NONBLOCK);  // NOLINT(cppcoreguidelines-pro-type-vararg)

  std::vector<std::string> arguments{start.program.string()};
  arguments.insert(arguments.end(), start.arguments.begin(), start.arguments.end());
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  SpawnSettings settings;
  posix_spawn_file_actions_adddup2(&settings.actions, start.input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&settings.actions, STDERR_FILENO, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&settings.actions, writing.number(), start.reports);
  pid_t process = -1;
  const int error =
      ::posix_spawn(&process, start.program.c_str(), &settings.actions, &settings.attributes, argv.data(), environ);
  if (error != 0) can_not_start(start.program, error);
  process_ = process;
}

ChildProcess::~ChildProcess() {
  if (!ended_) end();
}

void ChildProcess::signal(int number) const { ::kill(process_, number); }

bool ChildProcess::wait_for_reports(std::chrono::milliseconds at_most) const {
  pollfd waited{reports_.number(), POLLIN, 0};
  return ::poll(&waited, 1, static_cast<int>(at_most.count())) >= 0 || errno == EINTR;
}

bool ChildProcess::read(std::string& reports) const {
  std::array<std::byte, 8192> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read_some()
  while (true) {
    const auto count = read_some(reports_.number(), bytes);
    if (!count) return errno == EAGAIN;
    if (*count == 0) return false;
    reports.append(reinterpret_cast<const char*>(bytes.data()), *count);
  }
}

bool ChildProcess::has_ended() const {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

void ChildProcess::wait_for_end(std::chrono::milliseconds at_most) const {
  const auto end = std::chrono::steady_clock::now() + at_most;
  while (!has_ended() && std::chrono::steady_clock::now() < end) ::poll(nullptr, 0, 1);
}

ProcessEnd ChildProcess::end() {
  ended_ = true;
  ::kill(-process_, SIGKILL);
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) continue;
  ProcessEnd end;
  if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  return end;
}

std::int64_t process_id() { return ::getpid(); }

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

double peak_memory_mib() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
#ifdef __APPLE__
  constexpr double units = 1024 * 1024;  // it counts in bytes
#else
  constexpr double units = 1024;  // it counts in KiB
#endif
  return static_cast<double>(usage.ru_maxrss) / units;
}

void handle_signals(const std::vector<int>& signals, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_NODEFER;
  for (const int signal : signals) ::sigaction(signal, &action, nullptr);
}

void exit_at_once(int code) noexcept { ::_exit(code); }

void write_report(int descriptor, const char* bytes, std::size_t size) noexcept {
  const int error = errno;
  while (::write(descriptor, bytes, size) < 0 && errno == EINTR) continue;
  errno = error;
}

// NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
void keep_from_children(int descriptor) { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

}  // namespace goldilocks::os
