#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/model/weight_table.hpp"
#include "core/pipeline/quantize_model.hpp"

namespace goldilocks::pipeline {

// One weight tensor of a model that was taken apart.
struct WeightPart {
  model::WeightSlot<const coreml::WeightParams> slot;  // params points to `content`
  coreml::WeightParams content;                        // values, codes and quantization as the model stored them
  std::string layer;                                   // with its place, as in TensorReport
  std::string layer_type;
  std::string where;         // begins messages: "food.mlmodel: layer 'conv1', weights"
  std::size_t layer_index;   // counts all layers of all models; parts of one layer stand together
  std::size_t model_index;   // counts models, depth first
  bool updatable = false;    // of a layer that is trained further on a device
  bool other_forms = false;  // a dense layer's weights, which become int8 and back with a flag of the layer
  bool layer_has_bias = false;
};

// A model's structure and its weights. The walk over `skeleton` meets the parts in their order.
struct WeightSource::Parts {
  std::string name;
  std::unique_ptr<coreml::Model> skeleton;
  std::deque<WeightPart> weights;                            // addresses stay, as slots point into it
  std::size_t models = 0;                                    // the model itself and those inside
  std::set<std::pair<std::string, std::string>> violations;  // places and rules that the source breaks already
};

// Moves values, codes and quantization; what else a message has (isUpdatable, unknown fields) stays where it is.
void move_weights(coreml::WeightParams& from, coreml::WeightParams& to);

// Calls visit(layer, slot, place, layer_index, model_index) for every weight of a model that has a message in the file,
// in a fixed order.
using WeightVisitor = std::function<void(coreml::NeuralNetworkLayer&, const model::WeightSlot<coreml::WeightParams>&,
                                         const std::string& place, std::size_t layer_index, std::size_t model_index)>;
void for_each_weight_of(coreml::Model& model, const WeightVisitor& visit);

}  // namespace goldilocks::pipeline
