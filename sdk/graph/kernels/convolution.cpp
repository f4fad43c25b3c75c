// convolution: out[o, y, x] = bias[o] + sum over c, i, j of weight[o, c, i, j] * in[c, y*sy + i*dy - top, x*sx + ...].
//
// Computed as a matrix product in tiles, so that the innermost loop is contiguous: for a few output pixels, the input
// values that each kernel position meets are gathered into columns (zeros where they lie in the padding), and a few
// output channels at a time are multiplied with them. Sums are float64, in the order of the weights: this is the
// oracle.
//
//      columns [c*kh*kw] x [pixels]      weights [channels] x [c*kh*kw]      sums [channels] x [pixels]
#include <algorithm>
#include <array>
#include <vector>

#include "kernels/checks.hpp"
#include "kernels/families.hpp"

namespace goldilocks::graph {
namespace {

constexpr std::size_t pixel_tile = 4;
constexpr std::size_t channel_tile = 4;
constexpr std::size_t pixel_block = 32;  // columns kept at once; a multiple of pixel_tile

struct Convolution {
  std::size_t channels, height, width;  // input, of one group
  std::size_t outputs;                  // output channels, of one group
  std::size_t kernel_height, kernel_width;
  std::array<std::int64_t, 2> stride, dilation;
  SpatialWindow rows, columns;

