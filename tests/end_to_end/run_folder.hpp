#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/base/hash.hpp"

namespace goldilocks::testing {

// Every file of a run's folder but the timings, by relative path, with its content's hash: what must not depend on
// threads, on kills or on the store.
inline std::map<std::string, std::string> contents(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().filename() == "timing.json") continue;
    files[std::filesystem::relative(entry.path(), folder).string()] = sha256_of_file(entry.path());
  }
  return files;
}

}  // namespace goldilocks::testing
