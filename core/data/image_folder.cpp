#include <algorithm>
#include <system_error>
#include <tuple>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/litter.hpp"
#include "core/base/paths.hpp"
#include "core/base/utf8.hpp"
#include "core/data/dataset.hpp"
#include "core/data/sample_files.hpp"

namespace goldilocks::data {
namespace {

namespace fs = std::filesystem;

// The folder's entries but for hidden ones and litter, in the byte order of their names.
std::vector<fs::path> visible_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  fs::directory_iterator iterator(folder, error);
  for (; !error && iterator != fs::directory_iterator(); iterator.increment(error)) {
    if (!is_hidden_or_litter(iterator->path())) entries.push_back(iterator->path());
  }
  if (error) throw DataError(folder.string() + ": can't read the folder: " + error.message());
  std::sort(entries.begin(), entries.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return entries;
}

void require_utf8(const fs::path& path) {
  if (invalid_utf8(path.filename().native())) throw DataError(path.string() + ": the name is not UTF-8");
}

std::string class_of_folder(const fs::path& folder) {
  std::string name = folder.filename().string();
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

void add_class(Dataset& dataset, const fs::path& folder) {
  const auto entries = visible_entries(folder);
  for (const auto& entry : entries) {
    if (!is_folder(entry)) continue;
    throw DataError(entry.string() + ": a folder within the folder of a class; images lie in the class's own folder");
  }
  const auto files = samples_among(entries);
  if (files.empty()) throw DataError(folder.string() + ": the folder of this class holds no image");
  const auto label = static_cast<std::uint32_t>(dataset.classes.size());
  require_utf8(folder);
  for (const auto& file : files) {
    require_utf8(file);
    dataset.samples.push_back({folder.filename().string() + "/" + file.filename().string(), file, label});
  }
  dataset.classes.push_back(class_of_folder(folder));
}

}  // namespace

Dataset open_image_folder(const std::filesystem::path& folder) {
  if (!is_there(folder)) throw DataError(folder.string() + ": there is no such folder");
  if (!is_folder(folder)) throw DataError(folder.string() + ": not a folder of images");

  std::vector<std::pair<std::string, fs::path>> class_folders;
  for (const auto& entry : visible_entries(folder)) {
    if (is_folder(entry)) class_folders.emplace_back(class_of_folder(entry), entry);
  }
  if (class_folders.empty()) {
    throw DataError(folder.string() + ": holds no folder; images lie in one folder per class");
  }
  std::sort(class_folders.begin(), class_folders.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second.native()) < std::tie(b.first, b.second.native());
  });
  Dataset dataset;
  dataset.path = folder;
  for (std::size_t i = 0; i < class_folders.size(); ++i) {
    if (i > 0 && class_folders[i].first == class_folders[i - 1].first) {
      throw DataError(class_folders[i].second.string() + ": reads as the class '" + class_folders[i].first +
                      "', and so does " + class_folders[i - 1].second.string());
    }
    add_class(dataset, class_folders[i].second);
  }
  return dataset;
}

}  // namespace goldilocks::data
