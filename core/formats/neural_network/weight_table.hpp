#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/weights/stored.hpp"
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

using weights::element_count;

// A number of channels along an axis of a tensor.
struct ChannelRule {
  std::int64_t axis = -1;     // -1: the tensor is one channel
  std::int64_t channels = 1;  // the dimension at the axis
};

// One weight parameter of one layer. Params is spec::WeightParams, const or not. A copy stays valid as long as the
// layer is not changed.
template <class Params>
struct WeightSlot {
  Params* params;         // never null
  std::string parameter;  // the format's field name: "weights", "bias", "inputGateWeightMatrix", ...; where it repeats
                          // with its place: "weights[2]", "weightParams[0].inputGateWeightMatrix"
  // Storage order, row-major; empty where the format leaves it free (custom layers, PReLU): then it holds what is
  // stored. Dimensions come from the file unchecked.
  std::vector<std::int64_t> shape;
  // How a quantizer is to group the weights for linear scales: the rule of the reference implementation.
  ChannelRule channels;
  // The format accepts one linear scale, or accepted_channels.channels of them along the axis. An axis of -1 with
  // several channels: as many are accepted, but the format doesn't say how they map (grouped deconvolution); 0
  // channels: unchecked.
  ChannelRule accepted_channels;
  unsigned accepted;  // a set of WeightForm that the format's validator accepts here
  bool is_vector;     // a bias, peephole or statistic: not a matrix or kernel
  bool enabled;       // false: its flag (hasBias, ...) is off, so it is ignored by a runtime

  // Product of shape; throws ModelError if element_count() has none. Where the shape is free, the number of values that
  // are stored.
  std::uint64_t count() const;
};

// The one table of all layers' weight parameters: calls visit(slot) for each parameter of this layer alone, in the
// order in which the format lists them. Everything that reads or writes weights walks this. Shapes come from the
// layer's own fields. A disabled parameter is visited with enabled = false.
// A parameter whose message is absent is visited as an empty one by the const walk; the other leaves it out, as there
// is nothing to change, and touching it would add an empty message to the file.
void for_each_weight(const spec::NeuralNetworkLayer& layer,
                     const std::function<void(const WeightSlot<const spec::WeightParams>&)>& visit);
void for_each_weight(spec::NeuralNetworkLayer& layer,
                     const std::function<void(const WeightSlot<spec::WeightParams>&)>& visit);

// A slot to change as one to read.
WeightSlot<const spec::WeightParams> as_const(const WeightSlot<spec::WeightParams>& slot);

// Walks layers and the layers of the networks nested in branch and loop, depth first, in file order. `place` names the
// nesting, as in "loop1/body/"; "" at the top. Throws ModelError beyond a depth of 32.
using ConstLayerVisitor = std::function<void(const spec::NeuralNetworkLayer&, const std::string& place)>;
using LayerVisitor = std::function<void(spec::NeuralNetworkLayer&, const std::string& place)>;
void for_each_layer(const google::protobuf::RepeatedPtrField<spec::NeuralNetworkLayer>& layers,
                    const ConstLayerVisitor& visit);
void for_each_layer(google::protobuf::RepeatedPtrField<spec::NeuralNetworkLayer>& layers, const LayerVisitor& visit);

// How deep networks may nest in branches and loops, and models in pipelines.
inline constexpr int max_nesting = 32;

// How the weights are stored now. rawValue or int8RawValue without a `quantization` message counts as empty, as it does
// for the format. More than one set field is ambiguous: throws ModelError.
WeightForm stored_form(const spec::WeightParams& params);

// How many values are stored, whatever the shape; codes of fewer than 8 bits may be followed by padding that counts
// too.
std::uint64_t stored_count(const spec::WeightParams& params);

}  // namespace goldilocks::model
