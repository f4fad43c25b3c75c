#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/formats/neural_network/weight_table.hpp"
#include "core/pipeline/quantization/quantize_model.hpp"
#include "core/pipeline/quantization/weight_facts.hpp"

namespace goldilocks::pipeline {

// One weight tensor of a model that was taken apart.
struct WeightPart : WeightFacts {
  model::WeightSlot<const coreml::WeightParams> slot{};  // params points to `content`
  coreml::WeightParams content;                          // values, codes and quantization as the model stored them
  std::string where;                                     // begins messages: "food.mlmodel: layer 'conv1', weights"
};

// A model's structure and its weights. The walk over `skeleton` meets the parts in their order.
struct WeightSource::Parts {
  std::string name;
  std::unique_ptr<coreml::Model> skeleton;
  std::deque<WeightPart> weights;                            // addresses stay, as slots point into it
  std::size_t models = 0;                                    // the model itself and those inside
  std::set<std::pair<std::string, std::string>> violations;  // places and rules that the source breaks already
  PassOutcome passes;                                        // what the model went through before
};

// Throws ModelError that names layer and parameter: lengths that don't fit, NaN values, and infinite ones unless they
// are a constant's.
void check_values(const WeightPart& part);

// Whether a constant (of a load-constant layer) has infinite values, as masks do.
bool is_infinite_constant(const WeightPart& part);

// Moves values, codes and quantization; what else a message has (isUpdatable, unknown fields) stays where it is.
void move_weights(coreml::WeightParams& from, coreml::WeightParams& to);

}  // namespace goldilocks::pipeline
