#include "kernels/whole_numbers.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "kernels/numbers.hpp"

namespace goldilocks::graph {

std::int64_t whole_number(const OperationView& operation, double value, std::string_view what) {
  constexpr double limit = 1099511627776.0;  // 2^40
  if (std::isnan(value)) operation.fail(std::string(what) + " has a value that is not a number");
  return static_cast<std::int64_t>(std::clamp(std::trunc(value), -limit, limit));
}

Dims whole_numbers(const OperationView& operation, const TensorView& values, std::string_view what) {
  Dims numbers;
  for (const double value : numbers_of(values)) numbers.push_back(whole_number(operation, value, what));
  return numbers;
}

std::size_t resolve_index(const OperationView& operation, double value, std::int64_t size) {
  const std::int64_t index = whole_number(operation, value, "indexes");
  if (index < -size || index >= size) {
    operation.fail("index " + std::to_string(index) + " is out of range for " + std::to_string(size) + " values");
  }
  return static_cast<std::size_t>(index < 0 ? index + size : index);
}

std::size_t list_length(const OperationView& operation, std::span<const std::int64_t> dims, std::string_view what) {
  if (dims.size() != 1) {
    operation.fail(std::string(what) + " must be a list, of rank 1; it has shape " + to_text(dims));
  }
  constexpr std::int64_t longest = 64;  // far beyond any rank; what is asked for open sizes may be anything
  if (dims[0] > longest) operation.fail(std::string(what) + " has " + std::to_string(dims[0]) + " values");
  return static_cast<std::size_t>(dims[0]);
}

}  // namespace goldilocks::graph
