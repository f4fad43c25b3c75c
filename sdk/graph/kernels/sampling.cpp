// sample: planes at any places, in pixels, by interpolation between the four points around or by the nearest one.
//
// What lies outside of a plane is, by the attribute `outside`, a constant, the edge, or the plane mirrored about the
// centres of its edge points (reflection: a b c -> c b a b c) or about their outer edges (symmetric: b a a b c c b).
#include "kernels/sampling.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "kernels/checks.hpp"

namespace goldilocks::graph {
namespace {

// A position that is mirrored at `low` and at `low + length` until it lies between.
double mirrored(double position, double low, double length) {
  if (length <= 0) return low;
  const double turns = std::fmod(std::fabs(position - low), 2 * length);
  return low + (turns > length ? 2 * length - turns : turns);
}

double inside_of(std::string_view outside, double position, double size) {
  if (outside == "border") return std::clamp(position, 0.0, size - 1);
  if (outside == "reflection") return mirrored(position, 0, size - 1);
  if (outside == "symmetric") return std::clamp(mirrored(position, -0.5, size), 0.0, size - 1);
  return position;
}

class Plane {
 public:
  Plane(const float* values, std::int64_t height, std::int64_t width, double constant)
      : values_(values), height_(height), width_(width), constant_(constant) {}

  double at(double row, double column) const {
    const bool inside =
        row >= 0 && column >= 0 && row < static_cast<double>(height_) && column < static_cast<double>(width_);
    if (!inside) return constant_;
    return static_cast<double>(values_[static_cast<std::int64_t>(row) * width_ + static_cast<std::int64_t>(column)]);
  }

  double between(double y, double x) const {
    const double row = std::floor(y), column = std::floor(x);
    const double down = y - row, right = x - column;
    const double upper = at(row, column) * (1 - right) + at(row, column + 1) * right;
    const double lower = at(row + 1, column) * (1 - right) + at(row + 1, column + 1) * right;
    return upper * (1 - down) + lower * down;
  }

 private:
  const float* values_;
  std::int64_t height_, width_;
  double constant_;
};

}  // namespace

void run_sample(const OperationView& operation, std::span<const TensorView> inputs,
                std::span<const MutableTensorView> outputs) {
  const std::span<const std::int64_t> in = inputs[0].dims, places = inputs[1].dims;
  const std::string_view outside = operation.text("outside");
  const bool nearest = operation.text("mode") == "nearest";
  const double constant = operation.number("value", 0);
  const std::int64_t points = places[1] * places[2], plane_size = in[2] * in[3];
  float* out = outputs[0].values.data();
  for (std::int64_t image = 0; image < in[0]; ++image) {
    const float* coordinates = inputs[1].values.data() + image * points * 2;
    for (std::int64_t channel = 0; channel < in[1]; ++channel) {
      const Plane plane(inputs[0].values.data() + (image * in[1] + channel) * plane_size, in[2], in[3], constant);
      for (std::int64_t point = 0; point < points; ++point) {
        const double x = inside_of(outside, static_cast<double>(coordinates[2 * point]), static_cast<double>(in[3]));
        const double y =
            inside_of(outside, static_cast<double>(coordinates[2 * point + 1]), static_cast<double>(in[2]));
        *out++ = static_cast<float>(nearest ? plane.at(std::nearbyint(y), std::nearbyint(x)) : plane.between(y, x));
      }
    }
  }
}

std::vector<Dims> infer_sample(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 2);
  check_choice(operation, "mode", operation.text("mode"), {"bilinear", "nearest"});
  check_choice(operation, "outside", operation.text("outside"), {"constant", "border", "reflection", "symmetric"});
  operation.number("value", 0);
  const Dims &x = inputs[0], &places = inputs[1];
  if (x.size() != 4) operation.fail("the input has shape " + to_text(x) + " instead of [B, C, H, W]");
  if (places.size() != 4 || places[0] != x[0] || places[3] != 2) {
    operation.fail("the places have shape " + to_text(places) + " instead of [B, h, w, 2]");
  }
  return {{x[0], x[1], places[1], places[2]}};
}

}  // namespace goldilocks::graph
