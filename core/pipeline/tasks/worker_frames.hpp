#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace goldilocks::pipeline {

// What a worker writes to its report pipe: frames of one byte for the kind, four for the length (in the machine's
// order: both ends are one program), and the content. A frame is one write() of at most PIPE_BUF bytes, so frames of
// several threads don't mix, and a signal handler can write one.
enum class FrameKind : std::uint8_t {
  progress = 1,  // a double, 0..1
  done = 2,      // the artifact is in the store
  failed = 3,    // the task failed: an error, as text_of() has it
  broken = 4,    // the run can't go on (a full disk, say): the same
  figure = 6,    // a double: what was to be measured
  place = 5,     // last words: where which plugin has crashed, or was at work when the time was over
};

struct Frame {
  FrameKind kind;
  std::string content;
};

// An error as bytes: the exit code, the places, each with a 0 at its end, and the problem.
std::string text_of(const Error& error);
Error error_in(std::string_view text);

// A descriptor on which nobody reads any more is no error. Async-signal-safe; what is too long is cut.
void write_frame(int descriptor, FrameKind kind, std::string_view content) noexcept;

// Puts frames together from what a pipe gives.
class FrameReader {
 public:
  void add(std::string_view bytes) { bytes_ += bytes; }
  // The next whole frame, or nothing.
  std::optional<Frame> next();

 private:
  std::string bytes_;
};

}  // namespace goldilocks::pipeline
