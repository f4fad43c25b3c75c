#include "core/formats/ml_program/package.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/files_below.hpp"
#include "core/base/paths.hpp"

namespace goldilocks::ml_program {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_manifest = std::uint64_t{16} << 20U;

// The file or folder itself, links followed, if it lies in the root.
fs::path inside(const fs::path& root, const fs::path& path, std::string_view place) {
  std::error_code error;
  fs::path real = fs::canonical(path, error);
  if (error) throw ModelError(place, fmt::format("'{}' is not in the package", path.lexically_relative(root).string()));
  const auto end = std::ranges::mismatch(root, real).in1;
  if (end != root.end()) {
    throw ModelError(place, fmt::format("'{}' leads out of the package", path.lexically_relative(root).string()));
  }
  return real;
}

fs::path regular_file_inside(const fs::path& root, const fs::path& path, std::string_view place) {
  fs::path real = inside(root, path, place);
  if (!is_plain_file(real)) {
    throw ModelError(place, fmt::format("'{}' is not a file", path.lexically_relative(root).string()));
  }
  return real;
}

fs::path canonical_path(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::canonical(path, error);
  if (error) throw FileError(path, "read", error.value());
  return real;
}

std::uint64_t size_of_file(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) throw FileError(path, "read", error.value());
  return size;
}

// The package in an unpacked archive: the archive itself, or its only folder.
fs::path package_in(const fs::path& unpacked, const std::string& place) {
  std::vector<fs::path> packages;
  for (const fs::path& file : files_below(unpacked)) {
    const auto depth = std::distance(file.begin(), file.end());
    if (file == manifest_name) return unpacked;
    if (depth == 2 && file.filename() == manifest_name) packages.push_back(unpacked / file.parent_path());
  }
  if (packages.size() != 1) {
    throw ModelError(place, fmt::format("the archive holds {} packages; one is needed", packages.size()));
  }
  return packages.front();
}

std::vector<PackageFile> list_files(const fs::path& root, const std::string& place) {
  std::vector<PackageFile> files;
  for (const fs::path& file : files_below(root)) {
    files.push_back({file.string(), size_of_file(regular_file_inside(root, root / file, place))});
  }
  return files;
}

}  // namespace

std::size_t WeightFiles::open(std::string_view name) {
  const auto known = indices_.find(name);
  if (known != indices_.end()) return known->second;
  if (!name.starts_with(model_folder_prefix)) {
    throw ModelError(fmt::format("the weight file '{}' is not named from {}", name, model_folder_prefix));
  }
  const fs::path relative(name.substr(model_folder_prefix.size()));
  const bool leaves = std::ranges::any_of(relative, [](const fs::path& part) { return part == ".."; });
  if (relative.empty() || relative.is_absolute() || leaves || name.find('\0') != std::string_view::npos) {
    throw ModelError(fmt::format("the weight file '{}' is not named by a path inside of the package", name));
  }
  const fs::path real = regular_file_inside(root_, model_folder_ / relative, fmt::format("the weight file '{}'", name));
  files_.emplace_back(real);
  return indices_.emplace(name, files_.size() - 1).first->second;
}

Package Package::open(const fs::path& path, const std::string& name) {
  Package package;
  if (is_folder(path)) {
    package.open_folder(path, name);
  } else if (is_zip_archive(path)) {
    package.archive_ = std::make_unique<UnpackedArchive>(path);
    package.open_folder(package_in(package.archive_->folder(), name), name);
  } else if (is_there(path) && path.extension() == ".mlpackage") {
    throw ModelError(name, "a package is a folder, and this is a file");
  } else {
    package.open_file(path, name);
  }
  return package;
}

void Package::open_folder(const fs::path& folder, const std::string& place) {
  root_ = canonical_path(folder);
  const fs::path manifest_file = regular_file_inside(root_, root_ / manifest_name, place);
  const std::string manifest_place = place + ": Manifest.json";
  if (size_of_file(manifest_file) > largest_manifest) {
    throw ModelError(manifest_place, fmt::format("larger than {} bytes", largest_manifest));
  }
  manifest_ = parse_manifest(read_file(manifest_file), manifest_place);
  for (const ManifestItem& item : manifest_->items) inside(root_, root_ / "Data" / item.path, manifest_place);
  if (const ManifestItem* weights = manifest_->weights_item();
      weights != nullptr && weights->identifier != manifest_->root) {
    if (!is_folder(root_ / "Data" / weights->path)) {
      throw ModelError(manifest_place, "the item of the weights is not a folder");
    }
  }
  const std::string& model_path = manifest_->root_item().path;
  const fs::path model_file = regular_file_inside(root_, root_ / "Data" / model_path, manifest_place);
  const MappedFile content(model_file);
  model_ = model::parse_model(content.bytes(), fmt::format("{}: {}", place, model_path));
  weights_ = std::make_unique<WeightFiles>(root_, model_file.parent_path());
  files_ = list_files(root_, place);
}

void Package::open_file(const fs::path& file, const std::string& place) {
  model_ = model::parse_model(MappedFile(file).bytes(), place);
  root_ = canonical_path(file).parent_path();
  weights_ = std::make_unique<WeightFiles>(root_, root_);
  files_ = {{file.filename().string(), size_of_file(file)}};
}

}  // namespace goldilocks::ml_program
