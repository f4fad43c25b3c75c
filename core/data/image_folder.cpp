#include <algorithm>
#include <system_error>
#include <tuple>

#include "core/base/error.hpp"
#include "core/base/litter.hpp"
#include "core/base/normal_form.hpp"
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
  if (error) throw DataError(folder.string(), "can't read the folder: " + error.message());
  std::sort(entries.begin(), entries.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return entries;
}

void require_utf8(const fs::path& path) {
  if (invalid_utf8(path.filename().native())) throw DataError(path.string(), "the name is not UTF-8");
}

struct ClassFolder {
  std::string reads_as;  // the name with spaces for "_"
  std::string name;
  fs::path path;
};

ClassFolder class_folder(const fs::path& path) {
  const std::string name = normal_form(path.filename().string());
  std::string reads_as = name;
  std::replace(reads_as.begin(), reads_as.end(), '_', ' ');
  return {reads_as, name, path};
}

void add_class(Dataset& dataset, const ClassFolder& named) {
  const fs::path& folder = named.path;
  const auto entries = visible_entries(folder);
  for (const auto& entry : entries) {
    if (!is_folder(entry)) continue;
    throw DataError(entry.string(), "a folder within the folder of a class; images lie in the class's own folder");
  }
  const auto files = samples_among(entries);
  if (files.empty()) throw DataError(folder.string(), "the folder of this class holds no image");
  const auto label = static_cast<std::uint32_t>(dataset.classes.size());
  require_utf8(folder);
  for (const auto& file : files) {
    require_utf8(file);
    dataset.samples.push_back({folder.filename().string() + "/" + file.filename().string(), file, label});
  }
  dataset.classes.push_back(named.reads_as);
  dataset.folders.push_back(named.name);
}

}  // namespace

Dataset open_image_folder(const std::filesystem::path& folder) {
  if (!is_there(folder)) throw DataError(folder.string(), "there is no such folder");
  if (!is_folder(folder)) throw DataError(folder.string(), "not a folder of images");

  std::vector<ClassFolder> class_folders;
  for (const auto& entry : visible_entries(folder)) {
    if (is_folder(entry)) class_folders.push_back(class_folder(entry));
  }
  if (class_folders.empty()) {
    throw DataError(folder.string(), "holds no folder; images lie in one folder per class");
  }
  std::sort(class_folders.begin(), class_folders.end(), [](const ClassFolder& a, const ClassFolder& b) {
    return std::tie(a.reads_as, a.path.native()) < std::tie(b.reads_as, b.path.native());
  });
  Dataset dataset;
  dataset.path = folder;
  for (const ClassFolder& named : class_folders) add_class(dataset, named);
  return dataset;
}

}  // namespace goldilocks::data
