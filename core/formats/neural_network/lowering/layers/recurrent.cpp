// simpleRecurrent, gru, uniDirectionalLSTM and biDirectionalLSTM: gates' weights one below the other, forward and
// backward LSTM as two operations.
//
// What the format leaves open, and what is done here:
//   - An unidirectional layer that reads its sequence from the end gives its outputs in the order in which it computes
//     them: so do Keras' layers, which coremltools converts to these flags without more.
//   - Activations are stored without parameters by coremltools; then linear is x, scaled tanh 1.7159 tanh(2/3 x), hard
//     sigmoid min(max(0.2 x + 0.5, 0), 1), the only ones that the format allows. Where any are stored they are taken.
//   - Sums before the functions of gates are limited to -50 .. 50, and so is a cell whose threshold is 0.
#include <array>
#include <optional>

#include "core/formats/neural_network/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;
using Function = spec::ActivationParams;
using Names = std::vector<std::string>;

constexpr double gate_limit = 50;

template <class Message>
std::vector<double> parameters(const Message& message, double alpha, double beta) {
  if (message.alpha() == 0 && message.beta() == 0) return {alpha, beta};
  return {static_cast<double>(message.alpha()), static_cast<double>(message.beta())};
}

void add_function(const LayerLowering& lowering, Attributes& attributes, const std::string& name,
                  const Function& function) {
  const auto add = [&](const char* kind, std::vector<double> values) {
    attributes.push_back({name, std::string(kind)});
    attributes.push_back({name + "_parameters", std::move(values)});
  };
  switch (function.NonlinearityType_case()) {
    case Function::kLinear:
      return add("linear", parameters(function.linear(), 1, 0));
    case Function::kSigmoid:
      return add("sigmoid", {});
    case Function::kTanh:
      return add("tanh", {});
    case Function::kReLU:
      return add("relu", {});
    case Function::kScaledTanh:
      return add("scaled_tanh", parameters(function.scaledtanh(), 1.7159, 2.0 / 3));
    case Function::kSigmoidHard:
      return add("hard_sigmoid", parameters(function.sigmoidhard(), 0.2, 0.5));
    default:
      lowering.fail("the function of its " + name + " is not set, or none that recurrent layers take");
  }
}

template <class Functions>
void add_functions(const LayerLowering& lowering, Attributes& attributes, const Functions& functions, int count) {
  if (functions.size() != count) {
    lowering.fail("has " + std::to_string(functions.size()) + " activations instead of " + std::to_string(count));
  }
  constexpr std::array names = {"f", "g", "h"};
  for (int index = 0; index < count; ++index) {
    add_function(lowering, attributes, names[static_cast<std::size_t>(index)], functions.Get(index));
  }
}

// These parameters, one below the other, as one constant.
std::uint32_t stacked(LayerLowering& lowering, const std::string& name, const Names& fields,
                      float added_to_second = 0) {
  Dims dims;
  std::vector<float> values;
  for (std::size_t index = 0; index < fields.size(); ++index) {
    LayerLowering::Weights part = lowering.required_weights(fields[index]);
    if (index == 1) {
      for (float& value : part.values) value += added_to_second;
    }
    values.insert(values.end(), part.values.begin(), part.values.end());
    dims = std::move(part.shape);
  }
  dims[0] *= static_cast<std::int64_t>(fields.size());
  return lowering.constant(name, std::move(dims), std::move(values));
}

// The states that the layer is given, `from` being the first of its inputs among them.
void add_states(const LayerLowering& lowering, std::vector<std::uint32_t>& inputs, std::size_t from,
                std::size_t count) {
  for (std::size_t index = from; index < from + count && index < lowering.input_count(); ++index) {
    inputs.push_back(lowering.input(index));
  }
}

// The first `count` outputs of an operation are the layer's, as far as it has them.
std::vector<std::optional<int>> first_outputs(const LayerLowering& lowering, int count) {
  std::vector<std::optional<int>> outputs(static_cast<std::size_t>(count));
  for (int index = 0; index < count && index < static_cast<int>(lowering.output_count()); ++index) {
    outputs[static_cast<std::size_t>(index)] = index;
  }
  return outputs;
}

