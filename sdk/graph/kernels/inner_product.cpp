// inner_product: y[row, o] = bias[o] + sum over k of weight[o, k] * x[row, k], where the last `input_axes` dimensions
// of x are one row. Sums are float64, in four strands that can be computed side by side.
#include <array>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"

namespace goldilocks::graph {
namespace {

double dot(const float* left, const float* right, std::size_t count) {
  std::array<double, 4> sums{};
  std::size_t k = 0;
  for (; k + sums.size() <= count; k += sums.size()) {
    for (std::size_t strand = 0; strand < sums.size(); ++strand) {
      sums[strand] += static_cast<double>(left[k + strand]) * static_cast<double>(right[k + strand]);
    }
  }
  for (; k < count; ++k) sums[0] += static_cast<double>(left[k]) * static_cast<double>(right[k]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

void run_inner_product(const OperationView&, std::span<const TensorView> inputs,
                       std::span<const MutableTensorView> outputs) {
  const auto channels = static_cast<std::size_t>(inputs[1].dims[0]);
  const auto width = static_cast<std::size_t>(inputs[1].dims[1]);
  const bool has_bias = inputs.size() > 2 && inputs[2].present();
  const std::size_t rows = inputs[0].values.size() / width;
  for (std::size_t row = 0; row < rows; ++row) {
    const float* x = inputs[0].values.data() + row * width;
    for (std::size_t channel = 0; channel < channels; ++channel) {
      const double bias = has_bias ? static_cast<double>(inputs[2].values[channel]) : 0.0;
      outputs[0].values[row * channels + channel] =
          static_cast<float>(bias + dot(inputs[1].values.data() + channel * width, x, width));
    }
  }
}

std::vector<Dims> infer_inner_product(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 3);
  const std::int64_t axes = operation.integer("input_axes", 1);
  Dims out = inputs[0];
  if (axes < 1 || axes > static_cast<std::int64_t>(out.size())) {
    operation.fail("input_axes = " + std::to_string(axes) + " doesn't suit an input of shape " + to_text(out));
  }
  const std::size_t first = out.size() - static_cast<std::size_t>(axes);
  const std::int64_t width = element_count(std::span(out).subspan(first));
  if (inputs[1].size() != 2) operation.fail("the weight has shape " + to_text(inputs[1]) + "; its rank must be 2");
  const std::int64_t channels = inputs[1][0];
  check_shape(operation, "the weight", inputs[1], Dims{channels, width});
  if (operation.has_input(2)) check_shape(operation, "the bias", inputs[2], Dims{channels});
  out[first] = channels;
  for (std::size_t axis = first + 1; axis < out.size(); ++axis) out[axis] = 1;
  return {out};
}

constexpr std::array list = {Kernel{"inner_product", infer_inner_product, run_inner_product}};

}  // namespace

std::span<const Kernel> inner_product_kernels() { return list; }

}  // namespace goldilocks::graph
