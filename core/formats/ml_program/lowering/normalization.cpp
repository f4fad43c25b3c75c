// Normalization over batches (with statistics that are known), layers, instances, lengths and neighbouring channels.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;

std::vector<double> numbers_or(Op& op, std::string_view parameter, std::size_t count, double absent) {
  if (!op.has(parameter)) return std::vector<double>(count, absent);
  const auto known = op.numbers(parameter);
  if (!known || known->size() != count) op.fail(std::string(parameter) + " is not one known number for each channel");
  return *known;
}

// All becomes one scale and one shift for each channel.
void lower_batch_norm(Op& op) {
  const Node x = op.input("x");
  const auto channels = static_cast<std::size_t>(op.dims(x).at(1));
  const std::vector<double> mean = numbers_or(op, "mean", channels, 0);
  std::vector<double> scale = numbers_or(op, "variance", channels, 1);
  const std::vector<double> gamma = numbers_or(op, "gamma", channels, 1);
  std::vector<double> shift = numbers_or(op, "beta", channels, 0);
  const double epsilon = op.real("epsilon");
  for (std::size_t channel = 0; channel < channels; ++channel) {
    scale[channel] = gamma[channel] / std::sqrt(scale[channel] + epsilon);
    shift[channel] -= mean[channel] * scale[channel];
  }
  const auto parameter = [&](const std::vector<double>& values) {
    return op.per_channel(op.constant(GLK_FLOAT32, {static_cast<std::int64_t>(channels)}, values), op.rank(x));
  };
  const Node factor = parameter(scale);
  op.give(op.add("affine", {x, factor, parameter(shift)}));
}

void give_normalized(Op& op, Node x, const std::vector<std::int64_t>& axes, Node gamma, Node beta) {
  op.give(op.add("normalize", {x, gamma, beta}, {{"axes", axes}, {"epsilon", op.real("epsilon")}}));
}

// gamma and beta have the dimensions of the axes.
void lower_layer_norm(Op& op) {
  const Node x = op.input("x");
  std::vector<std::int64_t> axes(op.rank(x));
  std::iota(axes.begin(), axes.end(), 0);
  if (op.has("axes")) axes = op.integers("axes");
  for (std::int64_t& axis : axes) axis = op.axis(axis, op.rank(x));
  std::ranges::sort(axes);
  Dims shape(op.rank(x), 1);
  for (const std::int64_t axis : axes)
    shape[static_cast<std::size_t>(axis)] = op.dims(x)[static_cast<std::size_t>(axis)];
  const auto parameter = [&](std::string_view name) {
    return op.has(name) ? op.reshape(op.input(name), shape) : Node{GLK_NO_VALUE};
  };
  const Node gamma = parameter("gamma");
  give_normalized(op, x, axes, gamma, parameter("beta"));
}

void lower_instance_norm(Op& op) {
  const Node x = op.input("x");
  std::vector<std::int64_t> axes(op.rank(x) - 2);
  std::iota(axes.begin(), axes.end(), 2);
  const auto parameter = [&](std::string_view name) {
    return op.has(name) ? op.per_channel(op.input(name), op.rank(x)) : Node{GLK_NO_VALUE};
  };
  const Node gamma = parameter("gamma");
  give_normalized(op, x, axes, gamma, parameter("beta"));
}

// Over the last three dimensions together.
void lower_l2_norm(Op& op) {
  const Node x = op.input("x");
  const std::vector<std::int64_t> axes = {-3, -2, -1};
  const Node squares = op.add("reduce_sum_square", {x}, {{"axes", axes}, {"keep_dims", std::int64_t{1}}});
  op.give(op.add("multiply", {x, op.add("rsqrt", {squares}, {{"epsilon", op.real("epsilon")}})}));
}

// The kit's window has the odd channel above, the language's below: of an even size, channels are reversed.
void lower_local_response_norm(Op& op) {
  Node x = op.input("x");
  const Dims given = op.dims(x);
  Dims planes = {given.at(0), given.at(1), 1, 1};
  for (std::size_t axis = 2; axis < given.size(); ++axis) planes[3] *= given[axis];
  x = op.reshape(x, planes);
  const std::int64_t size = op.integer("size");
  const std::vector<std::int64_t> channels = {1};
  if (size % 2 == 0) x = op.reversed(x, channels);
  Node y = op.add("local_response_normalization", {x},
                  {{"alpha", op.real("alpha")}, {"beta", op.real("beta")}, {"k", op.real("k")}, {"size", size}});
  if (size % 2 == 0) y = op.reversed(y, channels);
  op.give(op.reshape(y, given));
}

constexpr std::array normalization_rows = {
    LoweringRow{"batch_norm", lower_batch_norm},
    LoweringRow{"instance_norm", lower_instance_norm},
    LoweringRow{"l2_norm", lower_l2_norm},
    LoweringRow{"layer_norm", lower_layer_norm},
    LoweringRow{"local_response_norm", lower_local_response_norm},
};

}  // namespace

std::span<const LoweringRow> normalization_lowerings() { return normalization_rows; }

}  // namespace goldilocks::ml_program
