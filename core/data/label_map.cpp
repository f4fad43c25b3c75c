#include "core/data/label_map.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/base/error.hpp"
#include "core/data/pairs_file.hpp"

namespace goldilocks::data {

void map_labels(Dataset& dataset, const std::filesystem::path& file) {
  std::map<std::string, std::string> labels;
  for (const TextPair& pair : read_pairs(file, {"class", "label"})) {
    if (pair.second.empty()) throw DataError(pair.place + ": the label of class '" + pair.first + "' is empty");
    if (!labels.emplace(pair.first, pair.second).second) {
      throw DataError(pair.place + ": the class '" + pair.first + "' stands twice");
    }
  }
  std::vector<std::string> names = dataset.classes;
  bool any = false;
  for (std::string& name : names) {
    const auto found = labels.find(name);
    if (found == labels.end()) continue;
    name = found->second;
    any = true;
  }
  if (!any) throw DataError(file.string() + ": names no class of " + dataset.path.string());
  const std::set<std::string> sorted(names.begin(), names.end());
  dataset.classes.assign(sorted.begin(), sorted.end());
  for (Sample& sample : dataset.samples) {
    sample.label = static_cast<std::uint32_t>(std::distance(sorted.begin(), sorted.find(names[sample.label])));
  }
  // A packed dataset's samples lie as their pixels do.
  if (!dataset.pixels_shape.empty() || dataset.samples.front().file.empty()) return;
  std::sort(dataset.samples.begin(), dataset.samples.end(),
            [](const Sample& a, const Sample& b) { return std::tie(a.label, a.id) < std::tie(b.label, b.id); });
}

}  // namespace goldilocks::data
