#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

// Interpolation between the points of a plane, which several families share.
namespace goldilocks::graph {

// The two indexes along an axis between which a position lies, and how far it is from the first to the second.
struct Sample {
  std::int64_t low = 0;
  std::int64_t high = 0;
  double weight = 0;
};

// Of an axis of `size` points; a position beyond its ends is taken as the end.
inline Sample sample_at(double position, std::int64_t size) {
  const double inside = std::clamp(position, 0.0, static_cast<double>(size - 1));
  const auto low = static_cast<std::int64_t>(std::floor(inside));
  return {low, std::min(low + 1, size - 1), inside - static_cast<double>(low)};
}

// First along the rows, then between them.
inline float interpolate(const float* plane, std::int64_t width, const Sample& row, const Sample& column) {
  const auto value = [&](std::int64_t y, std::int64_t x) { return static_cast<double>(plane[y * width + x]); };
  const double upper = value(row.low, column.low) * (1 - column.weight) + value(row.low, column.high) * column.weight;
  const double lower = value(row.high, column.low) * (1 - column.weight) + value(row.high, column.high) * column.weight;
  return static_cast<float>(upper * (1 - row.weight) + lower * row.weight);
}

}  // namespace goldilocks::graph
