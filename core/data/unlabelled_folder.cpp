#include <algorithm>
#include <system_error>

#include "core/base/error.hpp"
#include "core/data/dataset.hpp"
#include "core/data/utf8.hpp"

namespace goldilocks::data {

namespace fs = std::filesystem;

bool holds_files(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    std::error_code unreadable;
    if (!entry->path().filename().native().starts_with('.') && entry->is_regular_file(unreadable)) return true;
  }
  return false;
}

Dataset open_unlabelled_folder(const fs::path& folder) {
  Dataset dataset;
  dataset.path = folder;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    std::error_code unreadable;
    if (path.filename().native().starts_with('.') || !entry->is_regular_file(unreadable)) continue;
    if (!is_utf8(path.filename().native())) throw DataError(path.string() + ": the name is not UTF-8");
    dataset.samples.push_back({path.filename().string(), path, 0});
  }
  if (error) throw DataError(folder.string() + ": can't read the folder: " + error.message());
  if (dataset.samples.empty()) throw DataError(folder.string() + ": holds no file");
  std::sort(dataset.samples.begin(), dataset.samples.end(),
            [](const Sample& a, const Sample& b) { return a.id < b.id; });
  return dataset;
}

}  // namespace goldilocks::data
