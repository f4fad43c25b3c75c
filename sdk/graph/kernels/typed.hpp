#pragma once

#include <optional>
#include <string_view>

#include <goldilocks/graph/typed.hpp>

namespace goldilocks::graph {

// One operation on typed tensors. The number of its inputs (absent ones are null) and outputs has been checked.
struct TypedKernel {
  std::string_view type;
  std::size_t least_inputs, most_inputs, outputs;
  void (*run)(const OperationView& operation, std::span<const TypedTensor* const> inputs,
              std::span<TypedTensor> outputs);
};

// Null for an unknown one.
const TypedKernel* find_typed_kernel(std::string_view type);

using Doubles = std::vector<double>;
using Integers = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

// The elements as float64. Fails for text.
Doubles numbers_of(const OperationView& operation, const TypedTensor& tensor);

// The index of a category (one element of `tensor`) in a list of the same type; none if it isn't there.
std::optional<std::size_t> find_category(const OperationView& operation, const TypedTensor& tensor, std::size_t element,
                                         const TypedTensor& list);

// One element as text, for messages.
std::string element_text(const TypedTensor& tensor, std::size_t element);

// A list: [size].
TypedTensor list_of(Doubles values);
TypedTensor list_of(Integers values);
TypedTensor list_of(Texts values);

// The families of kernels.
std::span<const TypedKernel> encoding_kernels();
std::span<const TypedKernel> scaling_kernels();
std::span<const TypedKernel> scoring_kernels();

}  // namespace goldilocks::graph
