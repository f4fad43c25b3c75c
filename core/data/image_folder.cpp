#include <algorithm>
#include <system_error>
#include <tuple>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/utf8.hpp"
#include "core/data/dataset.hpp"

namespace goldilocks::data {
namespace {

namespace fs = std::filesystem;

bool is_hidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

// The folder's entries but for hidden ones, in the byte order of their names.
std::vector<fs::path> visible_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  fs::directory_iterator iterator(folder, error);
  for (; !error && iterator != fs::directory_iterator(); iterator.increment(error)) {
    if (is_hidden(iterator->path())) continue;
    if (invalid_utf8(iterator->path().filename().native())) {
      throw DataError(iterator->path().string() + ": the name is not UTF-8");
    }
    entries.push_back(iterator->path());
  }
  if (error) throw DataError(folder.string() + ": can't read the folder: " + error.message());
  std::sort(entries.begin(), entries.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return entries;
}

std::string class_of_folder(const fs::path& folder) {
  std::string name = folder.filename().string();
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

// Links are followed; what they or the entry itself lead to.
fs::file_type type_of(const fs::path& path) {
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  if (type == fs::file_type::not_found) throw DataError(path.string() + ": the link leads nowhere");
  if (type == fs::file_type::none) throw DataError(path.string() + ": can't be read: " + error.message());
  return type;
}

void add_class(Dataset& dataset, const fs::path& folder) {
  const auto entries = visible_entries(folder);
  if (entries.empty()) throw DataError(folder.string() + ": the folder of this class holds no image");
  const auto label = static_cast<std::uint32_t>(dataset.classes.size());
  for (const auto& entry : entries) {
    switch (type_of(entry)) {
      case fs::file_type::regular:
        break;
      case fs::file_type::directory:
        throw DataError(entry.string() +
                        ": a folder within the folder of a class; images lie in the class's own folder");
      default:
        throw DataError(entry.string() + ": not a file");
    }
    dataset.samples.push_back({folder.filename().string() + "/" + entry.filename().string(), entry, label});
  }
  dataset.classes.push_back(class_of_folder(folder));
}

}  // namespace

Dataset open_image_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) throw DataError(folder.string() + ": there is no such folder");
  if (!fs::is_directory(folder, error)) throw DataError(folder.string() + ": not a folder of images");

  std::vector<std::pair<std::string, fs::path>> class_folders;
  for (const auto& entry : visible_entries(folder)) {
    if (type_of(entry) == fs::file_type::directory) class_folders.emplace_back(class_of_folder(entry), entry);
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
