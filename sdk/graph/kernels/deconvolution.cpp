// deconvolution (transposed convolution): each input value, times the kernel, is added to the output around
// (y * sy, x * sx); then the edges are cropped.
//
// Written from the output's side: out[o, y, x] = bias[o] + sum over c, i, j with y + top = v * sy + i and
// x + left = u * sx + j of weight[c, o, i, j] * in[c, v, u]. Sums are float64.
#include <array>
#include <vector>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"

namespace goldilocks::graph {
namespace {

struct Deconvolution {
  std::size_t channels, height, width;  // input, of one group
  std::size_t outputs;                  // output channels, of one group
  std::size_t kernel_height, kernel_width;
  std::array<std::int64_t, 2> stride;
  SpatialWindow rows, columns;

  std::size_t input_size() const { return height * width; }
  std::size_t output_size() const { return static_cast<std::size_t>(rows.output * columns.output); }
};

// The input index whose product at kernel position `offset` lands on output index `at`; -1 if there is none.
std::int64_t source_of(std::int64_t at, const SpatialWindow& window, std::size_t offset, std::int64_t stride,
                       std::size_t size) {
  const std::int64_t scaled = at + window.before - static_cast<std::int64_t>(offset);
  if (scaled < 0 || scaled % stride != 0 || scaled / stride >= static_cast<std::int64_t>(size)) return -1;
  return scaled / stride;
}

// Adds one input plane's contribution to one output plane.
void add_plane(const Deconvolution& shape, const float* plane, const float* kernel, std::vector<double>& sums) {
  for (std::int64_t y = 0; y < shape.rows.output; ++y) {
    double* row = sums.data() + y * shape.columns.output;
    for (std::size_t i = 0; i < shape.kernel_height; ++i) {
      const std::int64_t v = source_of(y, shape.rows, i, shape.stride[0], shape.height);
      if (v < 0) continue;
      const float* source = plane + static_cast<std::size_t>(v) * shape.width;
      for (std::size_t j = 0; j < shape.kernel_width; ++j) {
        const auto weight = static_cast<double>(kernel[i * shape.kernel_width + j]);
        for (std::int64_t x = 0; x < shape.columns.output; ++x) {
          const std::int64_t u = source_of(x, shape.columns, j, shape.stride[1], shape.width);
          if (u >= 0) row[x] += weight * static_cast<double>(source[u]);
        }
      }
    }
  }
}

void run_deconvolution(const OperationView& operation, std::span<const TensorView> inputs,
                       std::span<const MutableTensorView> outputs) {
  const std::span<const std::int64_t> in = inputs[0].dims;
  const std::span<const std::int64_t> kernel = inputs[1].dims;
  const std::size_t rank = in.size();
  const auto groups = static_cast<std::size_t>(operation.integer("groups", 1));
  const Deconvolution shape{static_cast<std::size_t>(kernel[0]) / groups,
                            static_cast<std::size_t>(in[rank - 2]),
                            static_cast<std::size_t>(in[rank - 1]),
                            static_cast<std::size_t>(kernel[1]),
                            static_cast<std::size_t>(kernel[2]),
                            static_cast<std::size_t>(kernel[3]),
                            pair_attribute(operation, "strides", 1),
                            deconvolution_window(operation, 0, in[rank - 2], kernel[2]),
                            deconvolution_window(operation, 1, in[rank - 1], kernel[3])};
  const bool has_bias = inputs.size() > 2 && inputs[2].present();
  const std::size_t kernel_size = shape.kernel_height * shape.kernel_width;
  const std::size_t images = static_cast<std::size_t>(leading_count(in, 3)) * groups;
  std::vector<double> sums(shape.output_size());
  for (std::size_t image = 0; image < images; ++image) {  // an image's part in one group, really
    const std::size_t group = image % groups;
    const float* source = inputs[0].values.data() + image * shape.channels * shape.input_size();
    float* target = outputs[0].values.data() + image * shape.outputs * shape.output_size();
    for (std::size_t output = 0; output < shape.outputs; ++output) {
      const double bias = has_bias ? static_cast<double>(inputs[2].values[group * shape.outputs + output]) : 0.0;
      sums.assign(sums.size(), bias);
      for (std::size_t channel = 0; channel < shape.channels; ++channel) {
        const std::size_t weight = ((group * shape.channels + channel) * shape.outputs + output) * kernel_size;
        add_plane(shape, source + channel * shape.input_size(), inputs[1].values.data() + weight, sums);
      }
      for (std::size_t at = 0; at < sums.size(); ++at) {
        target[output * shape.output_size() + at] = static_cast<float>(sums[at]);
      }
    }
  }
}

std::vector<Dims> infer_deconvolution(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 3);
  check_rank(operation, inputs[0], 3);
  const Dims& weight = inputs[1];
  if (weight.size() != 4) operation.fail("the weight has shape " + to_text(weight) + "; its rank must be 4");
  const std::int64_t groups = operation.integer("groups", 1);
  Dims out = inputs[0];
  const std::size_t channel = out.size() - 3;
  if (groups < 1 || weight[0] % groups != 0) {
    operation.fail("groups = " + std::to_string(groups) + " doesn't divide " + std::to_string(weight[0]) +
                   " input channels");
  }
  check_shape(operation, "the weight", weight, Dims{out[channel], weight[1], weight[2], weight[3]});
  const std::int64_t outputs = checked_product(operation, weight[1], groups);
  if (operation.has_input(2)) check_shape(operation, "the bias", inputs[2], Dims{outputs});
  out[channel + 1] = deconvolution_window(operation, 0, out[channel + 1], weight[2]).output;
  out[channel + 2] = deconvolution_window(operation, 1, out[channel + 2], weight[3]).output;
  out[channel] = outputs;
  return {out};
}

constexpr std::array list = {Kernel{"deconvolution", infer_deconvolution, run_deconvolution}};

}  // namespace

std::span<const Kernel> deconvolution_kernels() { return list; }

}  // namespace goldilocks::graph
