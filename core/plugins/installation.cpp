#include "core/plugins/installation.hpp"

#include <system_error>

#include "core/base/error.hpp"

namespace goldilocks::plugins {

std::filesystem::path installation_prefix() {
  const std::filesystem::path self = "/proc/self/exe";
  std::error_code problem;
  const std::filesystem::path program = std::filesystem::read_symlink(self, problem);
  if (problem) throw FileError(self, "read", problem.value());
  return program.parent_path().parent_path();
}

std::filesystem::path installed_plugin_folder() { return installation_prefix() / "lib" / "goldilocks" / "plugins"; }

std::filesystem::path installed_template_folder() {
  return installation_prefix() / "share" / "goldilocks" / "template";
}

}  // namespace goldilocks::plugins
