#include "core/formats/neural_network/lowering/layers/common.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace goldilocks::lowering {

std::size_t resolved_axis(const LayerLowering& lowering, std::int64_t axis, std::size_t rank) {
  const auto count = static_cast<std::int64_t>(rank);
  if (axis < -count || axis >= count) {
    lowering.fail("axis " + std::to_string(axis) + " is out of range for rank " + std::to_string(rank));
  }
  return static_cast<std::size_t>(axis < 0 ? axis + count : axis);
}

std::optional<Integers> constant_integers(const LayerLowering& lowering, std::size_t input) {
  const std::span<const float> content = lowering.constant_input(input);
  if (content.empty()) return std::nullopt;
  constexpr double limit = 1099511627776.0;  // 2^40
  Integers integers;
  for (const float value : content) {
    if (std::isnan(value)) lowering.fail("a value of its input " + std::to_string(input) + " is not a number");
    integers.push_back(static_cast<std::int64_t>(std::clamp(std::trunc(static_cast<double>(value)), -limit, limit)));
  }
  return integers;
}

Integers counted(std::size_t count) {
  Integers indexes(count);
  std::iota(indexes.begin(), indexes.end(), std::int64_t{0});
  return indexes;
}

Reshaping without_axes(const std::vector<bool>& gone) {
  Reshaping reshaping;
  for (std::size_t axis = 0; axis < gone.size(); ++axis) {
    if (!gone[axis]) reshaping.copy(axis);
  }
  if (std::ranges::find(gone, false) == gone.end()) reshaping.size(1);
  return reshaping;
}

}  // namespace goldilocks::lowering
