#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/base/hash.hpp"

namespace goldilocks::testing {

inline std::string hash_of(std::string_view text) { return sha256(std::as_bytes(std::span(text))); }

inline std::string key_of(std::string_view text) { return hash_of("key " + std::string(text)); }

// The number of files in a folder at any depth; 0 if it is not there.
inline std::size_t count_files(const std::filesystem::path& folder) {
  std::size_t count = 0;
  std::error_code missing;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, missing)) {
    if (entry.is_regular_file()) ++count;
  }
  return count;
}

}  // namespace goldilocks::testing
