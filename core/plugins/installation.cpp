#include "core/plugins/installation.hpp"

#include <system_error>

#include "core/base/os/process.hpp"

namespace goldilocks::plugins {
namespace {

const std::filesystem::path plugins_below_prefix = std::filesystem::path("lib") / "goldilocks" / "plugins";

// The shared library that holds this code; empty where the program itself does.
std::filesystem::path own_library() { return os::library_of(reinterpret_cast<const void*>(&own_library)); }

std::filesystem::path prefix_above(const std::filesystem::path& library) {
  std::error_code ignored;
  const std::filesystem::path file = std::filesystem::canonical(library, ignored);
  for (auto folder = file.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (std::filesystem::is_directory(folder / plugins_below_prefix, ignored)) return folder;
  }
  return file.parent_path().parent_path();
}

}  // namespace

std::filesystem::path installation_prefix() {
  if (const std::filesystem::path library = own_library(); !library.empty()) return prefix_above(library);
  return os::place_of_this_program().parent_path().parent_path();
}

std::filesystem::path installed_plugin_folder() { return installation_prefix() / plugins_below_prefix; }

std::filesystem::path installed_template_folder() {
  return installation_prefix() / "share" / "goldilocks" / "template";
}

}  // namespace goldilocks::plugins
