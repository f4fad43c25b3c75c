#include <algorithm>
#include <system_error>

#include "core/base/error.hpp"
#include "core/base/utf8.hpp"
#include "core/data/dataset.hpp"
#include "core/data/packed_pixels.hpp"

namespace goldilocks::data {
namespace {

namespace fs = std::filesystem;

Dataset open_folder(const fs::path& folder) {
  Dataset dataset;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::follow_directory_symlink, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.filename().native().starts_with('.')) {
      entry.disable_recursion_pending();
      continue;
    }
    if (fs::is_directory(path)) continue;
    const std::string id = path.lexically_relative(folder).generic_string();
    if (invalid_utf8(id)) throw DataError(path.string() + ": the name is not UTF-8");
    dataset.samples.push_back({id, path, 0});
  }
  if (error) throw DataError(folder.string() + ": can't read the folder: " + error.message());
  if (dataset.samples.empty()) throw DataError(folder.string() + ": holds no image");
  std::sort(dataset.samples.begin(), dataset.samples.end(),
            [](const Sample& a, const Sample& b) { return a.id < b.id; });
  return dataset;
}

}  // namespace

bool holds_files(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    std::error_code unreadable;
    if (!entry->path().filename().native().starts_with('.') && entry->is_regular_file(unreadable)) return true;
  }
  return false;
}

Dataset open_unlabelled_images(const fs::path& images) {
  Dataset dataset;
  if (fs::is_directory(images)) {
    dataset = open_folder(images);
  } else {
    read_packed_pixels(dataset, images);
    for (std::int64_t i = 0; i < dataset.pixels_shape.front(); ++i)
      dataset.samples.push_back({std::to_string(i), {}, 0});
  }
  dataset.path = images;
  return dataset;
}

}  // namespace goldilocks::data
