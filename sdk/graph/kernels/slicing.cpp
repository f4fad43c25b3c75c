// slice, dynamic_slice and sliding_windows: parts of a tensor at even distances, as numpy counts them.
//
//      begin and end count from the end where negative, and are limited to where there is something:
//
//            0   1   2   3   4            stride  1: from begin up to, but without, end, both within 0 .. 5
//        -1 [a] [b] [c] [d] [e] 5         stride -1: from begin down to, but without, end, both within -1 .. 4
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

constexpr std::int64_t longest_stride = std::int64_t{1} << 40;

// Begin, step and number of values along an axis.
struct Range {
  std::int64_t begin = 0;
  std::int64_t stride = 1;
  std::int64_t count = 0;
};

Range range_of(const OperationView& operation, std::int64_t size, std::int64_t begin, std::int64_t end,
               std::int64_t stride) {
  if (stride == 0) operation.fail("strides can't have 0");
  stride = std::clamp(stride, -longest_stride, longest_stride);
  const std::int64_t low = stride > 0 ? 0 : -1;
  const auto position = [&](std::int64_t at) { return std::clamp(at < 0 ? at + size : at, low, low + size); };
  const std::int64_t first = position(begin);
  const std::int64_t length = stride > 0 ? position(end) - first : first - position(end);
  return {first, stride, length <= 0 ? 0 : (length - 1) / std::abs(stride) + 1};
}

// `count` values from `begin` on, none of which may be missing.
Range range_of_size(const OperationView& operation, std::int64_t size, std::int64_t begin, std::int64_t count) {
  const std::int64_t first = begin < 0 ? begin + size : begin;
  if (first < 0 || count > size || first > size - count) {
    operation.fail(std::to_string(count) + " values from " + std::to_string(begin) + " on reach beyond the " +
                   std::to_string(size) + " that there are");
  }
  return {first, 1, count};
}

std::vector<Dims> shape_of(const std::vector<Range>& ranges) {
  Dims out;
  for (const Range& range : ranges) out.push_back(range.count);
  return {out};
}

void copy_ranges(const std::vector<Range>& ranges, const TensorView& input, const MutableTensorView& output) {
  StridedView view{{output.dims.begin(), output.dims.end()}, row_major_strides(input.dims), 0};
  for (std::size_t axis = 0; axis < ranges.size(); ++axis) {
    view.start += ranges[axis].begin * view.strides[axis];
    view.strides[axis] *= ranges[axis].stride;
  }
  copy_view(view, input, output);
}

// 0, 1, all for the axes that aren't named.
std::vector<Range> whole_ranges(std::span<const std::int64_t> dims) {
  std::vector<Range> ranges;
  for (const std::int64_t size : dims) ranges.push_back({0, 1, size});
  return ranges;
}

// `like`: the dimensions of the second input, empty where there is none.
std::vector<Range> slice_ranges(const OperationView& operation, std::span<const std::int64_t> dims,
                                std::span<const std::int64_t> like) {
  const bool has_like = operation.has_input(1);
  const std::span<const std::int64_t> axes = operation.integers("axes");
  const std::span<const std::int64_t> begins = operation.integers("begin");
  const std::span<const std::int64_t> ends = has_like ? begins : operation.integers("end");
  const Dims ones(axes.size(), 1);
  const std::span<const std::int64_t> strides = has_like ? ones : operation.integers("strides", ones);
  if (begins.size() != axes.size() || ends.size() != axes.size() || strides.size() != axes.size()) {
    operation.fail("axes, begin, end and strides must be of one length");
  }
  if (has_like && like.size() != dims.size()) {
    operation.fail("its inputs have different ranks: " + to_text(dims) + " and " + to_text(like));
  }
  std::vector<Range> ranges = whole_ranges(dims);
  for (std::size_t index = 0; index < axes.size(); ++index) {
    const std::size_t axis = resolve_axis(operation, axes[index], dims.size());
    ranges[axis] = has_like ? range_of_size(operation, dims[axis], begins[index], like[axis])
                            : range_of(operation, dims[axis], begins[index], ends[index], strides[index]);
  }
  return ranges;
}

void run_slice(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::span<const std::int64_t> like = inputs.size() > 1 ? inputs[1].dims : std::span<const std::int64_t>();
  copy_ranges(slice_ranges(operation, inputs[0].dims, like), inputs[0], outputs[0]);
}

std::vector<Dims> infer_slice(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 2);
  return shape_of(slice_ranges(operation, inputs[0], inputs.size() > 1 ? inputs[1] : Dims()));
}

// ---- with begins and ends that are known at run time only

constexpr std::array<std::string_view, 6> list_names = {"x", "begin", "end", "strides", "begin_mask", "end_mask"};

