#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include <goldilocks/host.hpp>
#include <sys/types.h>

namespace goldilocks::python {

struct Script {
  std::filesystem::path file;
  std::string function;
  std::filesystem::path interpreter;
};

// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return number_; }
  void reset(int number = -1);

 private:
  int number_;
};

// A child process of this one, ended and waited for with its owner. It alone sends signals: to kill() a pid of -1,
// which stands for no child elsewhere, would be to end every process there is.
class Child {
 public:
  Child() = default;
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child(Child&&) = delete;
  Child& operator=(Child&&) = delete;

  // `process` is what fork() returned to the parent: above 0. Once.
  void own(pid_t process) { process_ = process; }

  // Ends it if it still runs, and returns its wait status; 0 if there is none any more.
  int end();

 private:
  pid_t process_ = 0;  // 0: none
};

// A Python interpreter as a child process that has imported a user's script and runs its function. One thread at a
// time.
//
// It ends with this object; and with this process, however that ends: a pipe is held open to the child, and Linux
// sends the child SIGIO, which ends it even within a long computation, when the pipe's other end disappears. (The
// parent-death signal would not do: it comes when the thread that started the child ends.)
//
// Exchanged over a socket, little endian:
//   to the child    'T', int64 rank, int64 dims[rank], int64 is float16 in the model, int64 is a list of vectors,
//                        float32 values[]                                   the tensor; no answer
//                   'Q', int64 bits                                         a table of it
//   from the child  'R'                                                     ready, once at the beginning
//                   'R', float32 table[2^bits * V], uint8 codes[]           the answer to 'Q'
//                   'E', uint32 length, UTF-8 text                          what failed instead of either
//                   'X', int32 errno                                        the interpreter could not be started
class PythonProcess {
 public:
  // Waits until the script is imported. Throws BadData with the script's own error, its file and line; or a Failure if
  // the interpreter can't be started or has no numpy. All functions stop with Cancelled when the host asks to.
  PythonProcess(const Script& script, const Host& host);

  // The tensor that the next tables are for, as the function's argument has it. `in_half`: the model has it in float16.
  // `has_vectors`: it has two axes, and its rows are what the table's entries stand for.
  void set_tensor(std::span<const std::int64_t> dims, std::span<const float> values, bool in_half, bool has_vectors);

  // Calls the function for the tensor. `table` has 2^bits entries, `codes` one per value or vector. Throws BadData with
  // the script's error, or if what it returned has the wrong shape, type or range.
  void quantize(int bits, std::span<float> table, std::span<std::uint8_t> codes);

  // False once the child died or was left in the middle of an exchange.
  bool usable() const { return usable_; }

 private:
  void start(const Script& script);
  void send(const void* data, std::size_t size);
  void receive(void* data, std::size_t size);
  void receive_verdict();
  void wait_for(short events);
  [[noreturn]] void fail_as_it_ended();

  Host host_;
  std::string interpreter_;
  Descriptor socket_;
  Descriptor lifeline_;
  Child child_;
  bool usable_ = false;
};

}  // namespace goldilocks::python
