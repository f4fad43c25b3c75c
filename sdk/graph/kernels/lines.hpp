#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include <goldilocks/graph/kernel.hpp>

// What works along one axis of a row-major tensor.
namespace goldilocks::graph {

// The values along an axis at one place of all other axes: values[at(i)], i from 0 to length - 1.
struct Line {
  std::size_t start;
  std::size_t stride;
  std::size_t length;

  std::size_t at(std::size_t index) const { return start + index * stride; }
};

// Calls visit(line, number) for each line, in row-major order of the other axes.
template <class Visit>
void for_each_line(std::span<const std::int64_t> dims, std::size_t axis, const Visit& visit) {
  const auto length = static_cast<std::size_t>(dims[axis]);
  const auto stride = static_cast<std::size_t>(element_count(dims.subspan(axis + 1)));
  const auto blocks = static_cast<std::size_t>(element_count(dims.first(axis)));
  for (std::size_t block = 0; block < blocks; ++block) {
    for (std::size_t inner = 0; inner < stride; ++inner) {
      visit(Line{block * length * stride + inner, stride, length}, block * stride + inner);
    }
  }
}

// The line of the same number in a tensor that differs in this axis's length only.
inline Line line_of_length(const Line& line, std::size_t number, std::size_t length) {
  const std::size_t inner = number % line.stride;
  return {number / line.stride * length * line.stride + inner, line.stride, length};
}

// The dimensions without these axes, or with 1 in their places. Where none would be left, the shape is [1], as every
// tensor of the networks that are lowered has rank 1 at least.
inline Dims drop_axes(std::span<const std::int64_t> dims, std::span<const std::size_t> axes, bool keep) {
  Dims kept;
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    if (std::ranges::find(axes, axis) == axes.end()) {
      kept.push_back(dims[axis]);
    } else if (keep) {
      kept.push_back(1);
    }
  }
  if (kept.empty()) kept.push_back(1);
  return kept;
}

}  // namespace goldilocks::graph
