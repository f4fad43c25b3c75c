#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace goldilocks::store {

enum class ContentState {
  whole,
  missing,
  altered,  // another size or another hash than recorded, or unreadable
};

// What a file's bytes say about themselves, by content hash. A file that was found whole is remembered for the life of
// the process and not read again while its size, times and inode stay the same. Safe from any thread.
ContentState check_content(const std::filesystem::path& file, const std::string& sha256, std::uint64_t size);

// Remembers a file as whole that this process has just written.
void remember_content(const std::filesystem::path& file, const std::string& sha256);

// Size and existence alone, without reading.
bool has_size(const std::filesystem::path& file, std::uint64_t size);

}  // namespace goldilocks::store
