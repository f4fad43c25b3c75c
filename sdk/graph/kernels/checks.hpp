#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include <goldilocks/graph/kernel.hpp>

// What the shape rules of several families check alike. All throw GraphError with the operation's layer and type.
namespace goldilocks::graph {

// Inputs `required..most` in number; the required ones must not be absent.
void check_inputs(const OperationView& operation, std::size_t required, std::size_t most);
void check_rank(const OperationView& operation, std::span<const std::int64_t> dims, std::size_t least);
// An input (a bias, ...) that must have exactly this shape.
void check_shape(const OperationView& operation, std::string_view what, std::span<const std::int64_t> dims,
                 std::span<const std::int64_t> expected);
// The text is one of `choices`.
void check_choice(const OperationView& operation, std::string_view attribute, std::string_view text,
                  std::initializer_list<std::string_view> choices);

// A list attribute of two entries, [height, width], each at least 1.
std::array<std::int64_t, 2> pair_attribute(const OperationView& operation, std::string_view name,
                                           std::int64_t fallback);
// A list attribute of four entries, [top, bottom, left, right], each at least 0; zeros where it is absent.
std::array<std::int64_t, 4> edges_attribute(const OperationView& operation, std::string_view name);

// A multiplication or sum of sizes that would pass the largest tensor anyway is an error, not an overflow.
std::int64_t checked_product(const OperationView& operation, std::int64_t left, std::int64_t right);

// The part of a tensor before its last `trailing` dimensions, as one count: how many images, for 3.
std::int64_t leading_count(std::span<const std::int64_t> dims, std::size_t trailing);

}  // namespace goldilocks::graph
