#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/weights/encoding.hpp"

namespace goldilocks::quantization {

// A tensor cut into equal slices by a grid whose dimensions divide its own. Slices are numbered row by row, as the grid
// is; each is a tensor of its own.
class Slices {
 public:
  Slices(std::vector<std::int64_t> shape, const weights::Grid& grid);

  std::size_t count() const { return count_; }
  const std::vector<std::int64_t>& shape() const { return slice_shape_; }  // of each slice
  std::size_t size() const { return size_; }                               // values of each slice

  // Copies a slice out of the tensor, and back into it.
  template <class T>
  void cut(std::span<const T> tensor, std::size_t slice, std::span<T> values) const {
    for_each_row(slice, [&](std::size_t in_tensor, std::size_t in_slice) {
      std::copy_n(tensor.begin() + in_tensor, row_, values.begin() + in_slice);
    });
  }
  template <class T>
  void put(std::span<const T> values, std::size_t slice, std::span<T> tensor) const {
    for_each_row(slice, [&](std::size_t in_tensor, std::size_t in_slice) {
      std::copy_n(values.begin() + in_slice, row_, tensor.begin() + in_tensor);
    });
  }

 private:
  // Calls body(place in the tensor, place in the slice) for each run of row_ values that lie together in both.
  template <class Body>
  void for_each_row(std::size_t slice, const Body& body) const {
    std::size_t place = 0;
    for (std::size_t axis = grid_.size(); axis-- > 0;) {
      const auto blocks = static_cast<std::size_t>(grid_[axis]);
      place += slice % blocks * static_cast<std::size_t>(slice_shape_[axis]) * strides_[axis];
      slice /= blocks;
    }
    std::vector<std::int64_t> position(rows_, 0);
    for (std::size_t done = 0; done < size_; done += row_) {
      body(static_cast<std::ptrdiff_t>(place), static_cast<std::ptrdiff_t>(done));
      for (std::size_t axis = rows_; axis-- > 0;) {
        place += strides_[axis];
        if (++position[axis] < slice_shape_[axis]) break;
        place -= strides_[axis] * static_cast<std::size_t>(slice_shape_[axis]);
        position[axis] = 0;
      }
    }
  }

  weights::Grid grid_;
  std::vector<std::int64_t> slice_shape_;
  std::vector<std::size_t> strides_;  // of the tensor
  std::size_t count_ = 1;
  std::size_t size_ = 1;
  std::size_t rows_ = 0;  // the axes in front of those that a slice holds in one piece
  std::size_t row_ = 1;
};

}  // namespace goldilocks::quantization
