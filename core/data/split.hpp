#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/dataset.hpp"

namespace goldilocks::data {

struct SplitPart {
  std::string name;
  double share = 0;  // above 0; all together at most 1

  friend bool operator==(const SplitPart&, const SplitPart&) = default;
};

// How a dataset is cut into parts, of which no two have a sample in common.
struct Split {
  std::vector<SplitPart> parts;  // in the order in which they are cut off
  std::uint64_t seed = 1;

  const SplitPart* find(std::string_view part) const;

  friend bool operator==(const Split&, const Split&) = default;
};

// For each part, the indexes of its samples, in their order. Each class is cut by itself, so that every part has each
// class's share to within one sample. Which part a sample belongs to depends on the seed, the shares and their order,
// the ids and the classes of all samples; not on the samples' order or content. Samples beyond the sum of the shares
// are in no part. Throws DataError that begins with the dataset's path if a part gets no sample.
std::vector<std::vector<std::size_t>> split_parts(const Dataset& dataset, const Split& split);

// A dataset of these samples alone, in this order. All classes stay, also those without a sample.
Dataset take_samples(const Dataset& dataset, std::span<const std::size_t> indexes);

// The samples of one part. Throws as split_parts() does, and std::invalid_argument if there is no such part.
Dataset take_part(const Dataset& dataset, const Split& split, std::string_view part);

// "prove: 50 %, stratified, seed 1".
std::string describe_part(const Split& split, std::string_view part);

}  // namespace goldilocks::data
