#include "kernels/strided.hpp"

namespace goldilocks::graph {

std::vector<std::int64_t> row_major_strides(std::span<const std::int64_t> dims) {
  std::vector<std::int64_t> strides(dims.size());
  std::int64_t stride = 1;
  for (std::size_t axis = dims.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= dims[axis];
  }
  return strides;
}

StridedView broadcast_view(std::span<const std::int64_t> dims, std::span<const std::int64_t> target) {
  const std::size_t missing = target.size() - dims.size();
  const std::vector<std::int64_t> strides = row_major_strides(dims);
  StridedView view{{target.begin(), target.end()}, std::vector<std::int64_t>(target.size(), 0), 0};
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    if (dims[axis] != 1) view.strides[missing + axis] = strides[axis];
  }
  return view;
}

void copy_view(const StridedView& view, const TensorView& values, const MutableTensorView& out) {
  visit_storage(out.type, [&](auto kind) {
    const auto from = values.elements<decltype(kind)>();
    const auto to = out.elements<decltype(kind)>();
    for_each_place(view, [&](std::size_t element, std::size_t place) { to[element] = from[place]; });
  });
}

}  // namespace goldilocks::graph
