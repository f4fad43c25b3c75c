// Operations that string tensors together, cut them, and name their dimensions anew: concat, split, reshape, transpose
// and the other ways to state a shape.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
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

std::size_t count_from(std::span<const std::int64_t> dims, std::size_t axis) {
  return static_cast<std::size_t>(element_count(dims.subspan(axis)));
}

// Each input is a run of values per step of the dimensions before the axis; the output strings the runs together.
void run_concat(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::size_t axis = resolve_axis(operation, operation.integer("axis"), outputs[0].dims.size());
  const std::size_t out_run = count_from(outputs[0].dims, axis);
  visit_storage(outputs[0].type, [&](auto kind) {
    const auto out = outputs[0].elements<decltype(kind)>();
    std::size_t offset = 0;
    for (const TensorView& input : inputs) {
      const auto in = input.elements<decltype(kind)>();
      const std::size_t run = count_from(input.dims, axis);
      for (std::size_t step = 0; step * run < in.size(); ++step) {
        std::ranges::copy(in.subspan(step * run, run), out.subspan(step * out_run + offset, run).begin());
      }
      offset += run;
    }
  });
}

std::vector<Dims> infer_concat(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, std::max<std::size_t>(1, inputs.size()), std::numeric_limits<std::size_t>::max());
  Dims out = inputs[0];
  const std::size_t axis = resolve_axis(operation, operation.integer("axis"), out.size());
  for (const Dims& dims : inputs.subspan(1)) {
    Dims expected = inputs[0];
    if (dims.size() == expected.size()) expected[axis] = dims[axis];
    check_shape(operation, "an input", dims, expected);
    out[axis] += dims[axis];
    element_count(out);
  }
  return {out};
}

void run_split(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::size_t axis = resolve_axis(operation, operation.integer("axis"), inputs[0].dims.size());
  const std::size_t in_run = count_from(inputs[0].dims, axis);
  visit_storage(inputs[0].type, [&](auto kind) {
    const auto in = inputs[0].elements<decltype(kind)>();
    std::size_t offset = 0;
    for (const MutableTensorView& output : outputs) {
      const auto out = output.elements<decltype(kind)>();
      const std::size_t run = count_from(output.dims, axis);
      for (std::size_t step = 0; step * run < out.size(); ++step) {
        std::ranges::copy(in.subspan(step * in_run + offset, run), out.subspan(step * run, run).begin());
      }
      offset += run;
    }
  });
}

// Without sizes, equal parts.
Dims split_sizes(const OperationView& operation, std::int64_t whole) {
  if (operation.has_attribute("sizes")) {
    const std::span<const std::int64_t> sizes = operation.integers("sizes");
    return {sizes.begin(), sizes.end()};
  }
  const auto parts = static_cast<std::int64_t>(operation.outputs().size());
  if (parts == 0 || whole % parts != 0) {
    operation.fail(std::to_string(whole) + " values can't be split into " + std::to_string(parts) + " equal parts");
  }
  Dims sizes(static_cast<std::size_t>(parts), whole / parts);
  return sizes;
}

std::vector<Dims> infer_split(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  const std::size_t axis = resolve_axis(operation, operation.integer("axis"), inputs[0].size());
  const Dims sizes = split_sizes(operation, inputs[0][axis]);
  std::int64_t rest = inputs[0][axis];
  std::vector<Dims> outputs;
  for (const std::int64_t size : sizes) {
    if (size < 1 || size > rest) break;
    outputs.push_back(inputs[0]);
    outputs.back()[axis] = size;
    rest -= size;
  }
  if (rest != 0 || outputs.size() != sizes.size()) {
    operation.fail("sizes " + to_text(sizes) + " don't add up to " + std::to_string(inputs[0][axis]));
  }
  return outputs;
}

void run_reshape(const OperationView&, Inputs inputs, Outputs outputs) {
  std::memcpy(outputs[0].bytes(), inputs[0].bytes(), inputs[0].size() * element_size(inputs[0].type));
}

