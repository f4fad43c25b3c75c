#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <goldilocks/graph/kernel.hpp>

// What moves values without computing is, most of the time, a tensor seen through other dimensions.
namespace goldilocks::graph {

// Element (i, j, ...) of the view is values[start + i * strides[0] + j * strides[1] + ...]. A stride may be 0 (the
// values repeat) or negative.
struct StridedView {
  Dims dims;
  std::vector<std::int64_t> strides;
  std::int64_t start = 0;
};

// How far apart, in a dense row-major tensor, the neighbours along each axis are.
std::vector<std::int64_t> row_major_strides(std::span<const std::int64_t> dims);

// x as if it had the dimensions to which it broadcasts.
StridedView broadcast_view(std::span<const std::int64_t> dims, std::span<const std::int64_t> target);

// Calls visit(element, place) for all elements of the view, in row-major order; place is the index in the values.
template <class Visit>
void for_each_place(const StridedView& view, const Visit& visit) {
  const auto total = static_cast<std::size_t>(element_count(view.dims));
  std::vector<std::int64_t> position(view.dims.size(), 0);
  std::int64_t place = view.start;
  for (std::size_t element = 0; element < total; ++element) {
    visit(element, static_cast<std::size_t>(place));
    for (std::size_t axis = view.dims.size(); axis-- > 0;) {
      place += view.strides[axis];
      if (++position[axis] < view.dims[axis]) break;
      place -= view.strides[axis] * view.dims[axis];
      position[axis] = 0;
    }
  }
}

// Writes the view of `values` into a dense tensor of as many elements, of the same type, whichever it is.
void copy_view(const StridedView& view, const TensorView& values, const MutableTensorView& out);

}  // namespace goldilocks::graph
