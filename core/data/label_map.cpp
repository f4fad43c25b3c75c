#include "core/data/label_map.hpp"

#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/normal_form.hpp"
#include "core/data/pairs_file.hpp"

namespace goldilocks::data {

namespace {

using GivenLabels = std::map<std::string, std::string>;

struct NamedClass {
  std::string name;
  std::string folder;
  auto operator<=>(const NamedClass&) const = default;
};

GivenLabels read_given_labels(const std::filesystem::path& file) {
  GivenLabels labels;
  for (const TextPair& pair : read_pairs(file, {"class", "label"})) {
    if (pair.second.empty()) throw DataError(pair.place, "the label of class '" + pair.first + "' is empty");
    if (!labels.emplace(normal_form(pair.first), normal_form(pair.second)).second) {
      throw DataError(pair.place, "the class '" + pair.first + "' stands twice");
    }
  }
  return labels;
}

// A class that the file doesn't name, but which is called as one that it does, is the same.
void join_equals(std::vector<NamedClass>& names, const std::set<std::string>& given) {
  for (NamedClass& one : names) {
    if (given.contains(one.folder)) one.name = one.folder;
    if (given.contains(one.name)) one.folder.clear();
  }
}

}  // namespace

void map_labels(Dataset& dataset, const std::filesystem::path& file) {
  const GivenLabels labels = read_given_labels(file);
  std::vector<NamedClass> names;
  std::set<std::string> given;
  for (std::size_t i = 0; i < dataset.classes.size(); ++i) {
    const std::string folder = dataset.folders.empty() ? "" : dataset.folders[i];
    const auto own = folder.empty() ? labels.end() : labels.find(folder);
    const auto found = own == labels.end() ? labels.find(dataset.classes[i]) : own;
    names.push_back(found == labels.end() ? NamedClass{dataset.classes[i], folder} : NamedClass{found->second, ""});
    if (found != labels.end()) given.insert(found->second);
  }
  if (given.empty()) throw DataError(file.string(), "names no class of " + dataset.path.string());
  join_equals(names, given);
  std::vector<NamedClass> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  const bool has_folders = !dataset.folders.empty();
  dataset.classes.clear();
  dataset.folders.clear();
  for (const NamedClass& one : sorted) {
    dataset.classes.push_back(one.name);
    if (has_folders) dataset.folders.push_back(one.folder);
  }
  for (Sample& sample : dataset.samples) {
    const auto place = std::lower_bound(sorted.begin(), sorted.end(), names[sample.label]);
    sample.label = static_cast<std::uint32_t>(place - sorted.begin());
  }
  // A packed dataset's samples lie as their pixels do.
  if (dataset.packed.file != nullptr || dataset.samples.front().file.empty()) return;
  std::sort(dataset.samples.begin(), dataset.samples.end(),
            [](const Sample& a, const Sample& b) { return std::tie(a.label, a.id) < std::tie(b.label, b.id); });
}

}  // namespace goldilocks::data
