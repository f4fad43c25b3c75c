#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <goldilocks/graph/kernel.hpp>

#include "kernels/checks.hpp"
#include "kernels/numbers.hpp"
#include "kernels/whole_numbers.hpp"

// Where the indexes of a tensor point to: what gathering reads and scattering writes. Indexes may count from the end;
// one that is out of range is an error.
namespace goldilocks::graph {

// Along one axis of `dims`, the indexes in the axis's place: [..., axis, ...] becomes [..., indexes ..., ...].
inline Dims indexed_shape(std::span<const std::int64_t> dims, std::size_t axis, std::span<const std::int64_t> indexes) {
  Dims shape(dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(shape.end(), indexes.begin(), indexes.end());
  shape.insert(shape.end(), dims.begin() + static_cast<std::ptrdiff_t>(axis) + 1, dims.end());
  return shape;
}

// Calls visit(element of a tensor of indexed_shape, element of one of `dims`) for each run of `run` elements.
template <class Visit>
void for_each_indexed(const OperationView& operation, std::span<const std::int64_t> dims, std::size_t axis,
                      const TensorView& places, const Visit& visit) {
  const std::vector<double> indexes = numbers_of(places);
  const auto before = static_cast<std::size_t>(element_count(dims.first(axis)));
  const auto run = static_cast<std::size_t>(element_count(dims.subspan(axis + 1)));
  const auto length = static_cast<std::size_t>(dims[axis]);
  for (std::size_t block = 0; block < before; ++block) {
    for (std::size_t at = 0; at < indexes.size(); ++at) {
      const std::size_t place = resolve_index(operation, indexes[at], dims[axis]);
      visit((block * indexes.size() + at) * run, (block * length + place) * run, run);
    }
  }
}

// Of what the rows of a list of indexes point to: the rows' dimensions but the last, then those that they leave.
inline Dims pointed_shape(const OperationView& operation, std::span<const std::int64_t> dims,
                          std::span<const std::int64_t> indexes) {
  if (indexes.empty() || indexes.back() < 1 || indexes.back() > static_cast<std::int64_t>(dims.size())) {
    operation.fail("rows of indexes of shape " + to_text(indexes) + " don't point into " + to_text(dims));
  }
  Dims shape(indexes.begin(), indexes.end() - 1);
  shape.insert(shape.end(), dims.begin() + indexes.back(), dims.end());
  if (shape.empty()) shape.push_back(1);  // every tensor has rank 1 at least
  return shape;
}

template <class Visit>
void for_each_pointed(const OperationView& operation, std::span<const std::int64_t> dims, const TensorView& indexes,
                      const Visit& visit) {
  const auto depth = static_cast<std::size_t>(indexes.dims.back());
  const auto run = static_cast<std::size_t>(element_count(dims.subspan(depth)));
  const std::vector<double> numbers = numbers_of(indexes);
  for (std::size_t row = 0; row * depth < numbers.size(); ++row) {
    std::size_t place = 0;
    for (std::size_t axis = 0; axis < depth; ++axis) {
      place = place * static_cast<std::size_t>(dims[axis]) +
              resolve_index(operation, numbers[row * depth + axis], dims[axis]);
    }
    visit(row * run, place * run, run);
  }
}

// Indexes of `dims` but for the axis's length.
inline void check_along_axis(const OperationView& operation, std::span<const std::int64_t> dims, std::size_t axis,
                             std::span<const std::int64_t> indexes) {
  Dims expected(dims.begin(), dims.end());
  if (indexes.size() == dims.size()) expected[axis] = indexes[axis];
  check_shape(operation, "the tensor of indexes", indexes, expected);
}

template <class Visit>
void for_each_along_axis(const OperationView& operation, std::span<const std::int64_t> dims, std::size_t axis,
                         const TensorView& indexes, const Visit& visit) {
  const auto run = static_cast<std::size_t>(element_count(dims.subspan(axis + 1)));
  const auto rows = static_cast<std::size_t>(indexes.dims[axis]);
  const auto length = static_cast<std::size_t>(dims[axis]);
  const std::vector<double> numbers = numbers_of(indexes);
  for (std::size_t element = 0; element < numbers.size(); ++element) {
    const std::size_t block = element / (rows * run);
    const std::size_t place = resolve_index(operation, numbers[element], dims[axis]);
    visit(element, (block * length + place) * run + element % run, std::size_t{1});
  }
}

}  // namespace goldilocks::graph
