#include "kernels/checks.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace goldilocks::graph {
namespace {

// Far beyond any tensor, and small enough that sums and products with it can't overflow 64 bits.
constexpr std::int64_t largest_size = std::int64_t{1} << 40;

}  // namespace

void check_inputs(const OperationView& operation, std::size_t required, std::size_t most) {
  const std::size_t count = operation.inputs().size();
  if (count < required || count > most) {
    operation.fail("has " + std::to_string(count) + " inputs; it takes " +
                   (most == required ? std::to_string(required)
                    : most == std::numeric_limits<std::size_t>::max()
                        ? std::to_string(required) + " or more"
                        : std::to_string(required) + " to " + std::to_string(most)));
  }
  for (std::size_t index = 0; index < required; ++index) {
    if (!operation.has_input(index)) operation.fail("input " + std::to_string(index) + " must not be absent");
  }
}

void check_rank(const OperationView& operation, std::span<const std::int64_t> dims, std::size_t least) {
  if (dims.size() >= least) return;
  operation.fail("an input of shape " + to_text(dims) + " has a rank below " + std::to_string(least));
}

void check_shape(const OperationView& operation, std::string_view what, std::span<const std::int64_t> dims,
                 std::span<const std::int64_t> expected) {
  if (std::ranges::equal(dims, expected)) return;
  operation.fail(std::string(what) + " has shape " + to_text(dims) + " instead of " + to_text(expected));
}

void check_choice(const OperationView& operation, std::string_view attribute, std::string_view text,
                  std::initializer_list<std::string_view> choices) {
  if (std::ranges::find(choices, text) != choices.end()) return;
  operation.fail(std::string(attribute) + " can't be '" + std::string(text) + "'");
}

std::array<std::int64_t, 2> pair_attribute(const OperationView& operation, std::string_view name,
                                           std::int64_t fallback) {
  if (!operation.has_attribute(name)) return {fallback, fallback};
  const std::span<const std::int64_t> pair = operation.integers(name);
  if (pair.size() != 2) operation.fail(std::string(name) + " must have two entries");
  for (const std::int64_t entry : pair) {
    if (entry < 1 || entry > largest_size) operation.fail(std::string(name) + " can't be " + std::to_string(entry));
  }
  return {pair[0], pair[1]};
}

std::array<std::int64_t, 4> edges_attribute(const OperationView& operation, std::string_view name) {
  if (!operation.has_attribute(name)) return {0, 0, 0, 0};
  const std::span<const std::int64_t> edges = operation.integers(name);
  if (edges.size() != 4) operation.fail(std::string(name) + " must have four entries");
  for (const std::int64_t edge : edges) {
    if (edge < 0 || edge > largest_size) operation.fail(std::string(name) + " can't have " + std::to_string(edge));
  }
  return {edges[0], edges[1], edges[2], edges[3]};
}

std::int64_t checked_product(const OperationView& operation, std::int64_t left, std::int64_t right) {
  if (right > 0 && left > largest_size / right) operation.fail("a size is too large");
  return left * right;
}

std::int64_t leading_count(std::span<const std::int64_t> dims, std::size_t trailing) {
  return element_count(dims.first(dims.size() - trailing));
}

std::size_t resolve_axis(const OperationView& operation, std::int64_t axis, std::size_t rank) {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank) {
    operation.fail("axis " + std::to_string(axis) + " is out of range for rank " + std::to_string(rank));
  }
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

Dims broadcast_shape(const OperationView& operation, std::span<const Dims> inputs) {
  Dims shape;
  for (const Dims& dims : inputs) {
    if (dims.size() > shape.size()) shape.insert(shape.begin(), dims.size() - shape.size(), 1);
    const std::size_t offset = shape.size() - dims.size();
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
      std::int64_t& size = shape[offset + axis];
      if (size != dims[axis] && size != 1 && dims[axis] != 1) {
        operation.fail("shapes don't go together: " + to_text(dims) + " and " + to_text(shape));
      }
      size = std::max(size, dims[axis]);
    }
  }
  return shape;
}

}  // namespace goldilocks::graph
