#include <system_error>

#include "core/base/error.hpp"
#include "core/base/litter.hpp"
#include "core/base/paths.hpp"
#include "core/base/utf8.hpp"
#include "core/data/dataset.hpp"
#include "core/data/packed_pixels.hpp"
#include "core/data/sample_files.hpp"

namespace goldilocks::data {
namespace {

namespace fs = std::filesystem;

Dataset open_folder(const fs::path& folder) {
  Dataset dataset;
  for (const fs::path& name : samples_below(folder)) {
    const std::string id = name.generic_string();
    if (invalid_utf8(id)) throw DataError((folder / name).string(), "the name is not UTF-8");
    dataset.samples.push_back({id, folder / name, 0});
  }
  if (dataset.samples.empty()) throw DataError(folder.string(), "holds no image and no array");
  return dataset;
}

}  // namespace

bool holds_samples(const fs::path& folder, bool (*has_their_ending)(const fs::path&)) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const fs::path& path = entry->path();
    if (!is_hidden_or_litter(path) && has_their_ending(path) && !is_folder(path)) return true;
  }
  return false;
}

Dataset open_unlabelled_images(const fs::path& images) {
  Dataset dataset;
  if (is_folder(images)) {
    dataset = open_folder(images);
  } else {
    dataset.packed = open_packed_pixels(images);
    for (const std::size_t row : dataset.packed.rows) dataset.samples.push_back({std::to_string(row), {}, 0});
  }
  dataset.path = images;
  return dataset;
}

}  // namespace goldilocks::data
