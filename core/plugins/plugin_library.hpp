#pragma once

#include <filesystem>
#include <string>

#include <goldilocks/abi.h>

namespace goldilocks::plugins {

// A plugin's library, opened, with what it says about itself. Libraries are never unloaded: the pointers and functions
// that came out of one stay good until the process ends.
struct PluginLibrary {
  std::filesystem::path file;  // resolved: symbolic links followed
  std::string sha256;          // of the file as it was when it was loaded
  std::string name, version, license;
  const void* (*get_factory)(const char* interface_id) = nullptr;
  const void* (*get_extension)(const char* id) = nullptr;  // null: it has none
};

// Opens the file, which is absolute and may be a symbolic link, and asks it for its glk_plugin. Throws PluginError
// "<file>: <reason>" for a file that is missing, is no library, must not be trusted, lacks the entry point, or is of
// another version of the interface.
PluginLibrary open_plugin_library(const std::filesystem::path& file);

// The factory for an interface of that library. Throws PluginError "<file>: <reason>", which says so if the library has
// another version or draft of the interface.
const void* get_factory(const PluginLibrary& library, const char* interface_id);

// An extension of that library, or null if it doesn't have it. Throws PluginError if the library throws.
const void* get_extension(const PluginLibrary& library, const char* id);

}  // namespace goldilocks::plugins
