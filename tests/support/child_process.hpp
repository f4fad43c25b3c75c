#pragma once

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <stdexcept>

#include <sys/wait.h>

namespace goldilocks::testing {

// A forked copy of the test program that runs `body` and exits with its result; an exception is exit code 99. It is
// killed, should it still run, and waited for when the object goes.
class ChildProcess {
 public:
  explicit ChildProcess(const std::function<int()>& body) : process_(::fork()) {
    if (process_ < 0) throw std::runtime_error("fork failed");
    if (process_ > 0) return;
    int result = 99;
    try {
      result = body();
    } catch (...) {
      result = 99;
    }
    ::_exit(result);
  }
  ~ChildProcess() {
    if (process_ > 0) kill_and_wait();
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // The exit code, or minus the signal that ended it.
  int wait() {
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  int kill_and_wait() {
    ::kill(process_, SIGKILL);
    return wait();
  }

  // For a child that the caller has waited for by itself.
  void forget() { process_ = -1; }

  pid_t id() const { return process_; }

 private:
  pid_t process_;
};

}  // namespace goldilocks::testing
