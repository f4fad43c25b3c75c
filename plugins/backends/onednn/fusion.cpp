// Which operations melt into one.
//
//      convolution, deconvolution, inner_product   -> affine (into the weights) -> activation
//      convolution of few channels                 -> affine (into the weights) -> activation -> max_pool
//      add, subtract, multiply, maximum, minimum of two; affine                 -> activation
#include "fusion.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "layout.hpp"

namespace goldilocks::onednn {
namespace {

using dnnl::algorithm;

float as_float(double value) { return static_cast<float>(value); }

// The values of a constant that broadcasts along `axis` of a tensor of shape `whole` and is of size 1 elsewhere.
std::optional<std::vector<float>> along_axis(const graph::ValueView& value, const graph::Dims& whole,
                                             std::size_t axis) {
  if (!value.is_constant() || value.dims().size() > whole.size()) return std::nullopt;
  const std::size_t missing = whole.size() - value.dims().size();
  for (std::size_t at = 0; at < value.dims().size(); ++at) {
    if (at + missing != axis && value.dims()[at] != 1) return std::nullopt;
  }
  const std::span<const float> floats = value.floats();
  const auto count = static_cast<std::size_t>(whole[axis]);
  if (floats.size() == count) return std::vector<float>(floats.begin(), floats.end());
  return floats.size() == 1 ? std::optional(std::vector<float>(count, floats[0])) : std::nullopt;
}

bool is_any_of(std::string_view type, std::initializer_list<std::string_view> types) {
  return std::ranges::find(types, type) != types.end();
}

// The axis of the output that counts the channels of an operation with weights.
std::optional<std::size_t> channel_axis(const graph::OperationView& operation, std::size_t rank) {
  if (is_any_of(operation.type(), {"convolution", "deconvolution"})) return rank - 3;
  if (operation.type() == "inner_product") return rank - static_cast<std::size_t>(operation.integer("input_axes", 1));
  return std::nullopt;
}

bool takes_activation(const graph::OperationView& operation) {
  if (is_any_of(operation.type(), {"convolution", "deconvolution", "inner_product"})) return true;
  return is_any_of(operation.type(), {"add", "subtract", "multiply", "maximum", "minimum"}) &&
         operation.inputs().size() == 2;
}

Eltwise gelu(std::string_view mode) {
  if (mode == "exact") return {algorithm::eltwise_gelu_erf};
  if (mode == "tanh") return {algorithm::eltwise_gelu_tanh};
  return {algorithm::eltwise_swish, 1.702F};
}

// oneDNN 2.6 takes the parameters of the first for the second, where two of one kind follow on a product.
bool repeats_a_kind(const std::vector<Eltwise>& functions) {
  for (std::size_t index = 1; index < functions.size(); ++index) {
    const std::span<const Eltwise> before(functions.data(), index);
    if (std::ranges::find(before, functions[index].kind, &Eltwise::kind) != before.end()) return true;
  }
  return false;
}

}  // namespace

std::vector<Eltwise> eltwise_of(const graph::OperationView& operation) {
  const std::string_view type = operation.type();
  const auto number = [&](std::string_view name) { return as_float(operation.number(name)); };
  if (type == "relu") return {{algorithm::eltwise_relu}};
  if (type == "leaky_relu") return {{algorithm::eltwise_relu, number("alpha")}};
  if (type == "tanh") return {{algorithm::eltwise_tanh}};
  if (type == "sigmoid") return {{algorithm::eltwise_logistic}};
  if (type == "linear") return {{algorithm::eltwise_linear, number("alpha"), number("beta")}};
  if (type == "scaled_tanh") {
    return {{algorithm::eltwise_linear, number("beta")},
            {algorithm::eltwise_tanh},
            {algorithm::eltwise_linear, number("alpha")}};
  }
  if (type == "hard_sigmoid") {
    return {{algorithm::eltwise_linear, number("alpha"), number("beta")}, {algorithm::eltwise_clip, 0.0F, 1.0F}};
  }
  // oneDNN subtracts 1 from e^x, which near 0 leaves an error of 1e-7 * alpha.
  if (type == "elu" && std::fabs(number("alpha")) <= 4.0F) return {{algorithm::eltwise_elu, number("alpha")}};
  // With the bounds in the wrong order, oneDNN gives the other one.
  if (type == "clip" && number("minimum") <= number("maximum")) {
    return {{algorithm::eltwise_clip, number("minimum"), number("maximum")}};
  }
  if (type == "clamped_relu" && number("alpha") == 0 && number("beta") >= 0) {
    return {{algorithm::eltwise_clip, 0.0F, number("beta")}};
  }
  if (type == "gelu") return {gelu(operation.text("mode", "exact"))};
  if (!is_any_of(type, {"abs", "threshold", "exp", "sqrt"})) return {};
  if (operation.number("scale", 1) != 1 || operation.number("shift", 0) != 0) return {};
  if (type == "abs") return {{algorithm::eltwise_abs}};
  if (type == "exp") return {{algorithm::eltwise_exp}};
  if (type == "sqrt") return {{algorithm::eltwise_sqrt}};
  return {{algorithm::eltwise_clip, number("alpha"), std::numeric_limits<float>::infinity()}};
}

std::optional<float> slope_of(const std::vector<Eltwise>& activation) {
  if (activation.empty()) return 1.0F;
  if (activation.size() > 1 || activation[0].kind != dnnl::algorithm::eltwise_relu) return std::nullopt;
  return activation[0].alpha;
}

std::optional<ChannelAffine> channel_affine(const graph::GraphView& graph, std::size_t operation,
                                            std::span<const graph::Dims> dims, std::size_t axis) {
  const graph::OperationView affine = graph.operation(operation);
  const graph::Dims& whole = dims[affine.outputs()[0]];
  const auto parameter = [&](std::size_t input, float absent) {
    if (!affine.has_input(input)) return std::optional(std::vector(static_cast<std::size_t>(whole[axis]), absent));
    return along_axis(graph.value(affine.inputs()[input]), whole, axis);
  };
  std::optional<std::vector<float>> scale = parameter(1, 1.0F);
  std::optional<std::vector<float>> shift = parameter(2, 0.0F);
  if (!scale || !shift) return std::nullopt;
  return ChannelAffine{operation, *std::move(scale), *std::move(shift)};
}

Group single(const graph::GraphView& graph, std::size_t operation) {
  return {operation, std::nullopt, {}, {}, graph.operation(operation).outputs()[0], std::nullopt};
}

Group group_of(const graph::GraphView& graph, std::size_t operation, const Usage& usage,
               std::span<const graph::Dims> dims) {
  Group group = single(graph, operation);
  const graph::OperationView first = graph.operation(operation);
  const auto absorb = [&](std::size_t reader) {
    group.absorbed.push_back(reader);
    group.output = graph.operation(reader).outputs()[0];
  };
  const std::optional<std::size_t> axis = channel_axis(first, dims[group.output].size());
  std::optional<std::size_t> reader = usage.sole_reader(group.output);
  if (axis && reader && graph.operation(*reader).type() == "affine" &&
      graph.operation(*reader).inputs()[0] == group.output) {
    group.affine = channel_affine(graph, *reader, dims, *axis);
    if (group.affine) {
      absorb(*reader);
      reader = usage.sole_reader(group.output);
    }
  }
  if (takes_activation(first) && reader) {
    std::vector<Eltwise> activation = eltwise_of(graph.operation(*reader));
    if (!activation.empty() && !repeats_a_kind(activation)) {
      group.activation = std::move(activation);
      absorb(*reader);
    }
  }
  return group;
}

std::optional<Group> with_pool(const graph::GraphView& graph, const Group& group, const Usage& usage,
                               std::span<const graph::Dims> dims, std::int64_t most_channels) {
  const graph::OperationView first = graph.operation(group.operation);
  if (first.type() != "convolution" || image_dims(dims[first.inputs()[0]]).c > most_channels) return std::nullopt;
  const std::optional<std::size_t> reader = usage.sole_reader(group.output);
  if (!reader || graph.operation(*reader).type() != "max_pool") return std::nullopt;
  Group longer = group;
  longer.pool = reader;
  longer.absorbed.push_back(*reader);
  longer.output = graph.operation(*reader).outputs()[0];
  return longer;
}

}  // namespace goldilocks::onednn
