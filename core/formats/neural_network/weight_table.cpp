// The table of weights: one function per family of layers says which parameters it has. A Table collects what they say;
// for_each_weight chooses the family.
#include "core/formats/neural_network/weight_table.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"

namespace goldilocks::model {
namespace {

using ConstSlot = WeightSlot<const spec::WeightParams>;
using Layer = spec::NeuralNetworkLayer;

constexpr unsigned floats = form_float32 | form_float16;
constexpr unsigned floats_and_codes = floats | form_coded;
constexpr unsigned any_form = floats_and_codes | form_int8;

// A dimension beyond the signed range is kept as its largest value: the count then overflows, which is an error.
std::int64_t dimension(std::uint64_t value) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(value, most));
}

template <class Shape>
std::vector<std::int64_t> dimensions(const Shape& shape) {
  std::vector<std::int64_t> dims;
  dims.reserve(static_cast<std::size_t>(shape.size()));
  for (const auto dim : shape) dims.push_back(dimension(static_cast<std::uint64_t>(dim)));
  return dims;
}

// Channels along the first axis.
ChannelRule rows(const std::vector<std::int64_t>& shape) { return {.axis = 0, .channels = shape.at(0)}; }

class Table {
 public:
  explicit Table(std::vector<ConstSlot>& slots) : slots_(slots) {}

  // A matrix or kernel with one channel per row.
  ConstSlot& matrix(std::string_view parameter, const spec::WeightParams& params, std::vector<std::int64_t> shape) {
    const ChannelRule by_row = rows(shape);
    return add(parameter, params, std::move(shape), by_row, false);
  }

  // A vector, or another parameter that is quantized as one channel.
  ConstSlot& vector(std::string_view parameter, const spec::WeightParams& params, std::vector<std::int64_t> shape) {
    return add(parameter, params, std::move(shape), {}, true);
  }

 private:
  ConstSlot& add(std::string_view parameter, const spec::WeightParams& params, std::vector<std::int64_t> shape,
                 ChannelRule channels, bool is_vector) {
    slots_.push_back({.params = &params,
                      .parameter = std::string(parameter),
                      .shape = std::move(shape),
                      .channels = channels,
                      .accepted_channels = channels,
                      .accepted = floats_and_codes,
                      .is_vector = is_vector,
                      .enabled = true});
    return slots_.back();
  }

  std::vector<ConstSlot>& slots_;
};

void convolution(Table& table, const spec::ConvolutionLayerParams& params, bool weights_are_an_input) {
  const std::int64_t out = dimension(params.outputchannels());
  const std::int64_t kernel_channels = dimension(params.kernelchannels());
  const std::uint64_t groups = params.ngroups() == 0 ? 1 : params.ngroups();
  const bool sized = params.kernelsize_size() == 2;
  const std::int64_t height = sized ? dimension(params.kernelsize(0)) : 3;
  const std::int64_t width = sized ? dimension(params.kernelsize(1)) : 3;

  if (params.isdeconvolution()) {
    const std::int64_t out_per_group = dimension(params.outputchannels() / groups);
    auto& weights = table.matrix("weights", params.weights(), {kernel_channels, out_per_group, height, width});
    // One channel where it has groups, as nothing says how the scales of several would map.
    weights.channels = groups == 1 ? ChannelRule{.axis = 1, .channels = out_per_group} : ChannelRule{};
    weights.accepted_channels = {.axis = groups == 1 ? 1 : -1, .channels = out};
    weights.enabled = !weights_are_an_input;
  } else {
    table.matrix("weights", params.weights(), {out, kernel_channels, height, width}).enabled = !weights_are_an_input;
  }
  table.vector("bias", params.bias(), {out}).enabled = params.hasbias() && !weights_are_an_input;
}

void convolution3d(Table& table, const spec::Convolution3DLayerParams& params) {
  const std::int64_t groups = std::max(1, params.ngroups());
  const std::int64_t out = params.outputchannels();
  const std::int64_t in = params.inputchannels();
  const bool transposed = params.isdeconvolution();
  auto& weights = table.matrix("weights", params.weights(),
                               {transposed ? in : out, (transposed ? out : in) / groups, params.kerneldepth(),
                                params.kernelheight(), params.kernelwidth()});
  if (transposed) weights.channels = groups == 1 ? ChannelRule{.axis = 1, .channels = out} : ChannelRule{};
  weights.accepted_channels = {};
  weights.accepted = floats;
  auto& bias = table.vector("bias", params.bias(), {out});
  bias.accepted = floats;
  bias.enabled = params.hasbias();
}

