#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "core/base/error.hpp"
#include "core/data/dataset.hpp"
#include "core/data/pairs_file.hpp"

namespace goldilocks::data {

bool is_image_list(const std::filesystem::path& file) {
  return file.extension() == ".csv" || file.extension() == ".json";
}

Dataset open_image_list(const std::filesystem::path& list) {
  std::vector<TextPair> pairs = read_pairs(list, {"file", "label"});
  if (pairs.empty()) throw DataError(list.string() + ": lists no image");
  std::set<std::string> ids;
  std::set<std::string> classes;
  for (const TextPair& pair : pairs) {
    if (pair.first.empty()) throw DataError(pair.place + ": the file's name is empty");
    if (pair.second.empty()) throw DataError(pair.place + ": '" + pair.first + "' has no label");
    if (!ids.insert(pair.first).second) throw DataError(pair.place + ": '" + pair.first + "' is listed twice");
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
    dataset.samples.back().file = list.parent_path() / dataset.samples.back().id;
  }
  return dataset;
}

}  // namespace goldilocks::data