template <class Params>
Attributes common(const Params& params) {
  return {{"clip", gate_limit},
          {"sequence_output", std::int64_t{params.sequenceoutput()}},
          {"reverse", std::int64_t{params.reverseinput()}}};
}

void check_sizes(const LayerLowering& lowering, std::uint64_t input, std::uint64_t output) {
  lowering.need_rank(5, 5);
  if (input == 0 || output == 0) lowering.fail("inputVectorSize and outputVectorSize must not be 0");
}

void lower_simple(LayerLowering& lowering) {
  const spec::SimpleRecurrentLayerParams& params = lowering.layer().simplerecurrent();
  check_sizes(lowering, params.inputvectorsize(), params.outputvectorsize());
  Attributes attributes = common(params);
  add_function(lowering, attributes, "f", params.activation());
  std::vector<std::uint32_t> inputs = {lowering.input(), lowering.weight_constant("weightMatrix"),
                                       lowering.weight_constant("recursionMatrix"),
                                       params.hasbiasvector() ? lowering.weight_constant("biasVector") : GLK_NO_VALUE};
  add_states(lowering, inputs, 1, 1);
  lowering.add_outputs("simple_recurrent", std::move(inputs), std::move(attributes), first_outputs(lowering, 2));
}

void lower_gru(LayerLowering& lowering) {
  const spec::GRULayerParams& params = lowering.layer().gru();
  check_sizes(lowering, params.inputvectorsize(), params.outputvectorsize());
  Attributes attributes = common(params);
  add_functions(lowering, attributes, params.activations(), 2);
  std::vector<std::uint32_t> inputs = {
      lowering.input(),
      stacked(lowering, "weight", {"updateGateWeightMatrix", "resetGateWeightMatrix", "outputGateWeightMatrix"}),
      stacked(lowering, "recursion",
              {"updateGateRecursionMatrix", "resetGateRecursionMatrix", "outputGateRecursionMatrix"}),
      params.hasbiasvectors()
          ? stacked(lowering, "bias", {"updateGateBiasVector", "resetGateBiasVector", "outputGateBiasVector"})
          : GLK_NO_VALUE};
  add_states(lowering, inputs, 1, 1);
  lowering.add_outputs("gru", std::move(inputs), std::move(attributes), first_outputs(lowering, 2));
}

// The inputs of one direction but for x and states; `prefix` is that of its parameters, `name` of its constants.
std::vector<std::uint32_t> lstm_weights(LayerLowering& lowering, const spec::LSTMParams& params, std::int64_t size,
                                        const std::string& prefix, const std::string& name) {
  const auto gates = [&](const std::string& kind) {
    return Names{prefix + "inputGate" + kind, prefix + "forgetGate" + kind, prefix + "blockInput" + kind,
                 prefix + "outputGate" + kind};
  };
  std::vector<std::uint32_t> inputs = {stacked(lowering, name + "weight", gates("WeightMatrix")),
                                       stacked(lowering, name + "recursion", gates("RecursionMatrix"))};
  const float forget = params.forgetbias() ? 1.0F : 0.0F;
  if (params.hasbiasvectors()) {
    inputs.push_back(stacked(lowering, name + "bias", gates("BiasVector"), forget));
  } else if (params.forgetbias()) {
    std::vector<float> bias(static_cast<std::size_t>(4 * size), 0.0F);
    std::fill_n(bias.begin() + size, size, forget);
    inputs.push_back(lowering.constant(name + "bias", {4 * size}, std::move(bias)));
  } else {
    inputs.push_back(GLK_NO_VALUE);
  }
  const std::string peephole = "PeepholeVector";
  inputs.push_back(params.haspeepholevectors()
                       ? stacked(lowering, name + "peephole",
                                 {prefix + "inputGate" + peephole, prefix + "forgetGate" + peephole,
                                  prefix + "outputGate" + peephole})
                       : GLK_NO_VALUE);
  return inputs;
}

