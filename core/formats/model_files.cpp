#include "core/formats/model_files.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/files_below.hpp"
#include "core/base/paths.hpp"
#include "core/formats/ml_program/archive.hpp"
#include "core/formats/ml_program/manifest.hpp"

namespace goldilocks::formats {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view of_files = ".mlmodel";
constexpr std::string_view of_packages = ".mlpackage";
constexpr std::string_view of_archives = ".mlpackage.zip";
constexpr std::array all_endings = {of_files, of_packages, of_archives};

}  // namespace

std::span<const std::string_view> file_endings() { return all_endings; }

std::string_view ending_of(const fs::path& path) {
  if (is_folder(path)) return of_packages;
  return ml_program::is_zip_archive(path) ? of_archives : of_files;
}

bool holds_package(const fs::path& path) { return ending_of(path) != of_files; }

std::string stem_of(const fs::path& path) {
  const std::string name = path.filename().string();
  const bool is_archive = name.size() > of_archives.size() && name.ends_with(of_archives);
  return is_archive ? name.substr(0, name.size() - of_archives.size()) : path.stem().string();
}

void check_ending(const fs::path& target, const Model& model) {
  const std::string name = target.filename().string();
  const auto is_other = [&](std::string_view ending) {
    return ending != model.file_ending() && name.ends_with(ending);
  };
  if (std::ranges::none_of(all_endings, is_other)) return;
  throw UsageError(target.string(), fmt::format("the model is written as {}; give it a name that ends with {}",
                                                model.is_folder() ? "a package, which is a folder" : "a single file",
                                                model.file_ending()));
}

bool is_package(const fs::path& folder) { return is_plain_file(folder / ml_program::manifest_name); }

std::vector<fs::path> files_of(const fs::path& path) {
  if (!is_folder(path)) return {fs::path()};
  return files_below(path);
}

std::uint64_t size_of_files(const fs::path& path) {
  std::uint64_t size = 0;
  for (const fs::path& name : files_of(path)) {
    const fs::path file = name.empty() ? path : path / name;
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(file, error);
    if (error) throw FileError(file, "read", error.value());
    size += bytes;
  }
  return size;
}

}  // namespace goldilocks::formats