// What inner product and batched matmul accept; with dynamic int8 the weights can be nothing else.
void dense(Table& table, const spec::WeightParams& weights, const spec::WeightParams& bias,
           std::vector<std::int64_t> shape, bool int8_dynamic, bool has_bias, bool enabled) {
  const std::int64_t out = shape.at(0);
  auto& matrix = table.matrix("weights", weights, std::move(shape));
  matrix.accepted = int8_dynamic ? form_int8 : floats_and_codes | form_empty;
  matrix.enabled = enabled;
  auto& vector = table.vector("bias", bias, {out});
  vector.accepted = floats_and_codes | form_empty;
  vector.enabled = has_bias && enabled;
}

template <class Params>
void embedding(Table& table, const Params& params, std::uint64_t out, std::uint64_t in) {
  table.matrix("weights", params.weights(), {dimension(out), dimension(in)});
  table.vector("bias", params.bias(), {dimension(out)}).enabled = params.hasbias();
}

void batchnorm(Table& table, const spec::BatchnormLayerParams& params) {
  const std::vector<std::int64_t> shape{dimension(params.channels())};
  table.vector("gamma", params.gamma(), shape);
  table.vector("beta", params.beta(), shape);
  // The format insists on the last two only where they are used.
  const auto statistic = [&](std::string_view name, const spec::WeightParams& values) {
    auto& slot = table.vector(name, values, shape);
    slot.enabled = !params.computemeanvar();
    if (params.computemeanvar()) slot.accepted |= form_empty;
  };
  statistic("mean", params.mean());
  statistic("variance", params.variance());
}

// Scale, bias and load-constant parameters are tensors, but are quantized as one channel whatever their shape. The
// format would take a scale per first dimension of a three-dimensional one.
template <class Shape>
ConstSlot& broadcast(Table& table, std::string_view parameter, const spec::WeightParams& params, const Shape& shape) {
  auto& slot = table.vector(parameter, params, dimensions(shape));
  if (slot.shape.size() == 3 && slot.shape[0] > 1) slot.accepted_channels = rows(slot.shape);
  return slot;
}

void simple_recurrent(Table& table, const spec::SimpleRecurrentLayerParams& params) {
  const std::int64_t in = dimension(params.inputvectorsize());
  const std::int64_t out = dimension(params.outputvectorsize());
  table.matrix("weightMatrix", params.weightmatrix(), {out, in});
  table.matrix("recursionMatrix", params.recursionmatrix(), {out, out});
  table.vector("biasVector", params.biasvector(), {out}).enabled = params.hasbiasvector();
}

void gru(Table& table, const spec::GRULayerParams& params) {
  const std::int64_t in = dimension(params.inputvectorsize());
  const std::int64_t out = dimension(params.outputvectorsize());
  table.matrix("updateGateWeightMatrix", params.updategateweightmatrix(), {out, in});
  table.matrix("resetGateWeightMatrix", params.resetgateweightmatrix(), {out, in});
  table.matrix("outputGateWeightMatrix", params.outputgateweightmatrix(), {out, in});
  table.matrix("updateGateRecursionMatrix", params.updategaterecursionmatrix(), {out, out});
  table.matrix("resetGateRecursionMatrix", params.resetgaterecursionmatrix(), {out, out});
  table.matrix("outputGateRecursionMatrix", params.outputgaterecursionmatrix(), {out, out});
  table.vector("updateGateBiasVector", params.updategatebiasvector(), {out}).enabled = params.hasbiasvectors();
  table.vector("resetGateBiasVector", params.resetgatebiasvector(), {out}).enabled = params.hasbiasvectors();
  table.vector("outputGateBiasVector", params.outputgatebiasvector(), {out}).enabled = params.hasbiasvectors();
}

