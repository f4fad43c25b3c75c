// pad: rows and columns around each plane, filled with a constant, with the plane's reflection, or with its edge.
//
//      constant 0 0 a b c    reflect c b a b c    replicate a a a b c
#include <algorithm>
#include <array>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"

namespace goldilocks::graph {
namespace {

enum class Mode { constant, reflect, replicate };

Mode mode_of(const OperationView& operation) {
  const std::string_view text = operation.text("mode", "constant");
  check_choice(operation, "mode", text, {"constant", "reflect", "replicate"});
  if (text == "reflect") return Mode::reflect;
  return text == "replicate" ? Mode::replicate : Mode::constant;
}

// The input's index for one that may lie outside; -1 where the constant belongs.
std::int64_t source_of(std::int64_t at, std::int64_t size, Mode mode) {
  if (at >= 0 && at < size) return at;
  if (mode == Mode::constant) return -1;
  if (mode == Mode::replicate) return std::clamp<std::int64_t>(at, 0, size - 1);
  return at < 0 ? -at : 2 * (size - 1) - at;
}

void run_pad(const OperationView& operation, std::span<const TensorView> inputs,
             std::span<const MutableTensorView> outputs) {
  const Mode mode = mode_of(operation);
  const std::array<std::int64_t, 4> pads = edges_attribute(operation, "pads");
  const auto constant = static_cast<float>(operation.number("value", 0));
  const std::size_t rank = inputs[0].dims.size();
  const std::int64_t height = inputs[0].dims[rank - 2];
  const std::int64_t width = inputs[0].dims[rank - 1];
  const std::int64_t planes = leading_count(inputs[0].dims, 2);
  float* out = outputs[0].values.data();
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    const float* values = inputs[0].values.data() + plane * height * width;
    for (std::int64_t y = 0; y < outputs[0].dims[rank - 2]; ++y) {
      const std::int64_t row = source_of(y - pads[0], height, mode);
      for (std::int64_t x = 0; x < outputs[0].dims[rank - 1]; ++x) {
        const std::int64_t column = source_of(x - pads[2], width, mode);
        *out++ = row < 0 || column < 0 ? constant : values[row * width + column];
      }
    }
  }
}

std::vector<Dims> infer_pad(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 1, 1);
  check_rank(operation, inputs[0], 2);
  const std::array<std::int64_t, 4> pads = edges_attribute(operation, "pads");
  operation.number("value", 0);
  Dims out = inputs[0];
  std::int64_t& height = out[out.size() - 2];
  std::int64_t& width = out[out.size() - 1];
  if (mode_of(operation) == Mode::reflect &&
      (std::max(pads[0], pads[1]) >= height || std::max(pads[2], pads[3]) >= width)) {
    operation.fail("a reflection of " + to_text(pads) + " needs more than the plane of " + to_text(inputs[0]));
  }
  height += pads[0] + pads[1];
  width += pads[2] + pads[3];
  return {out};
}

constexpr std::array list = {Kernel{"pad", infer_pad, run_pad}};

}  // namespace

std::span<const Kernel> padding_kernels() { return list; }

}  // namespace goldilocks::graph
