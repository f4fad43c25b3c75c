#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"

namespace goldilocks::pipeline {

// For each class of the dataset its index among the model's labels; none for a dataset without classes. Throws
// DataError as evaluation::map_classes() does.
std::vector<std::uint32_t> class_indexes(const data::Dataset& dataset, const std::vector<std::string>& labels);

// The dataset with its classes called as the model calls them, in the same order.
std::shared_ptr<const data::Dataset> named_by_model(const std::shared_ptr<const data::Dataset>& dataset,
                                                    const std::vector<std::uint32_t>& class_index,
                                                    const std::vector<std::string>& labels);

}  // namespace goldilocks::pipeline