// The axes that are cut, resolved: those named, else all.
std::vector<std::size_t> cut_axes(const OperationView& operation, std::size_t rank) {
  std::vector<std::size_t> axes;
  if (operation.has_attribute("axes")) {
    for (const std::int64_t axis : operation.integers("axes")) axes.push_back(resolve_axis(operation, axis, rank));
  } else {
    for (std::size_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
  }
  return axes;
}

Dims fixed_sizes(const OperationView& operation, std::size_t count) {
  Dims sizes(count, -1);
  const std::span<const std::int64_t> stated = operation.integers("sizes", sizes);
  if (stated.size() != count) operation.fail("sizes must have one entry for each axis that is cut");
  sizes.assign(stated.begin(), stated.end());
  for (const std::int64_t size : sizes) {
    if (size != -1 && size < 1) operation.fail("sizes can't have " + std::to_string(size));
  }
  return sizes;
}

std::vector<Dims> infer_dynamic_slice(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, list_names.size());
  const std::vector<std::size_t> axes = cut_axes(operation, inputs[0].size());
  const Dims sizes = fixed_sizes(operation, axes.size());
  for (std::size_t input = 1; input < inputs.size(); ++input) {
    if (!operation.has_input(input)) continue;
    const std::size_t length = list_length(operation, inputs[input], list_names[input]);
    if (length != axes.size()) {
      operation.fail(std::string(list_names[input]) + " has " + std::to_string(length) + " values for " +
                     std::to_string(axes.size()) + " axes");
    }
  }
  if (!operation.has_input(2) && !operation.has_input(5) && std::ranges::find(sizes, -1) != sizes.end()) {
    operation.fail("neither sizes nor end say where it ends");
  }
  Dims out = inputs[0];
  for (std::size_t index = 0; index < axes.size(); ++index) out[axes[index]] = sizes[index];
  return {out};
}

std::vector<Range> dynamic_ranges(const OperationView& operation, Inputs inputs) {
  const std::span<const std::int64_t> dims = inputs[0].dims;
  const std::vector<std::size_t> axes = cut_axes(operation, dims.size());
  const Dims sizes = fixed_sizes(operation, axes.size());
  std::vector<std::vector<double>> lists(list_names.size());
  for (std::size_t input = 1; input < inputs.size(); ++input) {
    if (operation.has_input(input)) lists[input] = numbers_of(inputs[input]);
  }
  const auto value = [&](std::size_t input, std::size_t index, std::int64_t absent) {
    if (lists[input].empty()) return absent;
    return whole_number(operation, lists[input][index], list_names[input]);
  };
  const auto is_set = [&](std::size_t input, std::size_t index) {
    return !lists[input].empty() && lists[input][index] != 0;
  };
  std::vector<Range> ranges = whole_ranges(dims);
  for (std::size_t index = 0; index < axes.size(); ++index) {
    const std::int64_t size = dims[axes[index]];
    if (sizes[index] != -1) {
      ranges[axes[index]] = range_of_size(operation, size, value(1, index, 0), sizes[index]);
      continue;
    }
    const std::int64_t stride = value(3, index, 1);
    const std::int64_t far = stride > 0 ? longest_stride : -longest_stride;  // clamped to the end in this direction
    const std::int64_t begin = is_set(4, index) ? -far : value(1, index, 0);
    const std::int64_t end = is_set(5, index) ? far : value(2, index, far);
    ranges[axes[index]] = range_of(operation, size, begin, end, stride);
  }
  return ranges;
}

void run_dynamic_slice(const OperationView& operation, Inputs inputs, Outputs outputs) {
  copy_ranges(dynamic_ranges(operation, inputs), inputs[0], outputs[0]);
}

std::vector<Dims> dynamic_slice_shapes(const OperationView& operation, Inputs inputs) {
  return shape_of(dynamic_ranges(operation, inputs));
}

// ---- windows

void run_sliding_windows(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::size_t axis = resolve_axis(operation, operation.integer("axis"), inputs[0].dims.size());
  StridedView view{{outputs[0].dims.begin(), outputs[0].dims.end()}, row_major_strides(inputs[0].dims), 0};
  const std::int64_t along = view.strides[axis];
  view.strides.insert(view.strides.begin() + static_cast<std::ptrdiff_t>(axis), along * operation.integer("step"));
  copy_view(view, inputs[0], outputs[0]);
}

std::vector<Dims> infer_sliding_windows(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  Dims out = inputs[0];
  const std::size_t axis = resolve_axis(operation, operation.integer("axis"), out.size());
  const std::int64_t size = operation.integer("size");
  const std::int64_t step = operation.integer("step");
  if (step < 1 || step > longest_stride) operation.fail("step can't be " + std::to_string(step));
  if (size < 1 || size > out[axis]) {
    operation.fail("a window of " + std::to_string(size) + " doesn't fit into " + std::to_string(out[axis]) +
                   " values");
  }
  const std::int64_t count = (out[axis] - size) / step + 1;
  out[axis] = size;
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(axis), count);
  return {out};
}

constexpr std::array list = {
    Kernel{"dynamic_slice", infer_dynamic_slice, run_dynamic_slice, dynamic_slice_shapes, nullptr, takes_placed,
           0b111110},
    Kernel{"slice", infer_slice, run_slice, nullptr, nullptr, takes_alike},
    Kernel{"sliding_windows", infer_sliding_windows, run_sliding_windows, nullptr, nullptr, takes_alike},
};

}  // namespace

std::span<const Kernel> slicing_kernels() { return list; }

}  // namespace goldilocks::graph
