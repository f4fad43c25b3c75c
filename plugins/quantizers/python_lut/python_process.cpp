#include "python_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <vector>

#include <goldilocks/error.hpp>
#include <sys/socket.h>
#include <sys/wait.h>

#include "child_script.hpp"

namespace goldilocks::python {
namespace {

// How often the host is asked whether to stop, in milliseconds.
constexpr int patience = 100;

Failure system_failure(const std::string& what, int error) {
  return {GLK_ERROR_INTERNAL, what + ": " + std::generic_category().message(error)};
}

void keep_in_child(int descriptor) { ::fcntl(descriptor, F_SETFD, 0); }

// What the child does between fork() and exec(): only what is safe after a fork of a process with many threads.
[[noreturn]] void become_interpreter(const char* const* arguments, int socket, int lifeline) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGIO, SIG_DFL);
  ::signal(SIGPIPE, SIG_DFL);
  ::setpgid(0, 0);  // an interrupt from the keyboard is the parent's to handle
  keep_in_child(socket);
  keep_in_child(lifeline);
  ::fcntl(lifeline, F_SETOWN, ::getpid());
  ::fcntl(lifeline, F_SETFL, O_ASYNC);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);  // what a script prints is no output of the program
  ::execv(arguments[0], const_cast<char* const*>(arguments));
  const std::int32_t error = errno;
  std::array<char, 1 + sizeof(error)> message{'X'};
  std::memcpy(&message[1], &error, sizeof(error));
  static_cast<void>(::write(socket, message.data(), message.size()) == 0);
  ::_exit(127);
}

}  // namespace

Descriptor::~Descriptor() { reset(); }

void Descriptor::reset(int number) {
  if (number_ >= 0) ::close(number_);
  number_ = number;
}

Child::~Child() { end(); }

int Child::end() {
  if (process_ <= 0) return 0;
  ::kill(process_, SIGKILL);
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  return status;
}

PythonProcess::PythonProcess(const Script& script, const Host& host)
    : host_(host), interpreter_(script.interpreter.string()) {
  start(script);
  receive_verdict();
}

void PythonProcess::start(const Script& script) {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    throw system_failure("no socket for " + interpreter_, errno);
  }
  socket_.reset(sockets[0]);
  const Descriptor child_socket(sockets[1]);
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw system_failure("no pipe for " + interpreter_, errno);
  const Descriptor child_lifeline(pipe[0]);
  lifeline_.reset(pipe[1]);

  const std::string descriptor = std::to_string(child_socket.get());
  const std::string file = script.file.string();
  const std::array<const char*, 7> arguments{
      interpreter_.c_str(), "-c", child_script, descriptor.c_str(), file.c_str(), script.function.c_str(), nullptr};
  const pid_t process = ::fork();
  if (process < 0) throw system_failure("can't start " + interpreter_, errno);
  if (process == 0) become_interpreter(arguments.data(), child_socket.get(), child_lifeline.get());
  child_.own(process);
  usable_ = true;
}

void PythonProcess::set_tensor(std::span<const std::int64_t> dims, std::span<const float> values, bool in_half,
                               bool has_vectors) {
  const auto rank = static_cast<std::int64_t>(dims.size());
  const std::array<std::int64_t, 2> flags = {in_half ? 1 : 0, has_vectors ? 1 : 0};
  send("T", 1);
  send(&rank, sizeof(rank));
  send(dims.data(), dims.size_bytes());
  send(flags.data(), sizeof(flags));
  send(values.data(), values.size_bytes());
}

void PythonProcess::quantize(int bits, std::span<float> table, std::span<std::uint8_t> codes) {
  const std::int64_t asked = bits;
  send("Q", 1);
  send(&asked, sizeof(asked));
  receive_verdict();
  receive(table.data(), table.size_bytes());
  receive(codes.data(), codes.size());
}

// Returns if the child says that all is well.
void PythonProcess::receive_verdict() {
  char verdict = 0;
  receive(&verdict, 1);
  if (verdict == 'R') return;
  if (verdict == 'E') {
    std::uint32_t length = 0;
    receive(&length, sizeof(length));
    std::string message(length, '\0');
    receive(message.data(), length);
    throw BadData(message);
  }
  std::int32_t error = 0;
  receive(&error, sizeof(error));
  throw InvalidArgument("can't start the interpreter " + interpreter_ + ": " + std::generic_category().message(error));
}

// An exchange that ends here would leave the rest of it for the next one: the child is then of no use any more.
void PythonProcess::wait_for(short events) {
  pollfd waiting{socket_.get(), events, 0};
  while (true) {
    const int ready = ::poll(&waiting, 1, patience);
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) {
      usable_ = false;
      throw system_failure("waiting for " + interpreter_, errno);
    }
    if (host_.cancelled()) {
      usable_ = false;
      throw Cancelled();
    }
  }
}

void PythonProcess::send(const void* data, std::size_t size) {
  const char* next = static_cast<const char*>(data);
  while (size > 0) {
    wait_for(POLLOUT);
    const ssize_t sent = ::send(socket_.get(), next, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent <= 0) fail_as_it_ended();
    next += sent;
    size -= static_cast<std::size_t>(sent);
  }
}

void PythonProcess::receive(void* data, std::size_t size) {
  char* next = static_cast<char*>(data);
  while (size > 0) {
    wait_for(POLLIN);
    const ssize_t received = ::recv(socket_.get(), next, size, MSG_DONTWAIT);
    if (received < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (received <= 0) fail_as_it_ended();
    next += received;
    size -= static_cast<std::size_t>(received);
  }
}

void PythonProcess::fail_as_it_ended() {
  usable_ = false;
  // Its last signal or status comes with the end of the socket; one that closed the socket alone is ended here.
  const int status = child_.end();
  if (WIFEXITED(status)) {
    throw BadData(interpreter_ + " ended with status " + std::to_string(WEXITSTATUS(status)) + " without an answer");
  }
  throw BadData(interpreter_ + " was ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
                ::strsignal(WTERMSIG(status)) + ") without an answer");
}

}  // namespace goldilocks::python
