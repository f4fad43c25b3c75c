#include "tests/support/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <sys/resource.h>
#include <sys/wait.h>

namespace goldilocks::testing {
namespace {

[[noreturn]] void become(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                         const ProgramSettings& settings, int output, int errors) {
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  if (!settings.folder.empty() && ::chdir(settings.folder.c_str()) != 0) ::_exit(126);
  for (const auto& [name, value] : settings.variables) ::setenv(name.c_str(), value.c_str(), 1);
  if (settings.file_size_limit) {
    ::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit { *settings.file_size_limit, *settings.file_size_limit };
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  std::vector<char*> words;
  std::string name = program.string();
  words.push_back(name.data());
  std::vector<std::string> copies = arguments;
  for (std::string& argument : copies) words.push_back(argument.data());
  words.push_back(nullptr);
  ::execv(program.c_str(), words.data());
  ::_exit(127);
}

}  // namespace

ProgramResult run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                          const ProgramSettings& settings) {
  std::array<int, 2> output{};
  std::array<int, 2> errors{};
  if (::pipe2(output.data(), O_CLOEXEC) != 0 || ::pipe2(errors.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe2 failed");
  }
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) become(program, arguments, settings, output[1], errors[1]);
  ::close(output[1]);
  ::close(errors[1]);

  ProgramResult result;
  std::array<struct pollfd, 2> sources = {{{output[0], POLLIN, 0}, {errors[0], POLLIN, 0}}};
  int open_sources = 2;
  bool killed = false;
  while (open_sources > 0) {
    const auto elapsed = std::chrono::steady_clock::now() - start;
    if (settings.kill_after && !killed && elapsed >= *settings.kill_after) {
      ::kill(child, settings.kill_signal);
      killed = true;
    }
    ::poll(sources.data(), sources.size(), settings.kill_after && !killed ? 1 : 100);
    for (auto& source : sources) {
      if (source.fd < 0 || source.revents == 0) continue;
      std::array<char, 4096> buffer{};
      const ssize_t count = ::read(source.fd, buffer.data(), buffer.size());
      if (count > 0) {
        (&source == sources.data() ? result.output : result.errors)
            .append(buffer.data(), static_cast<std::size_t>(count));
      } else if (count == 0 || errno != EINTR) {
        ::close(source.fd);
        source.fd = -1;
        --open_sources;
      }
    }
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  if (result.exit_code == 127) throw std::runtime_error("can't start " + program.string());
  return result;
}

ProgramResult goldilocks(const std::filesystem::path& store, std::vector<std::string> arguments,
                         const ProgramSettings& settings) {
  arguments.insert(arguments.begin(), {"--store", store.string()});
  return run_program(std::filesystem::path(GOLDILOCKS_BINARY_DIR) / "bin" / "goldilocks", arguments, settings);
}

}  // namespace goldilocks::testing
