#include "core/quantization/slices.hpp"

#include <utility>

namespace goldilocks::quantization {

Slices::Slices(std::vector<std::int64_t> shape, const weights::Grid& grid)
    : grid_(grid), slice_shape_(std::move(shape)), strides_(slice_shape_.size(), 1) {
  if (grid_.empty()) grid_.assign(slice_shape_.size(), 1);
  for (std::size_t axis = slice_shape_.size(); axis-- > 1;) {
    strides_[axis - 1] = strides_[axis] * static_cast<std::size_t>(slice_shape_[axis]);
  }
  for (std::size_t axis = 0; axis < grid_.size(); ++axis) {
    if (grid_[axis] > 1) rows_ = axis;
    count_ *= static_cast<std::size_t>(grid_[axis]);
    slice_shape_[axis] /= grid_[axis];
    size_ *= static_cast<std::size_t>(slice_shape_[axis]);
  }
  for (std::size_t axis = rows_; axis < slice_shape_.size(); ++axis) {
    row_ *= static_cast<std::size_t>(slice_shape_[axis]);
  }
  row_ = std::max<std::size_t>(row_, 1);
}

}  // namespace goldilocks::quantization
