#include "stem.hpp"

#include <algorithm>

#include "../lanes/find.hpp"
#include "padded.hpp"

namespace goldilocks::onednn::stem {

Padded padded(const Shape& shape) {
  Padded result{};
  result.size.height = (shape.convolved.height - 1) * shape.stride + shape.kernel.height;
  result.size.width = (shape.convolved.width - 1) * shape.stride + shape.kernel.width;
  result.copied = shape.before.height > 0 || shape.before.width > 0 || result.size.height > shape.input.height ||
                  result.size.width > shape.input.width;
  result.floats = result.copied ? (shape.channels * result.size.height * result.size.width + 15) / 16 * 16 : 0;
  return result;
}

bool has_code(const Shape& shape) {
  return (shape.stride == 1 || shape.stride == 2 || shape.stride == 4) && shape.window.height <= most_window;
}

std::size_t weight_count(const Shape& shape, std::int64_t lanes) {
  return static_cast<std::size_t>(shape.blocks * lanes * shape.channels * shape.kernel.height * shape.kernel.width);
}

// [pair of output blocks, cell of the kernel, output channel of the pair].
void arrange_weights(std::span<const float> given, const Shape& shape, std::int64_t outputs, std::int64_t lanes,
                     std::span<float> arranged) {
  std::ranges::fill(arranged, 0.0F);
  const std::int64_t cells = shape.channels * shape.kernel.height * shape.kernel.width;
  for (std::int64_t output = 0; output < outputs; ++output) {
    const std::int64_t first = output / (2 * lanes) * 2 * lanes;
    const std::int64_t columns = std::min(2 * lanes, shape.blocks * lanes - first);
    float* const column = arranged.data() + first * cells + output - first;
    for (std::int64_t cell = 0; cell < cells; ++cell) {
      column[cell * columns] = given[static_cast<std::size_t>(output * cells + cell)];
    }
  }
}

std::size_t scratch_bytes_before_offsets(const Shape& shape, std::int64_t lanes) {
  const std::int64_t ring = shape.window.height * shape.blocks * shape.convolved.width * lanes;
  return static_cast<std::size_t>(padded(shape).floats + ring) * sizeof(float);
}

std::size_t scratch_bytes(const Shape& shape, std::int64_t lanes) {
  const std::int64_t weights = shape.channels * shape.kernel.height * shape.kernel.width;
  return scratch_bytes_before_offsets(shape, lanes) + static_cast<std::size_t>(weights) * sizeof(std::int64_t);
}

Run find_run(std::int64_t lanes) {
  if constexpr (has_vector_code) {
    if (has_lanes(lanes)) return lanes == 16 ? run_avx512 : run_avx2;
  }
  return nullptr;
}

}  // namespace goldilocks::onednn::stem
