#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/plugins/registry.hpp"

namespace goldilocks::testing {

// The registry of the plugins that this build has made.
inline plugins::Registry& bundled_plugins() {
  static plugins::Registry registry({std::filesystem::path(GOLDILOCKS_BINARY_DIR) / "lib" / "goldilocks" / "plugins"});
  return registry;
}

// A bundled function with the options given, and defaults for the others.
inline std::unique_ptr<plugins::Quantizer> bundled_quantizer(const std::string& name,
                                                             plugins::OptionValues options = {}) {
  const plugins::QuantizerPlugin& plugin = bundled_plugins().quantizer(name);
  return plugin.create(plugins::complete_options(plugin.options, std::move(options)));
}

// A tensor that keeps its own values.
struct WeightTensor {
  std::vector<float> values;
  std::vector<std::int64_t> dims;
  std::int64_t channel_axis = -1;
  std::vector<float> importance = {};

  plugins::Weights weights() const {
    plugins::Weights view;
    view.values = values;
    view.dims = dims;
    view.channel_axis = channel_axis;
    view.importance = importance;
    view.layer = "conv1";
    view.layer_type = "convolution";
    view.parameter = "weights";
    return view;
  }
};

inline WeightTensor vector_of(std::vector<float> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return {std::move(values), {count}};
}

inline plugins::QuantizedTensor quantize(const std::string& function, const WeightTensor& tensor, int bits,
                                         plugins::OptionValues options = {}) {
  const auto quantizer = bundled_quantizer(function, std::move(options));
  const plugins::Weights weights = tensor.weights();
  return quantizer->begin(weights)->quantize(bits);
}

}  // namespace goldilocks::testing
