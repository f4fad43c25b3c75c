// band, non_zero and reverse_sequence: which values stay, where there are any, and the first ones turned around.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"
#include "kernels/numbers.hpp"
#include "kernels/strided.hpp"
#include "kernels/takes.hpp"
#include "kernels/whole_numbers.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;

// Far beyond any row or column, so that a limit that isn't stated excludes nothing.
constexpr std::int64_t no_limit = std::int64_t{1} << 40;

void run_band(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::int64_t lower = operation.integer("lower", no_limit);
  const std::int64_t upper = operation.integer("upper", no_limit);
  const std::size_t rank = inputs[0].dims.size();
  const std::int64_t rows = inputs[0].dims[rank - 2];
  const std::int64_t columns = inputs[0].dims[rank - 1];
  visit_storage(inputs[0].type, [&](auto kind) {
    const auto in = inputs[0].elements<decltype(kind)>();
    const auto out = outputs[0].elements<decltype(kind)>();
    for (std::size_t element = 0; element < in.size(); ++element) {
      const std::int64_t column = static_cast<std::int64_t>(element) % columns;
      const std::int64_t row = static_cast<std::int64_t>(element) / columns % rows;
      const bool stays = row - column <= lower && column - row <= upper;
      out[element] = stays ? in[element] : decltype(kind)(0);
    }
  });
}

std::vector<Dims> infer_band(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  check_rank(operation, inputs[0], 2);
  for (const char* limit : {"lower", "upper"}) operation.integer(limit, no_limit);
  return {inputs[0]};
}

void run_non_zero(const OperationView&, Inputs inputs, Outputs outputs) {
  const std::vector<std::int64_t> strides = row_major_strides(inputs[0].dims);
  const std::vector<double> values = numbers_of(inputs[0]);
  std::vector<double> places;
  for (std::size_t element = 0; element < values.size(); ++element) {
    if (values[element] == 0) continue;
    for (std::size_t axis = 0; axis < strides.size(); ++axis) {
      const std::int64_t index = static_cast<std::int64_t>(element) / strides[axis] % inputs[0].dims[axis];
      places.push_back(static_cast<double>(index));
    }
  }
  store_numbers(places, outputs[0]);
}

std::vector<Dims> infer_non_zero(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  return {{-1, static_cast<std::int64_t>(inputs[0].size())}};
}

std::vector<Dims> non_zero_shapes(const OperationView&, Inputs inputs) {
  const auto count = std::ranges::count_if(numbers_of(inputs[0]), [](double value) { return value != 0; });
  return {{static_cast<std::int64_t>(count), static_cast<std::int64_t>(inputs[0].dims.size())}};
}

struct SequenceAxes {
  std::size_t batch;
  std::size_t sequence;
};

SequenceAxes sequence_axes(const OperationView& operation, std::size_t rank) {
  const SequenceAxes axes = {resolve_axis(operation, operation.integer("batch_axis"), rank),
                             resolve_axis(operation, operation.integer("axis"), rank)};
  if (axes.batch == axes.sequence) operation.fail("batch and sequence can't be one axis");
  return axes;
}

void run_reverse_sequence(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::span<const std::int64_t> dims = inputs[0].dims;
  const SequenceAxes axes = sequence_axes(operation, dims.size());
  const std::vector<std::int64_t> strides = row_major_strides(dims);
  const Dims lengths = whole_numbers(operation, inputs[1], "lengths");
  for (const std::int64_t length : lengths) {
    if (length >= 0 && length <= dims[axes.sequence]) continue;
    operation.fail("length " + std::to_string(length) + " is out of range for a sequence of " +
                   std::to_string(dims[axes.sequence]));
  }
  visit_storage(inputs[0].type, [&](auto kind) {
    const auto in = inputs[0].elements<decltype(kind)>();
    const auto out = outputs[0].elements<decltype(kind)>();
    for (std::size_t element = 0; element < in.size(); ++element) {
      const auto place = static_cast<std::int64_t>(element);
      const std::int64_t step = place / strides[axes.sequence] % dims[axes.sequence];
      const std::int64_t length = lengths[static_cast<std::size_t>(place / strides[axes.batch] % dims[axes.batch])];
      const std::int64_t source = step < length ? length - 1 - step : step;
      out[element] = in[static_cast<std::size_t>(place + (source - step) * strides[axes.sequence])];
    }
  });
}

std::vector<Dims> infer_reverse_sequence(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 2);
  const SequenceAxes axes = sequence_axes(operation, inputs[0].size());
  check_shape(operation, "the list of lengths", inputs[1], Dims{inputs[0][axes.batch]});
  return {inputs[0]};
}

constexpr std::array list = {
    Kernel{"band", infer_band, run_band, nullptr, nullptr, takes_alike},
    Kernel{"non_zero", infer_non_zero, run_non_zero, non_zero_shapes, nullptr, takes_counted},
    Kernel{"reverse_sequence", infer_reverse_sequence, run_reverse_sequence, nullptr, nullptr, takes_placed},
};

}  // namespace

std::span<const Kernel> selecting_kernels() { return list; }

}  // namespace goldilocks::graph
