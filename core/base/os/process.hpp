#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/os/descriptor.hpp"

namespace goldilocks::os {

// What is started, and with which descriptors.
struct ChildStart {
  std::filesystem::path program;
  std::vector<std::string> arguments;
  int input = 0;    // its standard input; its standard output is this process's standard error
  int reports = 0;  // the number under which the child finds the pipe that ChildProcess::read() reads from
};

// How a process ended: by itself with an exit code, or by a signal.
struct ProcessEnd {
  std::optional<int> exit_code;
  std::optional<int> signal;
};

// A child of this process in a process group of its own, so that what it has started is ended with it, and Ctrl-C
// reaches it through this process alone. It is ended and waited for with its owner. One thread.
class ChildProcess {
 public:
  // Throws FileError that names the program.
  explicit ChildProcess(const ChildStart& start);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ChildProcess(ChildProcess&&) = delete;
  ChildProcess& operator=(ChildProcess&&) = delete;

  void signal(int number) const;
  // Waits for reports, at most so long. False if that can't be.
  bool wait_for_reports(std::chrono::milliseconds at_most) const;
  // Appends what is in the pipe. False once the child has closed its end.
  bool read(std::string& reports) const;
  // Whether it has ended. Until end() nobody else gets its number, or that of its group.
  bool has_ended() const;
  void wait_for_end(std::chrono::milliseconds at_most) const;
  // Ends the whole group. Once.
  ProcessEnd end();

 private:
  Descriptor reports_;
  int process_ = -1;
  bool ended_ = false;
};

std::int64_t process_id();
std::string host_name();   // "" if it is not known
double peak_memory_mib();  // that this process has used

// Calls `handler` for these signals, also within itself. What it calls has to be safe in a signal's handler.
void handle_signals(const std::vector<int>& signals, void (*handler)(int));
[[noreturn]] void exit_at_once(int code) noexcept;
// A write of at most PIPE_BUF bytes that doesn't mix with those of others; safe in a signal's handler. errno stays.
void write_report(int descriptor, const char* bytes, std::size_t size) noexcept;
// The children of this process don't get the descriptor.
void keep_from_children(int descriptor);

// ---- What each system has in its own way: linux.cpp, macos.cpp

// Ends this process when the one that started it, of this number, ends. False if that is gone already.
bool end_with_parent(std::int64_t parent);
// Peak of the memory that this process alone has used, in MiB, without what it had from the process that started it.
double own_peak_memory_mib();
// This program: a name under which it can be opened and started, and where its file lies.
std::filesystem::path this_program();
std::filesystem::path place_of_this_program();
// The shared library that holds this address; empty where the program itself does.
std::filesystem::path library_of(const void* address);
// What the loader of shared libraries said last on this thread; "" for nothing.
std::string last_loader_error();
std::string description_of_signal(int signal);  // "signal 11 (Segmentation fault)"
// Both ends of a pipe, closed in children; false, and errno.
bool open_pipe(Descriptor& reading, Descriptor& writing);

}  // namespace goldilocks::os
