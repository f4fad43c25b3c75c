#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/formats/neural_network/lowering/network.hpp"

namespace goldilocks::lowering {

// Sizes of inputs by name, where they are not to be the default ones: an array's shape, an image's height and width. In
// the mapping to rank 5 an array may come as [sequence, batch, C, H, W] too. Whether the model allows them is not
// checked.
using InputSizes = std::map<std::string, std::vector<std::int64_t>>;

// As lower() in network.hpp, for inputs of these sizes.
std::shared_ptr<const Network> lower(const spec::Model& model, const InputSizes& sizes,
                                     const LoweringOptions& options = {});

// As preprocess_image() in network.hpp, for gray pixels of floating point. Throws UsageError for another number of
// pixels or channels than the input has.
void preprocess_image(const ImageInput& input, std::span<const float> pixels, std::span<float> values);

}  // namespace goldilocks::lowering
