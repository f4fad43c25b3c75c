// The deconvolution behind the flag of a convolution layer, over its groups, dilations, strides, paddings and output
// shapes.
#include <algorithm>
#include <random>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::Contains;
using ::testing::Not;
using Layer = spec::NeuralNetworkLayer;
using Floats = std::vector<float>;

struct Sides {
  std::int64_t height, width;
};

struct Transposed {
  std::int64_t inputs, outputs, groups;
  Sides kernel, stride, dilation, padding, size;
  bool states_shape;  // as coremltools' converter does where it knows the sizes: padding is not read then
  TestTensor expected;
};

void add(google::protobuf::RepeatedField<std::uint64_t>& list, Sides pair) {
  list.Add(static_cast<std::uint64_t>(pair.height));
  list.Add(static_cast<std::uint64_t>(pair.width));
}

ModelBuilder::FillLayer layer_of(const Transposed& one, const Floats& weights, const Floats& bias) {
  return [=](Layer& layer) {
    auto& params = *layer.mutable_convolution();
    params.set_isdeconvolution(true);
    params.set_kernelchannels(static_cast<std::uint64_t>(one.inputs));
    params.set_outputchannels(static_cast<std::uint64_t>(one.outputs));
    params.set_ngroups(static_cast<std::uint64_t>(one.groups));
    add(*params.mutable_kernelsize(), one.kernel);
    add(*params.mutable_stride(), one.stride);
    add(*params.mutable_dilationfactor(), one.dilation);
    for (const std::int64_t pad : {one.padding.height, one.padding.width}) {
      auto& edges = *params.mutable_valid()->mutable_paddingamounts()->add_borderamounts();
      edges.set_startedgesize(static_cast<std::uint64_t>(pad));
      edges.set_endedgesize(static_cast<std::uint64_t>(pad));
    }
    if (one.states_shape) add(*params.mutable_outputshape(), {one.expected.dims[2], one.expected.dims[3]});
    set_weights(*params.mutable_weights(), weights);
    params.set_hasbias(true);
    set_weights(*params.mutable_bias(), bias);
  };
}

std::size_t weight_count(const Transposed& one) {
  return static_cast<std::size_t>(one.inputs * (one.outputs / one.groups) * one.kernel.height * one.kernel.width);
}

// What torch.nn.functional.conv_transpose2d (PyTorch 1.13) gives for x = 1, 2, 3, ..., weights (5 i mod 7) - 3 and a
// bias of 0, 100, ...
const std::vector<Transposed> by_pytorch = {
    {1, 1, 1, {1, 3}, {1, 1}, {1, 2}, {0, 0}, {1, 3}, false, {{1, 1, 1, 7}, {-3, -6, -7, 4, 6, 0, 0}}},
    {2,
     4,
     2,
     {3, 2},
     {1, 1},
     {2, 2},
     {0, 0},
     {2, 2},
     false,
     {{1, 4, 6, 4}, {-3,  -6,  2,   4,   -9,  -12, 6,   8,   0,   0,   -2,  -4,  0,   0,   -6,  -8,  3,   6,   1,   2,
                     9,   12,  3,   4,   99,  98,  97,  94,  97,  96,  91,  88,  102, 104, 100, 100, 106, 108, 100, 100,
                     98,  96,  103, 106, 94,  92,  109, 112, 205, 206, 195, 194, 207, 208, 193, 192, 185, 182, 210, 212,
                     179, 176, 214, 216, 200, 200, 190, 188, 200, 200, 186, 184, 315, 318, 305, 306, 321, 324, 307, 308,
                     295, 294, 285, 282, 293, 292, 279, 276, 310, 312, 300, 300, 314, 316, 300, 300}}},
    {2, 2, 1, {2, 3}, {2, 1}, {2, 2}, {1, 1}, {2, 3}, false, {{1, 2, 3, 5}, {0,   0,   0,   0,   0,   8,   7,   5,
                                                                             -34, -47, 0,   0,   0,   0,   0,   100,
                                                                             100, 100, 100, 100, 104, 113, 108, 107,
                                                                             105, 100, 100, 100, 100, 100}}},
    {2, 2, 2, {2, 2}, {2, 3}, {3, 2}, {1, 2}, {3, 2}, true, {{1, 2, 6, 2}, {0,  0,  6,   -12, -2,  0,   10,  -18,
                                                                            -6, 0,  0,   0,   100, 100, 109, 130,
                                                                            79, 92, 111, 136, 73,  90,  100, 100}}},
    {1,
     2,
     1,
     {3, 3},
     {2, 2},
     {2, 2},
     {2, 2},
     {2, 2},
     true,
     {{1, 2, 3, 3}, {-7, 0, 15, 0, 0, 0, -4, 0, 11, 95, 100, 96, 100, 100, 100, 105, 100, 85}}},
    {2,
     2,
     2,
     {1, 3},
     {1, 2},
     {1, 2},
     {0, 1},
     {1, 3},
     true,
     {{1, 2, 1, 7}, {0, -4, 0, -5, 0, 6, 0, 100, 102, 100, 107, 100, 123, 100}}},
};

