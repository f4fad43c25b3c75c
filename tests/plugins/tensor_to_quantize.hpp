#pragma once

#include <cstdint>
#include <vector>

#include "core/plugins/quantizer.hpp"

namespace goldilocks::plugins {

// A kernel of 3 output channels by 4, with the values 0..11, and the spans that Weights wants.
struct TensorToQuantize {
  std::vector<float> values;
  std::vector<std::int64_t> dims = {3, 4};
  std::vector<float> importance;
  std::string layer = "conv1";

  TensorToQuantize() {
    for (int i = 0; i < 12; ++i) values.push_back(static_cast<float>(i));
  }

  Weights weights() const {
    Weights made;
    made.values = values;
    made.dims = dims;
    made.channel_axis = 0;
    made.importance = importance;
    made.layer = layer;
    made.layer_type = "convolution";
    made.parameter = "weights";
    return made;
  }
};

}  // namespace goldilocks::plugins
