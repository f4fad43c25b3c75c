#include <algorithm>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/file_ending.hpp"
#include "core/base/normal_form.hpp"
#include "core/data/dataset.hpp"
#include "core/data/pairs_file.hpp"

namespace goldilocks::data {
namespace {

namespace fs = std::filesystem;

// The path below `folder`, each part of it as it is called on the disk where that differs in its normal form.
fs::path existing_file(const fs::path& folder, const fs::path& path) {
  std::error_code error;
  fs::path found = folder / path;
  if (path.is_absolute() || fs::exists(found, error)) return found;
  fs::path place = folder;
  for (const fs::path& part : path) {
    fs::path next = place / part;
    if (!fs::exists(next, error)) {
      const std::string wanted = normal_form(part.native());
      for (fs::directory_iterator entry(place.empty() ? "." : place, error);
           !error && entry != fs::directory_iterator(); entry.increment(error)) {
        if (normal_form(entry->path().filename().native()) == wanted) next = place / entry->path().filename();
      }
    }
    place = next;
  }
  return fs::exists(place, error) ? place : found;
}

}  // namespace

bool is_image_list(const std::filesystem::path& file) { return has_ending(file, {".csv", ".json"}); }

Dataset open_image_list(const std::filesystem::path& list) {
  std::vector<TextPair> pairs = read_pairs(list, {"file", "label"});
  if (pairs.empty()) throw DataError(list.string(), "lists no image");
  std::set<std::string> ids;
  std::set<std::string> classes;
  for (TextPair& pair : pairs) {
    if (pair.first.empty()) throw DataError(pair.place, "the file's name is empty");
    if (pair.second.empty()) throw DataError(pair.place, "'" + pair.first + "' has no label");
    if (!ids.insert(pair.first).second) throw DataError(pair.place, "'" + pair.first + "' is listed twice");
    pair.second = normal_form(pair.second);
    classes.insert(pair.second);
  }
  std::sort(pairs.begin(), pairs.end(), [](const TextPair& a, const TextPair& b) {
    return std::tie(a.second, a.first) < std::tie(b.second, b.first);
  });
  Dataset dataset;
  dataset.path = list;
  dataset.classes.assign(classes.begin(), classes.end());
  for (TextPair& pair : pairs) {
    const auto place = std::lower_bound(dataset.classes.begin(), dataset.classes.end(), pair.second);
    const auto label = static_cast<std::uint32_t>(place - dataset.classes.begin());
    dataset.samples.push_back({std::move(pair.first), {}, label});
    dataset.samples.back().file = existing_file(list.parent_path(), dataset.samples.back().id);
  }
  return dataset;
}

}  // namespace goldilocks::data
