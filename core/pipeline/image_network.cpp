#include "core/pipeline/image_network.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/error.hpp"

namespace goldilocks::pipeline {

ImageNetwork lower_image_network(const CoreML::Specification::Model& model, const std::string& name) {
  ImageNetwork result;
  try {
    result.network = lowering::lower(model);
  } catch (const ModelError& error) {
    throw ModelError(name + ": " + error.what());
  }
  const lowering::Network& network = *result.network;
  if (network.inputs.size() != 1 || !network.inputs.front().image) {
    std::vector<std::string> inputs;
    for (const auto& input : network.inputs) {
      inputs.push_back(fmt::format("{} '{}'", input.image ? "image" : "array", input.name));
    }
    throw ModelError(fmt::format("{}: evaluation needs a model with one image input; its inputs: {}", name,
                                 inputs.empty() ? "none" : fmt::format("{}", fmt::join(inputs, ", "))));
  }
  const auto& image = model.description().input(0).type().imagetype();
  if (image.colorspace() == CoreML::Specification::ImageFeatureType::GRAYSCALE_FLOAT16) {
    throw ModelError(name + ": evaluation on images of 16-bit floating point gray is not supported");
  }
  if (!network.scores || network.labels.empty()) {
    throw ModelError(name + ": evaluation needs a classifier; this model has no class labels");
  }
  return result;
}

std::vector<WantedOutput> wanted_outputs(const ImageNetwork& network, bool scores_only) {
  const std::uint32_t scores = network.network->scores.value();
  std::vector<WantedOutput> wanted{{"scores", scores}};
  if (scores_only) return wanted;
  for (const lowering::NetworkOutput& output : network.network->outputs) {
    const auto same = [&](const WantedOutput& other) { return other.value == output.value; };
    if (std::none_of(wanted.begin(), wanted.end(), same)) wanted.push_back({output.name, output.value});
  }
  return wanted;
}

std::uint64_t bytes_per_sample(const ImageNetwork& network, const std::vector<WantedOutput>& wanted) {
  const glk_graph& graph = network.network->graph();
  std::uint64_t bytes = 0;
  for (const WantedOutput& output : wanted) {
    const glk_value& value = *graph.values[output.value];
    std::uint64_t count = sizeof(float);
    for (std::uint64_t i = 0; i < value.rank; ++i) {
      count *= static_cast<std::uint64_t>(std::max<std::int64_t>(value.dims[i], 1));
    }
    bytes += count;
  }
  return bytes;
}

}  // namespace goldilocks::pipeline
