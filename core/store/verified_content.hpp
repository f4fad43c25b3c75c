#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace goldilocks::store {

// What identifies a content. A file's hash is that of its bytes; a folder's is that of the names, sizes and hashes of
// its files at any depth.
struct ContentHash {
  std::string sha256;
  std::uint64_t size = 0;  // of all files

  bool operator==(const ContentHash&) const = default;
};

enum class ContentState {
  whole,
  missing,
  altered,  // another size or another hash than recorded, or unreadable
};

// Reads a file or a folder and hashes it. A file is remembered for the life of the process and not read again while its
// size, times and inode stay the same. Throws FileError, also for what is neither a file nor a folder of these. Safe
// from any thread.
ContentHash hash_content(const std::filesystem::path& content);

// Compares a content with what is known of it.
ContentState check_content(const std::filesystem::path& content, const ContentHash& known);

// Remembers a file whose content this process has just hashed under another name. Does nothing for a folder.
void remember_content(const std::filesystem::path& content, const std::string& sha256);

// Size and existence alone, without reading.
bool has_size(const std::filesystem::path& content, std::uint64_t size);

}  // namespace goldilocks::store
