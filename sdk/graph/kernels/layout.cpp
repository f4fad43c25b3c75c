// Operations that move values without computing: concat, split, reshape, transpose, slice.
#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"

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
  std::size_t offset = 0;
  for (const TensorView& input : inputs) {
    const std::size_t run = count_from(input.dims, axis);
    for (std::size_t step = 0; step * run < input.values.size(); ++step) {
      std::ranges::copy(input.values.subspan(step * run, run),
                        outputs[0].values.subspan(step * out_run + offset, run).begin());
    }
    offset += run;
  }
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
  std::size_t offset = 0;
  for (const MutableTensorView& output : outputs) {
    const std::size_t run = count_from(output.dims, axis);
    for (std::size_t step = 0; step * run < output.values.size(); ++step) {
      std::ranges::copy(inputs[0].values.subspan(step * in_run + offset, run),
                        output.values.subspan(step * run, run).begin());
    }
    offset += run;
  }
}

std::vector<Dims> infer_split(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  const std::size_t axis = resolve_axis(operation, operation.integer("axis"), inputs[0].size());
  std::int64_t rest = inputs[0][axis];
  std::vector<Dims> outputs;
  for (const std::int64_t size : operation.integers("sizes")) {
    if (size < 1 || size > rest) break;
    outputs.push_back(inputs[0]);
    outputs.back()[axis] = size;
    rest -= size;
  }
  if (rest != 0 || outputs.size() != operation.integers("sizes").size()) {
    operation.fail("sizes " + to_text(operation.integers("sizes")) + " don't add up to " +
                   std::to_string(inputs[0][axis]));
  }
  return outputs;
}

void run_reshape(const OperationView&, Inputs inputs, Outputs outputs) {
  std::ranges::copy(inputs[0].values, outputs[0].values.begin());
}

std::vector<Dims> infer_reshape(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  const std::span<const std::int64_t> shape = operation.integers("shape");
  Dims out(shape.begin(), shape.end());
  std::size_t open = out.size();  // the place of -1
  for (std::size_t axis = 0; axis < out.size(); ++axis) {
    if (out[axis] == 0 && axis < inputs[0].size()) out[axis] = inputs[0][axis];
    if (out[axis] == -1 && open == out.size()) {
      open = axis;
      out[axis] = 1;
    }
    if (out[axis] < 1) operation.fail("shape can't be " + to_text(shape) + " for " + to_text(inputs[0]));
  }
  const std::int64_t count = element_count(inputs[0]);
  if (open < out.size()) out[open] = count / element_count(out);
  if (element_count(out) != count) {
    operation.fail("values of shape " + to_text(inputs[0]) + " don't fill " + to_text(shape));
  }
  return {out};
}

void run_transpose(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::span<const std::int64_t> axes = operation.integers("axes");
  const std::size_t rank = axes.size();
  std::vector<std::size_t> strides(rank);  // in the input, by the output's axes
  for (std::size_t axis = 0; axis < rank; ++axis) {
    strides[axis] = count_from(inputs[0].dims, static_cast<std::size_t>(axes[axis]) + 1);
  }
  std::vector<std::int64_t> position(rank, 0);
  std::size_t source = 0;
  for (float& value : outputs[0].values) {
    value = inputs[0].values[source];
    for (std::size_t axis = rank; axis-- > 0;) {
      source += strides[axis];
      if (++position[axis] < outputs[0].dims[axis]) break;
      source -= strides[axis] * static_cast<std::size_t>(outputs[0].dims[axis]);
      position[axis] = 0;
    }
  }
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

// begin, step and number of values along each axis of the input; 0, 1, all for an axis that isn't named.
struct Range {
  std::int64_t begin = 0;
  std::int64_t stride = 1;
  std::int64_t count = 0;
};

std::vector<Range> slice_ranges(const OperationView& operation, std::span<const std::int64_t> dims) {
  const std::span<const std::int64_t> axes = operation.integers("axes");
  const std::span<const std::int64_t> begins = operation.integers("begin");
  const std::span<const std::int64_t> ends = operation.integers("end");
  const Dims ones(axes.size(), 1);
  const std::span<const std::int64_t> strides = operation.integers("strides", ones);
  if (begins.size() != axes.size() || ends.size() != axes.size() || strides.size() != axes.size()) {
    operation.fail("axes, begin, end and strides must be of one length");
  }
  std::vector<Range> ranges;
  for (const std::int64_t size : dims) ranges.push_back({0, 1, size});
  for (std::size_t index = 0; index < axes.size(); ++index) {
    const std::size_t axis = resolve_axis(operation, axes[index], dims.size());
    const auto position = [&](std::int64_t at) {
      return std::clamp<std::int64_t>(at < 0 ? at + dims[axis] : at, 0, dims[axis]);
    };
    if (strides[index] < 1) operation.fail("strides can't have " + std::to_string(strides[index]));
    const std::int64_t begin = position(begins[index]);
    const std::int64_t length = std::max<std::int64_t>(0, position(ends[index]) - begin);
    ranges[axis] = {begin, strides[index], length == 0 ? 0 : (length - 1) / strides[index] + 1};
  }
  return ranges;
}

void run_slice(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::span<const std::int64_t> dims = inputs[0].dims;
  const std::vector<Range> ranges = slice_ranges(operation, dims);
  std::vector<std::size_t> strides(dims.size());
  std::size_t source = 0;
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    const std::size_t step = count_from(dims, axis + 1);
    source += static_cast<std::size_t>(ranges[axis].begin) * step;
    strides[axis] = static_cast<std::size_t>(ranges[axis].stride) * step;
  }
  std::vector<std::int64_t> position(dims.size(), 0);
  for (float& value : outputs[0].values) {
    value = inputs[0].values[source];
    for (std::size_t axis = dims.size(); axis-- > 0;) {
      source += strides[axis];
      if (++position[axis] < ranges[axis].count) break;
      source -= strides[axis] * static_cast<std::size_t>(ranges[axis].count);
      position[axis] = 0;
    }
  }
}

std::vector<Dims> infer_slice(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  Dims out;
  for (const Range& range : slice_ranges(operation, inputs[0])) out.push_back(range.count);
  return {out};
}

constexpr std::array list = {
    Kernel{"concat", infer_concat, run_concat},
    Kernel{"reshape", infer_reshape, run_reshape},
    Kernel{"slice", infer_slice, run_slice},
    Kernel{"split", infer_split, run_split},
    Kernel{"transpose", infer_transpose, run_transpose},
};

}  // namespace

std::span<const Kernel> layout_kernels() { return list; }

}  // namespace goldilocks::graph