// One direction of an LSTM; `prefix` tells the two apart.
void lstm(Table& table, const spec::LSTMWeightParams& weights, const spec::LSTMParams& params, std::uint64_t input,
          std::uint64_t output, const std::string& prefix) {
  const std::int64_t in = dimension(input);
  const std::int64_t out = dimension(output);
  const auto matrix = [&](std::string_view name, const spec::WeightParams& values, std::int64_t columns) {
    table.matrix(prefix + std::string(name), values, {out, columns});
  };
  const auto vector = [&](std::string_view name, const spec::WeightParams& values, bool enabled) {
    table.vector(prefix + std::string(name), values, {out}).enabled = enabled;
  };
  matrix("inputGateWeightMatrix", weights.inputgateweightmatrix(), in);
  matrix("forgetGateWeightMatrix", weights.forgetgateweightmatrix(), in);
  matrix("blockInputWeightMatrix", weights.blockinputweightmatrix(), in);
  matrix("outputGateWeightMatrix", weights.outputgateweightmatrix(), in);
  matrix("inputGateRecursionMatrix", weights.inputgaterecursionmatrix(), out);
  matrix("forgetGateRecursionMatrix", weights.forgetgaterecursionmatrix(), out);
  matrix("blockInputRecursionMatrix", weights.blockinputrecursionmatrix(), out);
  matrix("outputGateRecursionMatrix", weights.outputgaterecursionmatrix(), out);
  vector("inputGateBiasVector", weights.inputgatebiasvector(), params.hasbiasvectors());
  vector("forgetGateBiasVector", weights.forgetgatebiasvector(), params.hasbiasvectors());
  vector("blockInputBiasVector", weights.blockinputbiasvector(), params.hasbiasvectors());
  vector("outputGateBiasVector", weights.outputgatebiasvector(), params.hasbiasvectors());
  vector("inputGatePeepholeVector", weights.inputgatepeepholevector(), params.haspeepholevectors());
  vector("forgetGatePeepholeVector", weights.forgetgatepeepholevector(), params.haspeepholevectors());
  vector("outputGatePeepholeVector", weights.outputgatepeepholevector(), params.haspeepholevectors());
}

// The length is C or 1, and only the network knows C: the shape is free.
void activation(Table& table, const spec::ActivationParams& params) {
  const auto free_vector = [&](std::string_view name, const spec::WeightParams& values) {
    auto& slot = table.vector(name, values, {});
    slot.accepted = any_form | form_empty;
    slot.accepted_channels = {.axis = 0, .channels = 0};
  };
  if (params.has_prelu()) {
    free_vector("alpha", params.prelu().alpha());
  } else if (params.has_parametricsoftplus()) {
    free_vector("alpha", params.parametricsoftplus().alpha());
    free_vector("beta", params.parametricsoftplus().beta());
  }
}

void layer_normalization(Table& table, const spec::LayerNormalizationLayerParams& params) {
  table.vector("gamma", params.gamma(), dimensions(params.normalizedshape())).accepted = form_float32;
  table.vector("beta", params.beta(), dimensions(params.normalizedshape())).accepted = form_float32;
}

void custom(Table& table, const spec::CustomLayerParams& params) {
  for (int i = 0; i < params.weights_size(); ++i) {
    auto& slot = table.vector(fmt::format("weights[{}]", i), params.weights(i), {});
    slot.is_vector = false;
    slot.accepted = any_form;
    slot.accepted_channels = {.axis = -1, .channels = 0};
  }
}