TEST(DeconvolutionLayer, DilationsAreThoseOfPyTorch) {
  for (std::size_t number = 0; number < by_pytorch.size(); ++number) {
    SCOPED_TRACE(number);
    const Transposed& one = by_pytorch[number];
    Floats weights, bias;
    for (std::size_t i = 0; i < weight_count(one); ++i) weights.push_back(static_cast<float>(5 * i % 7) - 3);
    for (std::int64_t o = 0; o < one.outputs; ++o) bias.push_back(static_cast<float>(100 * o));
    const TestTensor x = counting({1, one.inputs, one.size.height, one.size.width});
    EXPECT_EQ(run_layer({x}, layer_of(one, weights, bias)), one.expected);
  }
}

// Each input value times the kernel is added to an uncropped plane, of which the output is a part.
TestTensor scattered(const Transposed& one, const TestTensor& x, const Floats& weights, const Floats& bias) {
  const std::int64_t group_outputs = one.outputs / one.groups, group_inputs = one.inputs / one.groups;
  const std::int64_t height = one.expected.dims[2], width = one.expected.dims[3];
  std::vector<double> y;
  for (std::int64_t o = 0; o < one.outputs; ++o) {
    y.insert(y.end(), static_cast<std::size_t>(height * width), static_cast<double>(bias[static_cast<std::size_t>(o)]));
  }
  for (std::int64_t c = 0; c < one.inputs; ++c) {
    for (std::int64_t at = 0; at < one.size.height * one.size.width; ++at) {
      const std::int64_t v = at / one.size.width, u = at % one.size.width;
      const auto value =
          static_cast<double>(x.values[static_cast<std::size_t>(c * one.size.height * one.size.width + at)]);
      for (std::int64_t k = 0; k < group_outputs * one.kernel.height * one.kernel.width; ++k) {
        const std::int64_t j = k % one.kernel.width, i = k / one.kernel.width % one.kernel.height;
        const std::int64_t o = c / group_inputs * group_outputs + k / (one.kernel.width * one.kernel.height);
        const std::int64_t row = v * one.stride.height + i * one.dilation.height - one.padding.height;
        const std::int64_t column = u * one.stride.width + j * one.dilation.width - one.padding.width;
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        const std::int64_t kernel = c * group_outputs * one.kernel.height * one.kernel.width + k;
        y[static_cast<std::size_t>((o * height + row) * width + column)] +=
            value * static_cast<double>(weights[static_cast<std::size_t>(kernel)]);
      }
    }
  }
  return {one.expected.dims, {y.begin(), y.end()}};
}

TEST(DeconvolutionLayer, IsAScatterWithAnyDilation) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const auto pair = [&](std::int64_t least, std::int64_t most) {
    return Sides{between(random, least, most), between(random, least, most)};
  };
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(fmt::format("round {}", round));
    Transposed one{};
    one.groups = between(random, 1, 3);
    one.inputs = one.groups * between(random, 1, 2);
    one.outputs = one.groups * between(random, 1, 2);
    one.kernel = pair(1, 3);
    one.stride = pair(1, 3);
    one.dilation = pair(1, 3);
    one.padding = pair(0, 2);
    one.size = pair(1, 4);
    one.states_shape = between(random, 0, 1) == 1;
    const auto along = [](std::int64_t size, std::int64_t stride, std::int64_t kernel, std::int64_t dilation,
                          std::int64_t& padding) {
      const std::int64_t full = (size - 1) * stride + (kernel - 1) * dilation + 1;
      padding = std::min(padding, (full - 1) / 2);
      return full - 2 * padding;
    };
    const std::int64_t height =
        along(one.size.height, one.stride.height, one.kernel.height, one.dilation.height, one.padding.height);
    const std::int64_t width =
        along(one.size.width, one.stride.width, one.kernel.width, one.dilation.width, one.padding.width);
    one.expected.dims = {1, one.outputs, height, width};
    const TestTensor x = random_tensor(random, {1, one.inputs, one.size.height, one.size.width});
    const Floats weights = random_tensor(random, {static_cast<std::int64_t>(weight_count(one))}).values;
    const Floats bias = random_tensor(random, {one.outputs}).values;
    expect_near(run_layer({x}, layer_of(one, weights, bias)), scattered(one, x, weights, bias));
    if (::testing::Test::HasFailure()) return;
  }
}

std::vector<std::string> operations_of(const Transposed& one) {
  const Floats weights(weight_count(one), 1), bias(static_cast<std::size_t>(one.outputs), 1);
  const spec::Model model = one_layer({{1, one.inputs, one.size.height, one.size.width}}, layer_of(one, weights, bias));
  const auto network = lowering::lower(model);
  std::vector<std::string> types;
  for (std::uint64_t i = 0; i < network->graph().operation_count; ++i) {
    types.emplace_back(network->graph().operations[i]->type);
  }
  return types;
}

// `deconvolution` had no dilation when backends were first written: one of them would run it without.
TEST(DeconvolutionLayer, ADilatedOneIsNoOperationThatABackendCouldMisread) {
  Transposed one{.inputs = 1,
                 .outputs = 1,
                 .groups = 1,
                 .kernel = {1, 3},
                 .stride = {1, 1},
                 .dilation = {1, 2},
                 .padding = {0, 0},
                 .size = {2, 2},
                 .states_shape = false,
                 .expected = {}};
  EXPECT_THAT(operations_of(one), Contains("deconvolution_3d"));
  EXPECT_THAT(operations_of(one), Not(Contains("deconvolution")));
  one.dilation = {2, 1};  // along one tap, where it means nothing
  EXPECT_THAT(operations_of(one), ::testing::ElementsAre("deconvolution"));
}

}  // namespace
}  // namespace goldilocks::testing
