#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace goldilocks::evaluation {

// For each class of a dataset, the index of the model's label of that name (the first, should the model have it twice).
// Names must be equal to the letter. Throws DataError that begins with `place` (the dataset's path) and names every
// class that the model doesn't know, each with the label that was most likely meant.
std::vector<std::uint32_t> map_classes(std::span<const std::string> dataset_classes,
                                       std::span<const std::string> model_labels, std::string_view place);

}  // namespace goldilocks::evaluation
