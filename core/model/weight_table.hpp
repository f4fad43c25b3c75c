#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "coreml/neural_network.pb.h"

namespace goldilocks::model {

namespace spec = ::CoreML::Specification;

// Storage forms of a WeightParams, as bits of a set.
enum WeightForm : unsigned {
  form_empty = 1U,    // nothing is stored
  form_float32 = 2U,  // floatValue
  form_float16 = 4U,  // float16Value
  form_coded = 8U,    // rawValue with `quantization`: n-bit codes, linear or by table
  form_int8 = 16U,    // int8RawValue with `quantization`
};

// How many linear scales the format accepts for a parameter, and along which axis.
struct ChannelRule {
  std::int64_t axis = -1;     // -1: one scale for the whole tensor
  std::int64_t channels = 1;  // the dimension at the axis
};

// One weight parameter of one layer. Params is spec::WeightParams, const or not.
template <class Params>
struct WeightSlot {
  Params* params;  // never null
  std::string_view
      parameter;  // the format's field name: "weights", "bias", "inputWeightMatrix", ...; custom: "weights[2]"
  std::vector<std::int64_t> shape;  // storage order, row-major; empty where the format leaves it free (custom layers)
  ChannelRule channels;
  unsigned accepted;  // a set of WeightForm that the format's validator accepts here
  bool is_vector;     // a bias, peephole or statistic: not a matrix or kernel
  bool enabled;       // false: its flag (hasBias, ...) is off, so it is ignored by a runtime

  std::uint64_t count() const;  // product of shape; throws ModelError if it overflows
};

// The one table of all layers' weight parameters: calls visit(slot) for each parameter of this layer alone, in the
// order in which the format lists them. Everything that reads or writes weights walks this. Shapes come from the
// layer's own fields. A disabled parameter is visited with enabled = false.
void for_each_weight(const spec::NeuralNetworkLayer& layer,
                     const std::function<void(const WeightSlot<const spec::WeightParams>&)>& visit);
void for_each_weight(spec::NeuralNetworkLayer& layer,
                     const std::function<void(const WeightSlot<spec::WeightParams>&)>& visit);

// Walks layers and the layers of the networks nested in branch and loop, depth first, in file order. `place` names the
// nesting, as in "loop1/body/"; "" at the top. Throws ModelError beyond a depth of 32.
using ConstLayerVisitor = std::function<void(const spec::NeuralNetworkLayer&, const std::string& place)>;
using LayerVisitor = std::function<void(spec::NeuralNetworkLayer&, const std::string& place)>;
void for_each_layer(const google::protobuf::RepeatedPtrField<spec::NeuralNetworkLayer>& layers,
                    const ConstLayerVisitor& visit);
void for_each_layer(google::protobuf::RepeatedPtrField<spec::NeuralNetworkLayer>& layers, const LayerVisitor& visit);

// How the weights are stored now. More than one set field is ambiguous: throws ModelError.
WeightForm stored_form(const spec::WeightParams& params);

}  // namespace goldilocks::model