// The shape with its one -1 replaced by what is left.
Dims filled_shape(const OperationView& operation, std::span<const std::int64_t> dims, Dims shape) {
  const Dims stated = shape;
  std::size_t open = shape.size();  // the place of -1
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == -1 && open == shape.size()) {
      open = axis;
      shape[axis] = 1;
    }
    if (shape[axis] < 1) operation.fail("shape can't be " + to_text(stated) + " for " + to_text(dims));
  }
  const std::int64_t count = element_count(dims);
  if (open < shape.size()) shape[open] = count / element_count(shape);
  if (element_count(shape) != count) {
    operation.fail("values of shape " + to_text(dims) + " don't fill " + to_text(stated));
  }
  return shape;
}

std::vector<Dims> infer_reshape(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  const std::span<const std::int64_t> shape = operation.integers("shape");
  Dims out(shape.begin(), shape.end());
  const bool named = operation.has_attribute("source");
  const std::span<const std::int64_t> source = operation.integers("source", {});
  if (named && source.size() != out.size()) operation.fail("source must have as many entries as shape");
  for (std::size_t axis = 0; axis < out.size(); ++axis) {
    if (out[axis] != 0) continue;
    const std::size_t from = named ? resolve_axis(operation, source[axis], inputs[0].size()) : axis;
    if (from < inputs[0].size()) out[axis] = inputs[0][from];
  }
  return {filled_shape(operation, inputs[0], std::move(out))};
}

// Whether the numbers of values agree shows only as it runs: while sizes are open, each of them is asked for alone.
void run_reshape_like(const OperationView& operation, Inputs inputs, Outputs outputs) {
  if (inputs[0].size() != outputs[0].size()) {
    operation.fail("values of shape " + to_text(inputs[0].dims) + " don't fill " + to_text(outputs[0].dims));
  }
  run_reshape(operation, inputs, outputs);
}

std::vector<Dims> infer_reshape_like(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 2);
  return {inputs[1]};
}

std::vector<Dims> infer_dynamic_reshape(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 2);
  return {Dims(list_length(operation, inputs[1], "shape"), -1)};
}

std::vector<Dims> dynamic_reshape_shapes(const OperationView& operation, Inputs inputs) {
  return {filled_shape(operation, inputs[0].dims, whole_numbers(operation, inputs[1], "shape"))};
}

void run_shape(const OperationView&, Inputs inputs, Outputs outputs) {
  const std::vector<double> sizes(inputs[0].dims.begin(), inputs[0].dims.end());
  store_numbers(sizes, outputs[0]);
}

std::vector<Dims> infer_shape(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  return {{static_cast<std::int64_t>(inputs[0].size())}};
}

void run_transpose(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::vector<std::int64_t> strides = row_major_strides(inputs[0].dims);
  StridedView view{{outputs[0].dims.begin(), outputs[0].dims.end()}, {}, 0};
  for (const std::int64_t axis : operation.integers("axes")) {
    view.strides.push_back(strides[static_cast<std::size_t>(axis)]);
  }
  copy_view(view, inputs[0], outputs[0]);
}

std::vector<Dims> infer_transpose(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  const std::span<const std::int64_t> axes = operation.integers("axes");
  Dims order(axes.begin(), axes.end());
  std::ranges::sort(order);
  bool permutation = axes.size() == inputs[0].size();
  for (std::size_t axis = 0; axis < order.size(); ++axis) {
    permutation = permutation && order[axis] == static_cast<std::int64_t>(axis);
  }
  if (!permutation) {
    operation.fail("axes " + to_text(axes) + " are no permutation for rank " + std::to_string(inputs[0].size()));
  }
  Dims out;
  for (const std::int64_t axis : axes) out.push_back(inputs[0][static_cast<std::size_t>(axis)]);
  return {out};
}

constexpr std::array list = {
    Kernel{"concat", infer_concat, run_concat, nullptr, nullptr, takes_alike},
    Kernel{"dynamic_reshape", infer_dynamic_reshape, run_reshape, dynamic_reshape_shapes, nullptr, takes_placed, 0b10},
    Kernel{"reshape", infer_reshape, run_reshape, nullptr, nullptr, takes_alike},
    Kernel{"reshape_like", infer_reshape_like, run_reshape_like, nullptr, nullptr, takes_alike},
    Kernel{"shape", infer_shape, run_shape, nullptr, nullptr, takes_counted},
    Kernel{"split", infer_split, run_split, nullptr, nullptr, takes_alike},
    Kernel{"transpose", infer_transpose, run_transpose, nullptr, nullptr, takes_alike},
};

}  // namespace

std::span<const Kernel> layout_kernels() { return list; }

}  // namespace goldilocks::graph
