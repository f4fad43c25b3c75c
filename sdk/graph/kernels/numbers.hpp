#pragma once

#include <cmath>
#include <concepts>
#include <limits>
#include <span>
#include <vector>

#include <goldilocks/graph/elements.hpp>

// Kernels compute in float64, which holds every number of the types that they take; these read and write the types
// beside float32.
namespace goldilocks::graph {

// float64 as another type: floats are rounded; of integers the fraction is cut off, and what lies beyond their range
// becomes its end. What is not a number becomes 0.
template <class Element>
Element from_double(double value) {
  if constexpr (std::floating_point<Element>) {
    return static_cast<Element>(value);
  } else {
    constexpr auto low = static_cast<double>(std::numeric_limits<Element>::min());
    constexpr auto high = static_cast<double>(std::numeric_limits<Element>::max());
    if (std::isnan(value)) return 0;
    if (value <= low) return std::numeric_limits<Element>::min();
    if (value >= high) return std::numeric_limits<Element>::max();
    return static_cast<Element>(value);
  }
}

// The elements of a tensor of numbers (float16 and truth values too).
std::vector<double> numbers_of(const TensorView& tensor);

// Writes as many as the tensor has elements. Truth values become 0 or 1.
void store_numbers(std::span<const double> numbers, const MutableTensorView& tensor);

}  // namespace goldilocks::graph
