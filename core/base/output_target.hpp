#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "core/base/os/descriptor.hpp"

namespace goldilocks {

// Where output for a path goes. Nothing but a regular file is ever replaced:
//
//   nothing, or a regular file              the file, which appears whole under that name
//   a symbolic link to a regular file       the file that it leads to; the link stays
//   a device, a named pipe                  into it, as it comes
//   "-", /dev/stdout, /dev/fd/3             into standard output, or the open file of that number
class OutputTarget {
 public:
  // Throws FileError for all else: a folder, a socket, a link that leads nowhere or to itself.
  explicit OutputTarget(const std::filesystem::path& path);

  bool is_stream() const { return descriptor_ >= 0; }

  // What is to be replaced, links followed; not of a stream.
  const std::filesystem::path& file() const { return file_; }

  // Of a stream: waits for a reader where it is a pipe. Throws FileError; a part may be written then.
  void write(std::span<const std::byte> content) const;

 private:
  std::filesystem::path path_;
  std::filesystem::path file_;
  int descriptor_ = -1;
  os::Descriptor opened_;  // what was opened for it
};

// Whether output for `path` goes to standard output, so that nothing else may be printed there: "-", /dev/stdout, or
// the named pipe that standard output is.
bool is_standard_output(const std::filesystem::path& path);

}  // namespace goldilocks
