#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <goldilocks/graph/kernel.hpp>

#include "kernels/checks.hpp"
#include "kernels/numbers.hpp"
#include "kernels/takes.hpp"

// For operations whose results have sizes that only computing them tells: those of the small models around a network,
// on float64, int64 and text.
namespace goldilocks::graph {

using Texts = std::vector<const char*>;
using Doubles = std::vector<double>;
using Integers = std::vector<std::int64_t>;
using Produced = std::vector<OwnedTensor>;

// Shapes are known only once it has run; what is checked before is the number of its inputs.
template <std::size_t least_inputs, std::size_t most_inputs, std::size_t outputs>
std::vector<Dims> infer_produced(const OperationView& operation, std::span<const Dims>) {
  check_inputs(operation, least_inputs, most_inputs);
  return std::vector<Dims>(outputs, Dims{-1});
}

// A kernel that takes whatever it is given, and looks at types as it runs.
template <std::size_t least_inputs, std::size_t most_inputs, std::size_t outputs>
constexpr Kernel producing(std::string_view type, decltype(Kernel::produce) produce) {
  return {type,
          infer_produced<least_inputs, most_inputs, outputs>,
          nullptr,
          nullptr,
          nullptr,
          takes_anything,
          ~std::uint64_t{0},
          produce};
}

// The elements of numbers as float64. Fails for text.
Doubles numbers_of(const OperationView& operation, const TensorView& tensor);

// The index of a category (one element of `tensor`) in a list of the same type; none if it isn't there.
std::optional<std::size_t> find_category(const OperationView& operation, const TensorView& tensor, std::size_t element,
                                         const TensorView& list);

// One element as text, for messages.
std::string element_text(const TensorView& tensor, std::size_t element);

// Tensors of these elements.
OwnedTensor tensor_of(Dims dims, std::span<const double> numbers);
OwnedTensor list_of(std::span<const double> numbers);
OwnedTensor list_of(std::span<const std::int64_t> numbers);
// The elements of `tensor` at these places, as a tensor of this shape.
OwnedTensor elements_at(const TensorView& tensor, std::span<const std::size_t> places, Dims dims);
OwnedTensor copy_of(const TensorView& tensor);

}  // namespace goldilocks::graph
