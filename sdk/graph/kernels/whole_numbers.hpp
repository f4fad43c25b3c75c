#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <goldilocks/graph/kernel.hpp>

// Indexes, sizes and counts that come as the values of a tensor. All throw GraphError with the operation's layer.
namespace goldilocks::graph {

// Rounded toward zero, and limited to +-2^40, which lies beyond any tensor. Throws for what is not a number.
std::int64_t whole_number(const OperationView& operation, double value, std::string_view what);

// All values of a tensor of any type of numbers.
Dims whole_numbers(const OperationView& operation, const TensorView& values, std::string_view what);

// An index among `size` values, from the end where negative. Throws if there is none of that index.
std::size_t resolve_index(const OperationView& operation, double value, std::int64_t size);

// Throws unless an input that holds a list for dimensions has rank 1 and no more values than any tensor has dimensions;
// returns how many.
std::size_t list_length(const OperationView& operation, std::span<const std::int64_t> dims, std::string_view what);

}  // namespace goldilocks::graph