Attributes lstm_attributes(const LayerLowering& lowering, const spec::LSTMParams& params, bool reverse) {
  const auto threshold = static_cast<double>(params.cellclipthreshold());
  if (threshold < 0) lowering.fail("cellClipThreshold can't be " + std::to_string(threshold));
  return {{"clip", gate_limit},
          {"cell_clip", threshold == 0 ? gate_limit : threshold},
          {"coupled", std::int64_t{params.coupledinputandforgetgate()}},
          {"sequence_output", std::int64_t{params.sequenceoutput()}},
          {"reverse", std::int64_t{reverse}}};
}

void lower_lstm(LayerLowering& lowering) {
  const spec::UniDirectionalLSTMLayerParams& params = lowering.layer().unidirectionallstm();
  check_sizes(lowering, params.inputvectorsize(), params.outputvectorsize());
  Attributes attributes = lstm_attributes(lowering, params.params(), params.reverseinput());
  add_functions(lowering, attributes, params.activations(), 3);
  std::vector<std::uint32_t> inputs = lstm_weights(
      lowering, params.params(), size_field(lowering, params.outputvectorsize(), "outputVectorSize"), "", "");
  inputs.insert(inputs.begin(), lowering.input());
  add_states(lowering, inputs, 1, 2);
  lowering.add_outputs("lstm", std::move(inputs), std::move(attributes), first_outputs(lowering, 3));
}

// Two LSTMs side by side: what they give for the same step of the sequence stands in one vector, forward first. Their
// states are inputs and outputs of their own: forward hidden and cell, backward hidden and cell.
void lower_bidirectional(LayerLowering& lowering) {
  const spec::BiDirectionalLSTMLayerParams& params = lowering.layer().bidirectionallstm();
  check_sizes(lowering, params.inputvectorsize(), params.outputvectorsize());
  if (params.weightparams_size() != 2) {
    lowering.fail("has weights for " + std::to_string(params.weightparams_size()) + " directions instead of 2");
  }
  const std::int64_t size = size_field(lowering, params.outputvectorsize(), "outputVectorSize");
  std::vector<std::uint32_t> sequences;
  for (const bool backward : {false, true}) {
    Attributes attributes = lstm_attributes(lowering, params.params(), backward);
    attributes.push_back({"aligned", std::int64_t{1}});
    add_functions(lowering, attributes, backward ? params.activationsbackwardlstm() : params.activationsforwardlstm(),
                  3);
    std::vector<std::uint32_t> inputs =
        lstm_weights(lowering, params.params(), size, "weightParams[" + std::to_string(int{backward}) + "].",
                     backward ? "backward_" : "forward_");
    inputs.insert(inputs.begin(), lowering.input());
    add_states(lowering, inputs, backward ? 3 : 1, 2);
    std::vector<std::optional<int>> outputs(3);
    const int first = backward ? 3 : 1;
    for (int state = 0; state < 2; ++state) {
      if (first + state < static_cast<int>(lowering.output_count())) {
        outputs[static_cast<std::size_t>(state) + 1] = first + state;
      }
    }
    sequences.push_back(lowering.add_outputs("lstm", std::move(inputs), std::move(attributes), outputs)[0]);
  }
  lowering.add_outputs("concat", sequences, {{"axis", std::int64_t{-3}}}, {0});
}

}  // namespace

const LayerRules& recurrent_rules() {
  static const LayerRules rules = {{Layer::kSimpleRecurrent, 1, 2, 1, 2, lower_simple},
                                   {Layer::kGru, 1, 2, 1, 2, lower_gru},
                                   {Layer::kUniDirectionalLSTM, 1, 3, 1, 3, lower_lstm},
                                   {Layer::kBiDirectionalLSTM, 1, 5, 1, 5, lower_bidirectional}};
  return rules;
}

}  // namespace goldilocks::lowering
