#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/formats/format.hpp"
#include "core/pipeline/predictions/input_source.hpp"

namespace goldilocks::pipeline {

// A network that can be evaluated on images: one image input, and a score per class. The labels of a network without
// any, which has a vector as its one output, are the indexes of its values: "0", "1", ...
struct ImageNetwork {
  std::shared_ptr<const lowering::Network> network;

  const lowering::ImageInput& image() const { return *network->inputs.front().image; }
  const std::vector<std::string>& labels() const { return network->labels; }
};

// Whether a network is one that can be evaluated so.
bool is_image_classifier(const lowering::Network& network);

// Lowers a model and checks that it can be evaluated. Throws ModelError that begins with `name`.
ImageNetwork lower_image_network(const formats::Model& model, const std::string& name,
                                 const lowering::LoweringOptions& options = {});

// What such a network takes: the dataset's images in its size. It has no name, so that networks whose inputs differ in
// nothing else share what is prepared.
InputSource image_source(const lowering::ImageInput& image);

// What a prediction returns of every sample.
struct WantedOutput {
  std::string name;         // of the model's description
  std::uint32_t value = 0;  // of the graph
};

// The scores first, then (unless scores_only) every other output of the description, each value once.
std::vector<WantedOutput> wanted_outputs(const ImageNetwork& network, bool scores_only);

// Bytes that these outputs take for one sample, as far as their shapes are known.
std::uint64_t bytes_per_sample(const ImageNetwork& network, const std::vector<WantedOutput>& wanted);

}  // namespace goldilocks::pipeline
