#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/formats/neural_network/layer_channels.hpp"
#include "core/formats/neural_network/weight_table.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::pipeline {

namespace coreml = ::CoreML::Specification;

// What can be said of a weight tensor without its values: what rules choose by, and what decides which forms it may
// take.
struct WeightFacts {
  std::string layer;  // with its place: "loop1/body/conv2", "models[1] 'detector': conv1"
  std::string name;   // the layer's name alone
  std::string layer_type;
  std::string parameter;
  bool is_vector = false;
  bool enabled = true;       // false: the layer doesn't use it
  bool updatable = false;    // of a layer that is trained further on a device
  bool other_forms = false;  // a dense layer's weights, which become int8 and back with a flag of the layer
  bool layer_has_bias = false;
  bool of_preprocessing = false;  // a mean image that a pass has just compacted
  std::string exact;      // why its values must stay exact: "layer 'take' reads it as indices"; "" where they need not
  float epsilon = 0;      // of a batchnorm layer, which is added to its variance
  unsigned accepted = 0;  // a set of model::WeightForm
  std::uint64_t count = 0;          // values, by its shape; what is stored where the shape is not possible
  std::uint64_t channel_count = 1;  // that have a linear scale of their own
  std::uint64_t layer_count = 0;    // values of the layer's largest tensor
  model::LayerChannels channels;    // of the layer
  std::size_t layer_index = 0;      // counts all layers of all models; tensors of one layer stand together
  std::size_t model_index = 0;      // counts models, depth first
};

// Calls visit(layer, slot, facts) for every weight of a model that has a message in the file, in a fixed order. Of the
// facts all but `of_preprocessing` and `exact` are set. Throws ModelError beyond the depth that models or networks may
// nest.
using WeightVisitor = std::function<void(coreml::NeuralNetworkLayer&, const model::WeightSlot<coreml::WeightParams>&,
                                         const WeightFacts&)>;
void for_each_weight_of(coreml::Model& model, const WeightVisitor& visit);

// The field's own name of a parameter that repeats: "inputGateBiasVector" of "weightParams[0].inputGateBiasVector".
std::string base_name(const std::string& parameter);

// Whether the format takes a tensor in this form.
bool is_accepted(const WeightFacts& facts, model::WeightForm form);

}  // namespace goldilocks::pipeline
