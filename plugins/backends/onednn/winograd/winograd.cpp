#include "winograd.hpp"

#include <algorithm>
#include <array>
#include <numbers>

#include "../lanes/find.hpp"
#include "schedule.hpp"

namespace goldilocks::onednn::winograd {
namespace {

constexpr double small = std::numbers::sqrt2 / 2;  // the points' magnitudes
constexpr double large = std::numbers::sqrt2;

// G: the values of a filter of three weights, taken as a polynomial, at the six points; over the product of the
// point's distances from all others, which completes the interpolation.
using Row = std::array<double, 3>;
constexpr std::array<Row, patch_size> filter_points = {{
    {1, 0, 0},
    {-2.0 / 3, -2.0 / 3 * small, -1.0 / 3},
    {-2.0 / 3, 2.0 / 3 * small, -1.0 / 3},
    {1.0 / 6, 1.0 / 6 * large, 1.0 / 3},
    {1.0 / 6, -1.0 / 6 * large, 1.0 / 3},
    {0, 0, 1},
}};

std::int64_t ceil_divided(std::int64_t value, std::int64_t by) { return (value + by - 1) / by; }

// The filter's values at all points, row-major.
std::array<double, points> at_points(const float* filter) {
  std::array<Row, patch_size> half{};  // G w
  for (std::size_t point = 0; point < patch_size; ++point) {
    for (std::size_t column = 0; column < 3; ++column) {
      for (std::size_t row = 0; row < 3; ++row) {
        half[point][column] += filter_points[point][row] * static_cast<double>(filter[row * 3 + column]);
      }
    }
  }
  std::array<double, points> values{};
  for (std::size_t point = 0; point < points; ++point) {
    const Row& left = half[point / patch_size];
    const Row& right = filter_points[point % patch_size];
    values[point] = left[0] * right[0] + left[1] * right[1] + left[2] * right[2];
  }
  return values;
}

}  // namespace

std::int64_t tile_count(const Shape& shape) {
  return shape.images * ceil_divided(shape.output_height, tile_size) * ceil_divided(shape.output_width, tile_size);
}

Schedule schedule_of(const Shape& shape, std::int64_t lanes) {
  constexpr std::int64_t strip_bytes = 160 * 1024;
  constexpr std::int64_t least = 7;
  constexpr std::int64_t most = 14;
  Schedule schedule{};
  schedule.tile_rows = ceil_divided(shape.output_height, tile_size);
  schedule.tile_columns = ceil_divided(shape.output_width, tile_size);
  schedule.tiles = tile_count(shape);
  schedule.depth = shape.input_blocks * lanes;
  // Addresses that are a multiple of 4096 bytes apart would share few places in the first cache.
  schedule.point_step = schedule.depth % 64 == 0 ? schedule.depth + lanes : schedule.depth;
  const std::int64_t tile_bytes = points * schedule.point_step * static_cast<std::int64_t>(sizeof(float));
  const std::int64_t largest = std::clamp(strip_bytes / tile_bytes, least, most);
  schedule.strip = ceil_divided(schedule.tiles, ceil_divided(schedule.tiles, largest));
  schedule.result_step = points * 2 * lanes;
  return schedule;
}

std::size_t weight_count(const Shape& shape, std::int64_t lanes) {
  return static_cast<std::size_t>(points * shape.input_blocks * shape.output_blocks * lanes * lanes);
}

// [pair of output blocks, point, input channel, output channel of the pair], as the matrix product reads them.
void transform_weights(std::span<const float> weights, std::int64_t outputs, std::int64_t inputs, std::int64_t lanes,
                       std::span<float> transformed) {
  std::ranges::fill(transformed, 0.0F);
  const std::int64_t depth = ceil_divided(inputs, lanes) * lanes;
  const std::int64_t width = ceil_divided(outputs, lanes) * lanes;
  for (std::int64_t output = 0; output < outputs; ++output) {
    const std::int64_t pair = output / (2 * lanes);
    const std::int64_t first = pair * 2 * lanes;
    const std::int64_t columns = std::min(2 * lanes, width - first);
    float* const of_pair = transformed.data() + first * points * depth;
    for (std::int64_t input = 0; input < inputs; ++input) {
      const std::array<double, points> values =
          at_points(&weights[static_cast<std::size_t>(output * inputs + input) * 9]);
      for (std::int64_t point = 0; point < points; ++point) {
        of_pair[(point * depth + input) * columns + output - first] =
            static_cast<float>(values[static_cast<std::size_t>(point)]);
      }
    }
  }
}

std::size_t scratch_bytes(const Shape& shape, std::int64_t lanes) {
  const Schedule schedule = schedule_of(shape, lanes);
  const std::int64_t floats = schedule.strip * (points * schedule.point_step + schedule.result_step);
  return static_cast<std::size_t>(floats) * sizeof(float);
}

Run find_run(std::int64_t lanes) {
  if constexpr (has_vector_code) {
    if (has_lanes(lanes)) return lanes == 16 ? run_avx512 : run_avx2;
  }
  return nullptr;
}

}  // namespace goldilocks::onednn::winograd
