// upsample: each plane on a finer grid, by its nearest value or by interpolation between the four around.
//
// An output index i stands at a position of the input's grid 0 .. size-1, by the `grid` attribute:
//      scaled         i * size / output
//      align_corners  i * (size - 1) / (output - 1)
//      half_pixel     (i + 1/2) * size / output - 1/2
// and at most at its last point, at least at 0.
#include <array>
#include <cmath>
#include <vector>

#include "kernels/bilinear.hpp"
#include "kernels/checks.hpp"
#include "kernels/families.hpp"

namespace goldilocks::graph {
namespace {

double position_of(std::string_view grid, std::int64_t at, std::int64_t size, std::int64_t output) {
  const auto index = static_cast<double>(at);
  const auto ratio = static_cast<double>(size) / static_cast<double>(output);
  if (grid == "half_pixel") return (index + 0.5) * ratio - 0.5;
  if (grid == "scaled") return index * ratio;
  return output == 1 ? 0.0 : index * static_cast<double>(size - 1) / static_cast<double>(output - 1);
}

std::vector<Sample> samples(const OperationView& operation, std::int64_t size, std::int64_t output) {
  const bool nearest = operation.text("mode", "nearest") == "nearest";
  const std::string_view grid = operation.text("grid", "scaled");
  std::vector<Sample> result;
  for (std::int64_t at = 0; at < output; ++at) {
    if (nearest) {
      // In whole numbers: at * size / output in floating point may fall just short of the next value.
      const std::int64_t source = at * size / output;
      result.push_back({source, source, 0});
      continue;
    }
    result.push_back(sample_at(position_of(grid, at, size, output), size));
  }
  return result;
}

void run_upsample(const OperationView& operation, std::span<const TensorView> inputs,
                  std::span<const MutableTensorView> outputs) {
  const std::size_t rank = inputs[0].dims.size();
  const std::int64_t height = inputs[0].dims[rank - 2];
  const std::int64_t width = inputs[0].dims[rank - 1];
  const std::vector<Sample> rows = samples(operation, height, outputs[0].dims[rank - 2]);
  const std::vector<Sample> columns = samples(operation, width, outputs[0].dims[rank - 1]);
  const std::int64_t planes = leading_count(inputs[0].dims, 2);
  float* out = outputs[0].values.data();
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    const float* values = inputs[0].values.data() + plane * height * width;
    for (const Sample& row : rows) {
      for (const Sample& column : columns) *out++ = interpolate(values, width, row, column);
    }
  }
}

std::vector<Dims> infer_upsample(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  check_rank(operation, inputs[0], 2);
  check_choice(operation, "mode", operation.text("mode", "nearest"), {"nearest", "bilinear"});
  check_choice(operation, "grid", operation.text("grid", "scaled"), {"scaled", "align_corners", "half_pixel"});
  const std::span<const double> scale = operation.numbers("scale");
  if (scale.size() != 2) operation.fail("scale must have two entries");
  Dims out = inputs[0];
  for (std::size_t axis = 0; axis < 2; ++axis) {
    std::int64_t& size = out[out.size() - 2 + axis];
    // In float32, as models state such factors: 10 rows times 2.3 are 23, though the float32 next to 2.3 is below it.
    const float scaled = std::floor(static_cast<float>(size) * static_cast<float>(scale[axis]));
    if (!(scaled >= 1 && scaled <= static_cast<float>(largest_tensor))) {
      operation.fail("scale " + std::to_string(scale[axis]) + " doesn't suit a size of " + std::to_string(size));
    }
    size = static_cast<std::int64_t>(scaled);
  }
  return {out};
}

constexpr std::array list = {Kernel{"upsample", infer_upsample, run_upsample}};

}  // namespace

std::span<const Kernel> resampling_kernels() { return list; }

}  // namespace goldilocks::graph
