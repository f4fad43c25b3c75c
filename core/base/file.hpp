#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace goldilocks {

// A file's content mapped read-only. Moves, not copies; the mapping ends with the object.
class MappedFile {
 public:
  // Throws FileError if it is missing, is no regular file or can't be read. An empty file maps to an empty span.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// The whole file as text or bytes. Throws FileError.
std::string read_file(const std::filesystem::path& path);

// The one way to write a file: readers see the old one or the whole new one. What is no file (a pipe, standard output)
// is written into: see output_target.hpp. Folders above are created. Throws FileError, and leaves no part of a file.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> content);
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

// Copies by reflink where the file system has it, by content elsewhere; never a link. Whole or not at all.
void copy_file_atomically(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace goldilocks
