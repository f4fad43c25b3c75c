#include "core/base/paths.hpp"

#include <system_error>

#include "core/base/error.hpp"

namespace goldilocks {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) noexcept {
  std::error_code error;
  return fs::exists(path, error);
}

bool is_folder(const fs::path& path) noexcept {
  std::error_code error;
  return fs::is_directory(path, error);
}

bool is_plain_file(const fs::path& path) noexcept {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

fs::path absolute_path(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = path.empty() ? fs::current_path(error) : fs::absolute(path, error);
  if (error) throw FileError(path.empty() ? "." : path, "find the current folder", error.value());
  return absolute.lexically_normal();
}

fs::path current_folder() { return absolute_path({}); }

}  // namespace goldilocks
