#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "core/base/os/descriptor.hpp"

namespace goldilocks {

// An open file that is read and written at any place, without a map and without a copy in memory. Any thread may read
// and write, as long as no two of them write the same bytes. Moves, not copies; the file is closed with the object.
class OpenFile {
 public:
  // For reading. Throws FileError if the file is missing, is a folder or can't be read.
  explicit OpenFile(const std::filesystem::path& path);
  // A file without a name, for reading and writing, that lasts as long as the object. `name` is for messages.
  static OpenFile in_memory(const std::filesystem::path& name);
  // Another descriptor of a file that is open already. `name` is for messages.
  static OpenFile of_descriptor(int descriptor, const std::filesystem::path& name);

  std::uint64_t size() const;
  // Fills all of `bytes` from this place. Throws FileError, also where the file ends before.
  void read(std::uint64_t place, std::span<std::byte> bytes) const;
  // Writes all of `bytes`; the file grows as needed, with zeros in between. Throws FileError.
  void write(std::uint64_t place, std::span<const std::byte> bytes);
  // Cuts the file, or makes it longer with zeros. Throws FileError.
  void resize(std::uint64_t size);

  int descriptor() const { return descriptor_.number(); }
  const std::filesystem::path& name() const { return name_; }

 private:
  OpenFile(os::Descriptor descriptor, std::filesystem::path name);
  os::Descriptor descriptor_;
  std::filesystem::path name_;
};

// Copies the content of an open file to the beginning of another one: by reflink where the file system has it.
void copy_content(const OpenFile& from, OpenFile& to);

}  // namespace goldilocks
