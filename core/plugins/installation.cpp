#include "core/plugins/installation.hpp"

#include <dlfcn.h>
#include <link.h>

#include <system_error>

#include "core/base/error.hpp"

namespace goldilocks::plugins {
namespace {

const std::filesystem::path plugins_below_prefix = std::filesystem::path("lib") / "goldilocks" / "plugins";

// The shared library that holds this code; empty where the program itself does.
std::filesystem::path own_library() {
  Dl_info info{};
  void* entry = nullptr;
  const auto here = reinterpret_cast<const void*>(&own_library);
  if (dladdr1(here, &info, &entry, RTLD_DL_LINKMAP) == 0 || entry == nullptr) return {};
  return static_cast<const link_map*>(entry)->l_name;
}

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
  const std::filesystem::path self = "/proc/self/exe";
  std::error_code problem;
  const std::filesystem::path program = std::filesystem::read_symlink(self, problem);
  if (problem) throw FileError(self, "read", problem.value());
  return program.parent_path().parent_path();
}

std::filesystem::path installed_plugin_folder() { return installation_prefix() / plugins_below_prefix; }

std::filesystem::path installed_template_folder() {
  return installation_prefix() / "share" / "goldilocks" / "template";
}

}  // namespace goldilocks::plugins
