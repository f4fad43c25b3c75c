#include "core/pipeline/predictions/image_network.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"

namespace goldilocks::pipeline {
namespace {

// A network without class labels as a classifier whose labels are the indexes of its one output's values.
class IndexClassifier final : public lowering::Network {
 public:
  IndexClassifier(std::shared_ptr<const lowering::Network> network, std::size_t classes)
      : network_(std::move(network)) {
    inputs = network_->inputs;
    outputs = network_->outputs;
    scores = outputs.front().value;
    for (std::size_t i = 0; i < classes; ++i) labels.push_back(std::to_string(i));
  }

  const glk_graph& graph() const override { return network_->graph(); }

 private:
  std::shared_ptr<const lowering::Network> network_;
};

// The length of the one output, if that is a vector: at most one of its sizes is not 1. Otherwise 0.
std::size_t vector_length(const lowering::Network& network) {
  if (network.outputs.size() != 1) return 0;
  const glk_value& value = *network.graph().values[network.outputs.front().value];
  std::int64_t length = 1;
  for (std::uint64_t i = 0; i < value.rank; ++i) {
    if (value.dims[i] == 1) continue;
    if (length != 1 || value.dims[i] < 1) return 0;
    length = value.dims[i];
  }
  return static_cast<std::size_t>(length);
}

bool has_one_image(const lowering::Network& network) {
  return network.inputs.size() == 1 && network.inputs.front().image;
}

bool has_labelled_scores(const lowering::Network& network) { return network.scores && !network.labels.empty(); }

}  // namespace

bool is_image_classifier(const lowering::Network& network) {
  return has_one_image(network) && !network.inputs.front().image->float16 &&
         (has_labelled_scores(network) || vector_length(network) >= 2);
}

ImageNetwork lower_image_network(const formats::Model& model, const std::string& name,
                                 const lowering::LoweringOptions& options) {
  ImageNetwork result;
  result.network = within(name, [&] { return model.lower({}, options); });
  const lowering::Network& network = *result.network;
  if (!has_one_image(network)) {
    std::vector<std::string> inputs;
    for (const auto& input : network.inputs) {
      inputs.push_back(fmt::format("{} '{}'", input.image ? "image" : "array", input.name));
    }
    throw ModelError(name, fmt::format("evaluation needs a model with one image input; its inputs: {}",
                                       inputs.empty() ? "none" : fmt::format("{}", fmt::join(inputs, ", "))));
  }
  if (result.image().float16) {
    throw ModelError(name, "evaluation on images of 16-bit floating point gray is not supported");
  }
  if (has_labelled_scores(network)) return result;
  const std::size_t length = vector_length(network);
  if (length < 2) {
    throw ModelError(name,
                     "evaluation needs a classifier: this model has no class labels, and no output that is one "
                     "vector of scores");
  }
  result.network = std::make_shared<IndexClassifier>(result.network, length);
  return result;
}

InputSource image_source(const lowering::ImageInput& image) {
  return {.width = image.width, .height = image.height, .channels = image.channels()};
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
