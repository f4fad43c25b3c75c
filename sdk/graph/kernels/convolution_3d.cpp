// convolution_3d and deconvolution_3d, both from the output's side: which values of the input meet which of the kernel
// at an output's place (volume.hpp) is all that differs between them, but for the order of the weight's channels.
//
//      y[o, z, y, x] = bias[o] + sum over c and taps of weight[o, c, taps] * x[c, taps]         sums are float64
#include <array>
#include <string>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"
#include "kernels/volume.hpp"

namespace goldilocks::graph {
namespace {

using Inputs = std::span<const TensorView>;
using Outputs = std::span<const MutableTensorView>;
using Triple = std::array<std::int64_t, 3>;

Triple last_three(std::span<const std::int64_t> dims) {
  const std::size_t rank = dims.size();
  return {dims[rank - 3], dims[rank - 2], dims[rank - 1]};
}

Volume volume_of(const OperationView& operation, std::span<const std::int64_t> x, std::span<const std::int64_t> weight,
                 bool transposed) {
  const Triple dilations = triple_attribute(operation, "dilations", 1);
  return transposed ? deconvolution_volume(operation, last_three(x), last_three(weight), dilations)
                    : convolution_volume(operation, last_three(x), last_three(weight), dilations);
}

std::array<Taps, 3> taps_of(const OperationView& operation, std::span<const std::int64_t> x,
                            std::span<const std::int64_t> weight, bool transposed) {
  const Volume volume = volume_of(operation, x, weight, transposed);
  const Triple sizes = last_three(x), kernel = last_three(weight);
  const Triple strides = triple_attribute(operation, "strides", 1);
  const Triple dilations = triple_attribute(operation, "dilations", 1);
  std::array<Taps, 3> taps;
  for (std::size_t axis = 0; axis < taps.size(); ++axis) {
    const auto rule = transposed ? deconvolution_taps : convolution_taps;
    taps[axis] = rule(volume[axis], sizes[axis], kernel[axis], strides[axis], dilations[axis]);
  }
  return taps;
}

// Adds one input channel's products to the sums of one output channel.
void add_channel(const std::array<Taps, 3>& taps, const float* x, Triple sizes, const float* kernel,
                 Triple kernel_sizes, std::vector<double>& sums) {
  std::size_t at = 0;
  for (const std::vector<Tap>& depths : taps[0]) {
    for (const std::vector<Tap>& rows : taps[1]) {
      for (const std::vector<Tap>& columns : taps[2]) {
        double sum = 0;
        for (const Tap& z : depths) {
          for (const Tap& y : rows) {
            const float* line = x + (z.input * sizes[1] + y.input) * sizes[2];
            const float* weights = kernel + (z.kernel * kernel_sizes[1] + y.kernel) * kernel_sizes[2];
            for (const Tap& column : columns) {
              sum += static_cast<double>(weights[column.kernel]) * static_cast<double>(line[column.input]);
            }
          }
        }
        sums[at++] += sum;
      }
    }
  }
}

template <bool transposed>
void run(const OperationView& operation, Inputs inputs, Outputs outputs) {
  const std::span<const std::int64_t> in = inputs[0].dims, weight = inputs[1].dims, out = outputs[0].dims;
  const std::array<Taps, 3> taps = taps_of(operation, in, weight, transposed);
  const Triple sizes = last_three(in), kernel_sizes = last_three(weight);
  const std::int64_t groups = operation.integer("groups", 1);
  const std::int64_t group_inputs = in[in.size() - 4] / groups, group_outputs = out[out.size() - 4] / groups;
  const std::int64_t volume = sizes[0] * sizes[1] * sizes[2];
  const std::int64_t kernel_volume = kernel_sizes[0] * kernel_sizes[1] * kernel_sizes[2];
  const bool has_bias = inputs.size() > 2 && inputs[2].present();
  const std::int64_t images = leading_count(in, 4);
  const Triple out_sizes = last_three(out);
  std::vector<double> sums(static_cast<std::size_t>(out_sizes[0] * out_sizes[1] * out_sizes[2]));
  float* y = outputs[0].values.data();
  for (std::int64_t image = 0; image < images; ++image) {
    for (std::int64_t output = 0; output < group_outputs * groups; ++output) {
      const std::int64_t group = output / group_outputs;
      sums.assign(sums.size(), has_bias ? static_cast<double>(inputs[2].values[static_cast<std::size_t>(output)]) : 0);
      for (std::int64_t channel = 0; channel < group_inputs; ++channel) {
        const std::int64_t source = group * group_inputs + channel;
        const std::int64_t kernel =
            transposed ? source * group_outputs + output % group_outputs : output * group_inputs + channel;
        add_channel(taps, inputs[0].values.data() + (image * group_inputs * groups + source) * volume, sizes,
                    inputs[1].values.data() + kernel * kernel_volume, kernel_sizes, sums);
      }
      for (const double sum : sums) *y++ = static_cast<float>(sum);
    }
  }
}

template <bool transposed>
std::vector<Dims> infer(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 3);
  check_rank(operation, inputs[0], 4);
  const Dims& weight = inputs[1];
  if (weight.size() != 5) operation.fail("the weight has shape " + to_text(weight) + "; its rank must be 5");
  const std::int64_t groups = operation.integer("groups", 1);
  if (groups < 1 || weight[0] % groups != 0) {
    operation.fail("groups = " + std::to_string(groups) + " doesn't divide " + std::to_string(weight[0]) + " channels");
  }
  Dims out = inputs[0];
  const std::size_t channel = out.size() - 4;
  Dims expected = weight;
  expected[transposed ? 0 : 1] = transposed ? out[channel] : out[channel] / groups;
  check_shape(operation, "the weight", weight, expected);
  if (out[channel] % groups != 0) operation.fail("groups = " + std::to_string(groups) + " doesn't divide the input");
  out[channel] = transposed ? checked_product(operation, weight[1], groups) : weight[0];
  if (operation.has_input(2)) check_shape(operation, "the bias", inputs[2], Dims{out[channel]});
  const Volume volume = volume_of(operation, inputs[0], weight, transposed);
  for (std::size_t axis = 0; axis < volume.size(); ++axis) out[channel + 1 + axis] = volume[axis].output;
  return {out};
}

constexpr std::array list = {Kernel{"convolution_3d", infer<false>, run<false>},
                             Kernel{"deconvolution_3d", infer<true>, run<true>}};

}  // namespace

std::span<const Kernel> convolution_3d_kernels() { return list; }

}  // namespace goldilocks::graph
