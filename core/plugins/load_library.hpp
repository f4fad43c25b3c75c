#pragma once

#include <filesystem>
#include <string>

#include <goldilocks/abi.h>

namespace goldilocks::plugins {

struct LoadedLibrary {
  glk_entry_point entry = nullptr;  // null where the library has no such function
  std::string sha256;               // of the file that was loaded
};

// Loads a library for the life of the process. A file that was loaded before is that one still, with the hash that it
// had then, whatever lies in its place now. `file` is absolute, without symbolic links. Any thread. Throws PluginError
// that names `file` if it can't be read or loaded, or is replaced or changed meanwhile.
LoadedLibrary load_library(const std::filesystem::path& file);

}  // namespace goldilocks::plugins
