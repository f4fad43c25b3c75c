#pragma once

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include <goldilocks/error.hpp>

namespace goldilocks {

// Writes `text` as the file `path` below a report's folder, and makes the folders between. `path` is what a user gave
// as an option: InvalidArgument if it is empty, absolute, leads out of the folder, or names no file. BadData with the
// system's reason if the file can't be written.
inline void write_report_file(const std::filesystem::path& folder, const std::string& path, std::string_view text) {
  const std::filesystem::path relative = std::filesystem::path(path).lexically_normal();
  if (path.empty() || relative.is_absolute() || relative.has_root_path() || !relative.has_filename() ||
      relative == "." || *relative.begin() == "..") {
    throw InvalidArgument("path: '" + path + "' is not a file inside the run's folder");
  }
  const std::filesystem::path file = folder / relative;
  std::error_code problem;
  std::filesystem::create_directories(file.parent_path(), problem);
  if (!problem) {
    errno = 0;
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    if (!out) problem = std::error_code(errno != 0 ? errno : EIO, std::generic_category());
  }
  if (problem) throw BadData("cannot write '" + path + "': " + problem.message());
}

}  // namespace goldilocks