  std::size_t depth() const { return channels * kernel_height * kernel_width; }
  std::size_t pixels() const { return static_cast<std::size_t>(rows.output * columns.output); }
};

// The values that output pixels first .. first+pixel_block meet, as [depth, pixel_block].
void gather_columns(const Convolution& shape, const float* image, std::size_t first, double* columns) {
  const std::size_t count = std::min(pixel_block, shape.pixels() - first);
  for (std::size_t channel = 0; channel < shape.channels; ++channel) {
    const float* plane = image + channel * shape.height * shape.width;
    for (std::size_t i = 0; i < shape.kernel_height; ++i) {
      for (std::size_t j = 0; j < shape.kernel_width; ++j, columns += pixel_block) {
        auto row = static_cast<std::int64_t>(first) / shape.columns.output;
        auto column = static_cast<std::int64_t>(first) % shape.columns.output;
        for (std::size_t pixel = 0; pixel < pixel_block; ++pixel) {
          const std::int64_t y =
              row * shape.stride[0] + static_cast<std::int64_t>(i) * shape.dilation[0] - shape.rows.before;
          const std::int64_t x =
              column * shape.stride[1] + static_cast<std::int64_t>(j) * shape.dilation[1] - shape.columns.before;
          const bool inside = pixel < count && y >= 0 && y < static_cast<std::int64_t>(shape.height) && x >= 0 &&
                              x < static_cast<std::int64_t>(shape.width);
          columns[pixel] =
              inside
                  ? static_cast<double>(plane[static_cast<std::size_t>(y) * shape.width + static_cast<std::size_t>(x)])
                  : 0.0;
          if (++column == shape.columns.output) {
            column = 0;
            ++row;
          }
        }
      }
    }
  }
}

// Weights of channel_tile output channels side by side, [depth, channel_tile]; zeros beyond the last channel.
std::vector<double> interleave_weights(const Convolution& shape, const float* weights) {
  const std::size_t depth = shape.depth();
  const std::size_t tiles = (shape.outputs + channel_tile - 1) / channel_tile;
  std::vector<double> packed(tiles * depth * channel_tile, 0.0);
  for (std::size_t channel = 0; channel < shape.outputs; ++channel) {
    double* tile = packed.data() + channel / channel_tile * depth * channel_tile + channel % channel_tile;
    for (std::size_t k = 0; k < depth; ++k) tile[k * channel_tile] = static_cast<double>(weights[channel * depth + k]);
  }
  return packed;
}

using Sums = std::array<std::array<double, pixel_tile>, channel_tile>;

Sums multiply(const double* weights, const double* columns, std::size_t depth) {
  Sums sums{};
  for (std::size_t k = 0; k < depth; ++k) {
    for (std::size_t channel = 0; channel < channel_tile; ++channel) {
      for (std::size_t pixel = 0; pixel < pixel_tile; ++pixel) {
        sums[channel][pixel] += weights[k * channel_tile + channel] * columns[k * pixel_block + pixel];
      }
    }
  }
  return sums;
}

void convolve(const Convolution& shape, const float* image, const std::vector<double>& weights, const float* bias,
              std::vector<double>& columns, float* out) {
  const std::size_t depth = shape.depth();
  for (std::size_t first = 0; first < shape.pixels(); first += pixel_block) {
    gather_columns(shape, image, first, columns.data());
    const std::size_t count = std::min(pixel_block, shape.pixels() - first);
    for (std::size_t channel = 0; channel < shape.outputs; channel += channel_tile) {
      const std::size_t channels = std::min(channel_tile, shape.outputs - channel);
      for (std::size_t pixel = 0; pixel < count; pixel += pixel_tile) {
        const Sums sums = multiply(weights.data() + channel * depth, columns.data() + pixel, depth);
        for (std::size_t c = 0; c < channels; ++c) {
          const double start = bias == nullptr ? 0.0 : static_cast<double>(bias[channel + c]);
          float* row = out + (channel + c) * shape.pixels() + first + pixel;
          for (std::size_t p = 0; p < std::min(pixel_tile, count - pixel); ++p) {
            row[p] = static_cast<float>(start + sums[c][p]);
          }
        }
      }
    }
  }
}

void run_convolution(const OperationView& operation, std::span<const TensorView> inputs,
                     std::span<const MutableTensorView> outputs) {
  const std::span<const std::int64_t> in = inputs[0].dims;
  const std::span<const std::int64_t> kernel = inputs[1].dims;
  const std::size_t rank = in.size();
  const auto groups = static_cast<std::size_t>(operation.integer("groups", 1));
  const Convolution shape{static_cast<std::size_t>(kernel[1]),
                          static_cast<std::size_t>(in[rank - 2]),
                          static_cast<std::size_t>(in[rank - 1]),
                          static_cast<std::size_t>(kernel[0]) / groups,
                          static_cast<std::size_t>(kernel[2]),
                          static_cast<std::size_t>(kernel[3]),
                          pair_attribute(operation, "strides", 1),
                          pair_attribute(operation, "dilations", 1),
                          convolution_window(operation, 0, in[rank - 2], kernel[2]),
                          convolution_window(operation, 1, in[rank - 1], kernel[3])};
  const float* bias = inputs.size() > 2 ? inputs[2].values.data() : nullptr;
  std::vector<double> columns(shape.depth() * pixel_block);
  const auto images = static_cast<std::size_t>(leading_count(in, 3));
  const std::size_t image_size = shape.channels * shape.height * shape.width;
  for (std::size_t group = 0; group < groups; ++group) {
    const std::vector<double> weights =
        interleave_weights(shape, inputs[1].values.data() + group * shape.outputs * shape.depth());
    for (std::size_t image = 0; image < images; ++image) {
      convolve(shape, inputs[0].values.data() + (image * groups + group) * image_size, weights,
               bias == nullptr ? nullptr : bias + group * shape.outputs, columns,
               outputs[0].values.data() + (image * groups + group) * shape.outputs * shape.pixels());
    }
  }
}

std::vector<Dims> infer_convolution(const OperationView& operation, std::span<const Dims> inputs) {
  check_inputs(operation, 2, 3);
  check_rank(operation, inputs[0], 3);
  const Dims& weight = inputs[1];
  if (weight.size() != 4) operation.fail("the weight has shape " + to_text(weight) + "; its rank must be 4");
  const std::int64_t groups = operation.integer("groups", 1);
  Dims out = inputs[0];
  const std::size_t channel = out.size() - 3;
  if (groups < 1 || weight[0] % groups != 0 || out[channel] % groups != 0) {
    operation.fail("groups = " + std::to_string(groups) + " doesn't divide " + std::to_string(out[channel]) +
                   " input and " + std::to_string(weight[0]) + " output channels");
  }
  check_shape(operation, "the weight", weight, Dims{weight[0], out[channel] / groups, weight[2], weight[3]});
  if (operation.has_input(2)) check_shape(operation, "the bias", inputs[2], Dims{weight[0]});
  out[channel + 1] = convolution_window(operation, 0, out[channel + 1], weight[2]).output;
  out[channel + 2] = convolution_window(operation, 1, out[channel + 2], weight[3]).output;
  out[channel] = weight[0];
  return {out};
}

constexpr std::array list = {Kernel{"convolution", infer_convolution, run_convolution}};

}  // namespace

std::span<const Kernel> convolution_kernels() { return list; }

}  // namespace goldilocks::graph
