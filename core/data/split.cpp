// Within a class, samples are put into the order of a hash of seed and id: an order that looks random, and which the
// order of files can't influence. The parts are then consecutive stretches of it.
//
// Were each class rounded by itself, the first part of seven classes of five images would get three of each, 21 of 35
// where 17.5 are due. So the classes are laid end to end on one line, on which the cut after a part with all its
// predecessors' shares, c, lies at round(c * position): a class between positions a and b gives that part and its
// predecessors round(c * b) - round(c * a) samples. This is one of the two whole numbers beside c * (b - a), and the
// differences add up over the classes.
#include "core/data/split.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"

namespace goldilocks::data {
namespace {

// The samples of each class, in the order in which they are given to the parts.
std::vector<std::vector<std::size_t>> shuffled_classes(const Dataset& dataset, std::uint64_t seed) {
  std::vector<std::pair<std::string, std::size_t>> ranked;
  for (std::size_t i = 0; i < dataset.samples.size(); ++i) {
    Hasher hasher;
    hasher.add("goldilocks split 1").add(std::to_string(seed)).add(dataset.samples[i].id);
    ranked.emplace_back(hasher.finish(), i);
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::vector<std::size_t>> classes(std::max<std::size_t>(dataset.classes.size(), 1));
  for (const auto& [rank, sample] : ranked) classes.at(dataset.samples[sample].label).push_back(sample);
  return classes;
}

std::size_t cut(double share, std::size_t position) {
  return static_cast<std::size_t>(std::llround(share * static_cast<double>(position)));
}

}  // namespace

const SplitPart* Split::find(std::string_view part) const {
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const SplitPart& p) { return p.name == part; });
  return found == parts.end() ? nullptr : &*found;
}

std::vector<std::vector<std::size_t>> split_parts(const Dataset& dataset, const Split& split) {
  std::vector<std::vector<std::size_t>> parts(split.parts.size());
  std::size_t begin = 0;
  for (const std::vector<std::size_t>& samples : shuffled_classes(dataset, split.seed)) {
    const std::size_t end = begin + samples.size();
    double share = 0;
    std::size_t given = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      share = std::min(share + split.parts[i].share, 1.0);
      // Of two cuts that lie close together, the later one may round down where the earlier one rounds up.
      const std::size_t last = std::clamp(cut(share, end) - cut(share, begin), given, samples.size());
      parts[i].insert(parts[i].end(), samples.begin() + static_cast<std::ptrdiff_t>(given),
                      samples.begin() + static_cast<std::ptrdiff_t>(last));
      given = last;
    }
    begin = end;
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty()) {
      throw DataError(dataset.path.string(),
                      fmt::format("part '{}' of the split gets no sample: {} of {} samples are less than one",
                                  split.parts[i].name, split.parts[i].share, dataset.samples.size()));
    }
    std::sort(parts[i].begin(), parts[i].end());
  }
  return parts;
}

Dataset take_samples(const Dataset& dataset, std::span<const std::size_t> indexes) {
  Dataset taken;
  taken.path = dataset.path;
  taken.classes = dataset.classes;
  taken.folders = dataset.folders;
  taken.packed = dataset.packed;
  taken.packed.rows.clear();
  for (const std::size_t i : indexes) {
    taken.samples.push_back(dataset.samples.at(i));
    if (dataset.packed.file) taken.packed.rows.push_back(dataset.packed.rows.at(i));
  }
  taken.has_images = dataset.has_images;
  taken.sequences = dataset.sequences;
  taken.next_token = dataset.next_token;
  for (const ArrayColumn& column : dataset.inputs) taken.inputs.push_back(take(column, indexes));
  for (const ArrayColumn& column : dataset.targets) taken.targets.push_back(take(column, indexes));
  return taken;
}

Dataset take_part(const Dataset& dataset, const Split& split, std::string_view part) {
  const SplitPart* const found = split.find(part);
  if (found == nullptr) throw std::invalid_argument("the split has no part of this name");
  return take_samples(dataset, split_parts(dataset, split)[static_cast<std::size_t>(found - split.parts.data())]);
}

std::string describe_part(const Split& split, std::string_view part) {
  const SplitPart* const found = split.find(part);
  if (found == nullptr) throw std::invalid_argument("the split has no part of this name");
  return fmt::format("{}: {:.4g} %, stratified, seed {}", part, found->share * 100, split.seed);
}

}  // namespace goldilocks::data