std::vector<ConstSlot> slots_of(const Layer& layer) {
  std::vector<ConstSlot> slots;
  Table table(slots);
  switch (layer.layer_case()) {
    case Layer::kConvolution:
      convolution(table, layer.convolution(), layer.input_size() > 1);
      break;
    case Layer::kConvolution3D:
      convolution3d(table, layer.convolution3d());
      break;
    case Layer::kInnerProduct: {
      const auto& params = layer.innerproduct();
      dense(table, params.weights(), params.bias(),
            {dimension(params.outputchannels()), dimension(params.inputchannels())}, params.int8dynamicquantize(),
            params.hasbias(), true);
      break;
    }
    case Layer::kBatchedMatmul: {
      const auto& params = layer.batchedmatmul();
      dense(table, params.weights(), params.bias(),
            {dimension(params.weightmatrixseconddimension()), dimension(params.weightmatrixfirstdimension())},
            params.int8dynamicquantize(), params.hasbias(), layer.input_size() < 2);
      break;
    }
    case Layer::kEmbedding:
      embedding(table, layer.embedding(), layer.embedding().outputchannels(), layer.embedding().inputdim());
      break;
    case Layer::kEmbeddingND:
      embedding(table, layer.embeddingnd(), layer.embeddingnd().embeddingsize(), layer.embeddingnd().vocabsize());
      break;
    case Layer::kBatchnorm:
      batchnorm(table, layer.batchnorm());
      break;
    case Layer::kScale:
      broadcast(table, "scale", layer.scale().scale(), layer.scale().shapescale());
      broadcast(table, "bias", layer.scale().bias(), layer.scale().shapebias()).enabled = layer.scale().hasbias();
      break;
    case Layer::kBias:
      broadcast(table, "bias", layer.bias().bias(), layer.bias().shape());
      break;
    case Layer::kLoadConstant:
      broadcast(table, "data", layer.loadconstant().data(), layer.loadconstant().shape()).is_vector = false;
      break;
    case Layer::kLoadConstantND:
      table.vector("data", layer.loadconstantnd().data(), dimensions(layer.loadconstantnd().shape())).is_vector = false;
      break;
    case Layer::kSimpleRecurrent:
      simple_recurrent(table, layer.simplerecurrent());
      break;
    case Layer::kGru:
      gru(table, layer.gru());
      break;
    case Layer::kUniDirectionalLSTM: {
      const auto& params = layer.unidirectionallstm();
      lstm(table, params.weightparams(), params.params(), params.inputvectorsize(), params.outputvectorsize(), "");
      break;
    }
    case Layer::kBiDirectionalLSTM: {
      const auto& params = layer.bidirectionallstm();
      for (int i = 0; i < params.weightparams_size(); ++i) {
        lstm(table, params.weightparams(i), params.params(), params.inputvectorsize(), params.outputvectorsize(),
             fmt::format("weightParams[{}].", i));
      }
      break;
    }
    case Layer::kActivation:
      activation(table, layer.activation());
      break;
    case Layer::kLayerNormalization:
      layer_normalization(table, layer.layernormalization());
      break;
    case Layer::kCustom:
      custom(table, layer.custom());
      break;
    default:
      break;
  }
  return slots;
}

}  // namespace

template <class Params>
std::uint64_t WeightSlot<Params>::count() const {
  if (shape.empty()) return stored_count(*params);
  const std::optional<std::uint64_t> product = element_count(shape);
  if (!product) throw ModelError(parameter, fmt::format("the shape [{}] is not possible", fmt::join(shape, ", ")));
  return *product;
}

template struct WeightSlot<const spec::WeightParams>;
template struct WeightSlot<spec::WeightParams>;

void for_each_weight(const Layer& layer, const std::function<void(const ConstSlot&)>& visit) {
  for (const ConstSlot& slot : slots_of(layer)) visit(slot);
}

void for_each_weight(Layer& layer, const std::function<void(const WeightSlot<spec::WeightParams>&)>& visit) {
  for (ConstSlot& slot : slots_of(layer)) {
    if (slot.params == &spec::WeightParams::default_instance()) continue;
    // The slot points into `layer`, which the caller may change.
    visit({.params = const_cast<spec::WeightParams*>(slot.params),
           .parameter = std::move(slot.parameter),
           .shape = std::move(slot.shape),
           .channels = slot.channels,
           .accepted_channels = slot.accepted_channels,
           .accepted = slot.accepted,
           .is_vector = slot.is_vector,
           .enabled = slot.enabled});
  }
}

ConstSlot as_const(const WeightSlot<spec::WeightParams>& slot) {
  return {.params = slot.params,
          .parameter = slot.parameter,
          .shape = slot.shape,
          .channels = slot.channels,
          .accepted_channels = slot.accepted_channels,
          .accepted = slot.accepted,
          .is_vector = slot.is_vector,
          .enabled = slot.enabled};
}

}  // namespace goldilocks::model
