// Layers with weights: each of their parameters in a case where it matters.
#include <cmath>

#include <gmock/gmock.h>

#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;

// A convolution of one channel with a 1 x n kernel.
spec::ConvolutionLayerParams& row_convolution(Layer& layer, const std::vector<float>& taps) {
  auto& params = *layer.mutable_convolution();
  params.set_outputchannels(1);
  params.set_kernelchannels(1);
  params.add_kernelsize(1);
  params.add_kernelsize(taps.size());
  params.mutable_valid();
  set_weights(*params.mutable_weights(), taps);
  return params;
}

void add_edges(spec::BorderAmounts& amounts, const std::vector<std::uint64_t>& edges) {
  for (std::size_t axis = 0; axis < edges.size(); axis += 2) {
    auto& sizes = *amounts.add_borderamounts();
    sizes.set_startedgesize(edges[axis]);
    sizes.set_endedgesize(edges[axis + 1]);
  }
}

const TestTensor counted_row = counting({1, 1, 1, 4});

TEST(ConvolutionLayer, DefaultsToAKernelOfThreeByThree) {
  const TestTensor x = counting({1, 1, 3, 4});
  EXPECT_EQ(run_layer({x},
                      [](Layer& layer) {
                        auto& params = *layer.mutable_convolution();
                        params.set_outputchannels(1);
                        params.set_kernelchannels(1);
                        params.mutable_valid();
                        set_weights(*params.mutable_weights(), {1, 0, 0, 0, 0, 0, 0, 0, 100});
                      }),
            (TestTensor{{1, 1, 1, 2}, {1101, 1202}}));
}

TEST(ConvolutionLayer, ReadsStrideDilationAndPaddingPerAxis) {
  EXPECT_EQ(run_layer({counted_row},
                      [](Layer& layer) {
                        row_convolution(layer, {1, 10});
                      })
                .values,
            (std::vector<float>{21, 32, 43}));
  EXPECT_EQ(run_layer({counted_row},
                      [](Layer& layer) {
                        auto& params = row_convolution(layer, {1, 10});
                        params.add_stride(1);
                        params.add_stride(2);
                      })
                .values,
            (std::vector<float>{21, 43}));
  EXPECT_EQ(run_layer({counted_row},
                      [](Layer& layer) {
                        auto& params = row_convolution(layer, {1, 10});
                        params.add_dilationfactor(1);
                        params.add_dilationfactor(3);
                      })
                .values,
            (std::vector<float>{41}));
  EXPECT_EQ(run_layer({counted_row},
                      [](Layer& layer) {
                        auto& params = row_convolution(layer, {1, 10});
                        add_edges(*params.mutable_valid()->mutable_paddingamounts(), {1, 0, 2, 1});
                      }),
            (TestTensor{{1, 1, 2, 6}, {0, 0, 0, 0, 0, 0, 0, 10, 21, 32, 43, 4}}));
}

TEST(ConvolutionLayer, SamePaddingHasItsHeavySide) {
  const auto same = [](spec::SamePadding::SamePaddingMode mode) {
    return run_layer({counted_row},
                     [mode](Layer& layer) {
                       row_convolution(layer, {1, 10}).mutable_same()->set_asymmetrymode(mode);
                     })
        .values;
  };
  EXPECT_EQ(same(spec::SamePadding::BOTTOM_RIGHT_HEAVY), (std::vector<float>{21, 32, 43, 4}));
  EXPECT_EQ(same(spec::SamePadding::TOP_LEFT_HEAVY), (std::vector<float>{10, 21, 32, 43}));
}

TEST(ConvolutionLayer, BiasCountsOnlyWhereItsFlagIsSet) {
  for (const bool flag : {false, true}) {
    EXPECT_EQ(run_layer({counted_row},
                        [flag](Layer& layer) {
                          auto& params = row_convolution(layer, {1});
                          params.set_hasbias(flag);
                          set_weights(*params.mutable_bias(), {100});
                        })
                  .values.front(),
              flag ? 101 : 1);
  }
}

TEST(ConvolutionLayer, GroupsSplitTheChannels) {
  EXPECT_EQ(run_layer({{{1, 2, 1, 1}, {3, 5}}},
                      [](Layer& layer) {
                        auto& params = row_convolution(layer, {2});
                        params.set_outputchannels(2);
                        params.set_ngroups(2);
                        set_weights(*params.mutable_weights(), {2, 10});
                      }),
            (TestTensor{{1, 2, 1, 1}, {6, 50}}));
}

// Of an input whose sizes are known only at run time, too: two groups of three channels each.
TEST(ConvolutionLayer, GroupsOfSeveralChannels) {
  EXPECT_EQ(run_layer({{{1, 6, 1, 1}, {1, 2, 3, 4, 5, 6}}},
                      [](Layer& layer) {
                        auto& params = row_convolution(layer, {1});
                        params.set_kernelchannels(3);
                        params.set_outputchannels(4);
                        params.set_ngroups(2);
                        set_weights(*params.mutable_weights(), {1, 1, 1, 1, 10, 100, 1, 1, 1, 1, 10, 100});
                      }),
            (TestTensor{{1, 4, 1, 1}, {6, 321, 15, 654}}));
}

TEST(DeconvolutionLayer, KnowsStrideDilationPaddingAndOutputShape) {
  const auto run = [](const std::function<void(spec::ConvolutionLayerParams&)>& change) {
    return run_layer({{{1, 1, 1, 2}, {1, 2}}},
                     [&](Layer& layer) {
                       auto& params = row_convolution(layer, {1, 10, 100});
                       params.set_isdeconvolution(true);
                       change(params);
                     })
        .values;
  };
  EXPECT_EQ(run([](auto&) {}), (std::vector<float>{1, 12, 120, 200}));
  EXPECT_EQ(run([](auto& params) {
              params.add_dilationfactor(4);
              params.add_dilationfactor(4);
            }),
            (std::vector<float>{1, 2, 0, 0, 10, 20, 0, 0, 100, 200}));
  EXPECT_EQ(run([](auto& params) {
              params.mutable_same();
              params.add_dilationfactor(1);
              params.add_dilationfactor(2);
            }),
            (std::vector<float>{10, 20}));
  EXPECT_EQ(run([](auto& params) {
              params.add_stride(1);
              params.add_stride(2);
            }),
            (std::vector<float>{1, 10, 102, 20, 200}));
  EXPECT_EQ(run([](auto& params) { params.mutable_same(); }), (std::vector<float>{12, 120}));
  EXPECT_EQ(run([](auto& params) {
              add_edges(*params.mutable_valid()->mutable_paddingamounts(), {0, 0, 1, 0});
            }),
            (std::vector<float>{12, 120, 200}));
  EXPECT_EQ(run([](auto& params) {
              params.mutable_same();
              params.add_outputshape(1);
              params.add_outputshape(5);
            }),
            (std::vector<float>{1, 12, 120, 200, 0}));
}

TEST(DeconvolutionLayer, WeightsAreInputChannelsFirst) {
  EXPECT_EQ(run_layer({{{1, 2, 1, 1}, {3, 5}}},
                      [](Layer& layer) {
                        auto& params = row_convolution(layer, {1});
                        params.set_isdeconvolution(true);
                        params.set_kernelchannels(2);
                        params.set_outputchannels(4);
                        params.set_ngroups(2);
                        set_weights(*params.mutable_weights(), {1, 2, 10, 20});
                      }),
            (TestTensor{{1, 4, 1, 1}, {3, 6, 50, 100}}));
}

TEST(ConvolutionLayer, RefusesWhatDoesNotFit) {
  EXPECT_EQ(layer_error({{1, 1, 1, 4}}, [](Layer& layer) { row_convolution(layer, {1}); }), "");
  EXPECT_THAT(layer_error({{1, 2, 1, 4}}, [](Layer& layer) { row_convolution(layer, {1}); }),
              HasSubstr("layer 'the layer' (convolution): the weight has shape [1, 1, 1, 1] instead of [1, 2, 1, 1]"));
  EXPECT_THAT(layer_error({{1, 1, 1, 4}},
                          [](Layer& layer) {
                            row_convolution(layer, {1, 2}).mutable_weights()->add_floatvalue(3);
                          }),
              HasSubstr("layer 'the layer' (convolution): weights"));
  EXPECT_THAT(layer_error({{1, 1, 1, 4}},
                          [](Layer& layer) {
                            row_convolution(layer, {1, 2}).mutable_weights()->Clear();
                          }),
              HasSubstr("weights has no values"));
  EXPECT_THAT(layer_error({{1, 1, 1, 4}}, [](Layer& layer) { row_convolution(layer, {1}).set_hasbias(true); }),
              HasSubstr("bias has no values"));
  EXPECT_THAT(layer_error({{1, 1, 1, 4}}, [](Layer& layer) { row_convolution(layer, {1}).add_stride(2); }),
              HasSubstr("stride has 1 entries, not 2"));
  EXPECT_THAT(layer_error({{1, 1, 4}}, [](Layer& layer) { row_convolution(layer, {1}); }), HasSubstr("rank of 4"));
  EXPECT_THAT(layer_error({{1, 1, 1, 4}},
                          [](Layer& layer) {
                            auto& params = row_convolution(layer, {1});
                            params.add_stride(1);
                            params.add_stride(~std::uint64_t{0});
                          }),
              HasSubstr("stride can't be 18446744073709551615"));
}

spec::InnerProductLayerParams& matrix(Layer& layer, std::uint64_t in, std::uint64_t out) {
  auto& params = *layer.mutable_innerproduct();
  params.set_inputchannels(in);
  params.set_outputchannels(out);
  for (std::uint64_t index = 0; index < in * out; ++index) {
    params.mutable_weights()->add_floatvalue(static_cast<float>(index + 1));
  }
  return params;
}

TEST(InnerProductLayer, FollowsTheRankOfItsInput) {
  const auto two_rows = [](Layer& layer) { matrix(layer, 2, 2); };
  EXPECT_EQ(run_layer({{{2}, {1, 10}}}, two_rows), (TestTensor{{2}, {21, 43}}));
  EXPECT_EQ(run_layer({{{2, 2}, {1, 10, 0, 1}}}, two_rows), (TestTensor{{2, 2}, {21, 43, 2, 4}}));
  EXPECT_EQ(run_layer({{{2, 1, 2}, {1, 10, 0, 1}}}, two_rows), (TestTensor{{2, 1, 2}, {21, 43, 2, 4}}));
  EXPECT_EQ(run_layer({{{2, 1, 2, 1}, {1, 10, 0, 1}}}, two_rows), (TestTensor{{2, 2, 1, 1}, {21, 43, 2, 4}}));
  EXPECT_EQ(run_layer({{{1, 2, 2, 1, 1}, {1, 10, 0, 1}}}, two_rows), (TestTensor{{1, 2, 2, 1, 1}, {21, 43, 2, 4}}));
  EXPECT_THAT(layer_error({{2, 3}}, two_rows), HasSubstr("instead of [2, 3]"));
}

TEST(InnerProductLayer, ReadsBiasAndQuantizedWeights) {
  EXPECT_EQ(run_layer({{{2}, {1, 10}}},
                      [](Layer& layer) {
                        auto& params = matrix(layer, 2, 2);
                        params.set_hasbias(true);
                        set_weights(*params.mutable_bias(), {100, 200});
                      })
                .values,
            (std::vector<float>{121, 243}));
  // Four codes of two bits, 3 2 1 0, through a table.
  EXPECT_EQ(run_layer({{{2}, {1, 10}}},
                      [](Layer& layer) {
                        auto& params = *matrix(layer, 2, 2).mutable_weights();
                        params.clear_floatvalue();
                        params.set_rawvalue(std::string(1, static_cast<char>(0b11100100)));
                        params.mutable_quantization()->set_numberofbits(2);
                        auto& table = *params.mutable_quantization()->mutable_lookuptablequantization();
                        for (const float entry : {5.F, 6.F, 7.F, 8.F}) table.add_floatvalue(entry);
                      })
                .values,
            (std::vector<float>{78, 56}));
}

spec::BatchnormLayerParams& batchnorm(Layer& layer) {
  auto& params = *layer.mutable_batchnorm();
  params.set_channels(2);
  set_weights(*params.mutable_gamma(), {2, 3});
  set_weights(*params.mutable_beta(), {10, 20});
  set_weights(*params.mutable_mean(), {1, 2});
  set_weights(*params.mutable_variance(), {4, 9});
  return params;
}

TEST(BatchnormLayer, NormalizesByStatisticsThatAreKnown) {
  const TestTensor x{{2, 1, 2}, {1, 3, 2, 5}};
  expect_near(run_layer({x}, [](Layer& layer) { batchnorm(layer).set_epsilon(1e-20F); }),
              {{2, 1, 2}, {10, 12, 20, 23}});
  expect_near(run_layer({x}, [](Layer& layer) { batchnorm(layer).set_epsilon(12); }),
              {{2, 1, 2}, {10, 11, 20, 20 + 9 / std::sqrt(21.0F)}});
  // Instance normalization is about computed statistics only.
  expect_near(run_layer({x},
                        [](Layer& layer) {
                          batchnorm(layer).set_epsilon(1e-20F);
                          layer.mutable_batchnorm()->set_instancenormalization(true);
                        }),
              {{2, 1, 2}, {10, 12, 20, 23}});
}

TEST(BatchnormLayer, EpsilonDefaultsToOneInAHundredThousand) {
  const TestTensor x{{2, 1, 1}, {2, 2}};
  expect_near(run_layer({x},
                        [](Layer& layer) {
                          set_weights(*batchnorm(layer).mutable_variance(), {0, 0});
                        }),
              {{2, 1, 1}, {10 + 2 / std::sqrt(1e-5F), 20}}, 1e-6);
}

TEST(BatchnormLayer, ComputesStatisticsOfEachInstanceOrOfTheBatch) {
  const TestTensor x{{2, 2, 1, 2}, {1, 3, 0, 4, 5, 7, 10, 14}};
  const auto computed = [&](bool instance) {
    return run_layer({x}, [instance](Layer& layer) {
      auto& params = batchnorm(layer);
      params.set_computemeanvar(true);
      params.set_instancenormalization(instance);
      params.set_epsilon(1e-12F);
      params.clear_mean();
      params.clear_variance();
    });
  };
  expect_near(computed(true), {x.dims, {8, 12, 17, 23, 8, 12, 17, 23}});
  // Channel 0 is 1 3 5 7: mean 4, variance 5; channel 1 is 0 4 10 14: mean 7, variance 29.
  const float a = 2 / std::sqrt(5.0F), b = 3 / std::sqrt(29.0F);
  expect_near(computed(false),
              {x.dims, {10 - 3 * a, 10 - a, 20 - 7 * b, 20 - 3 * b, 10 + a, 10 + 3 * a, 20 + 3 * b, 20 + 7 * b}});
}

TEST(BatchnormLayer, RefusesWhatDoesNotFit) {
  EXPECT_THAT(layer_error({{3, 1, 1}}, [](Layer& layer) { batchnorm(layer); }), HasSubstr("[2, 1, 1]"));
  EXPECT_THAT(layer_error({{2, 1, 1}}, [](Layer& layer) { batchnorm(layer).clear_mean(); }),
              HasSubstr("mean has no values"));
  EXPECT_THAT(layer_error({{2, 1, 1}},
                          [](Layer& layer) {
                            set_weights(*batchnorm(layer).mutable_variance(), {4, -1});
                          }),
              HasSubstr("variance[1] + epsilon is not positive"));
  EXPECT_THAT(layer_error({{2, 1}}, [](Layer& layer) { batchnorm(layer); }), HasSubstr("rank of 3 or more"));
}

TEST(ScaleLayer, TakesOneValueOnePerChannelOrAPlane) {
  const TestTensor x = counting({2, 1, 2});
  const auto scale = [&](const std::vector<std::uint64_t>& shape, const std::vector<float>& values) {
    return run_layer({x},
                     [&](Layer& layer) {
                       for (const std::uint64_t size : shape) layer.mutable_scale()->add_shapescale(size);
                       set_weights(*layer.mutable_scale()->mutable_scale(), values);
                     })
        .values;
  };
  EXPECT_EQ(scale({1}, {10}), (std::vector<float>{10, 20, 30, 40}));
  EXPECT_EQ(scale({2}, {10, 100}), (std::vector<float>{10, 20, 300, 400}));
  EXPECT_EQ(scale({1, 1, 2}, {10, 100}), (std::vector<float>{10, 200, 30, 400}));
  EXPECT_EQ(scale({2, 1, 2}, {1, 2, 3, 4}), (std::vector<float>{1, 4, 9, 16}));
}

TEST(ScaleLayer, AddsItsBiasAfterwards) {
  for (const bool flag : {false, true}) {
    EXPECT_EQ(run_layer({counting({2, 1, 1})},
                        [flag](Layer& layer) {
                          auto& params = *layer.mutable_scale();
                          params.add_shapescale(1);
                          set_weights(*params.mutable_scale(), {10});
                          params.set_hasbias(flag);
                          params.add_shapebias(2);
                          set_weights(*params.mutable_bias(), {1, 2});
                        })
                  .values,
              flag ? (std::vector<float>{11, 22}) : (std::vector<float>{10, 20}));
  }
}

TEST(BiasLayer, AddsItsValues) {
  const auto bias = [](Layer& layer) {
    layer.mutable_bias()->add_shape(2);
    set_weights(*layer.mutable_bias()->mutable_bias(), {10, 20});
  };
  EXPECT_EQ(run_layer({counting({2, 1, 2})}, bias).values, (std::vector<float>{11, 12, 23, 24}));
  EXPECT_THAT(layer_error({{3, 1, 2}}, bias), HasSubstr("layer 'the layer' (bias)"));
  EXPECT_THAT(layer_error({{1, 1, 2}}, bias), HasSubstr("[2, 1, 2] instead of [1, 1, 2]"));
}

TEST(LoadConstantLayer, GivesItsDataAtRankFive) {
  EXPECT_EQ(run_layer({},
                      [](Layer& layer) {
                        for (const std::uint64_t size : {1, 2, 1}) layer.mutable_loadconstant()->add_shape(size);
                        set_weights(*layer.mutable_loadconstant()->mutable_data(), {7, 8});
                      }),
            (TestTensor{{1, 1, 1, 2, 1}, {7, 8}}));
  EXPECT_THAT(layer_error({}, [](Layer& layer) { layer.mutable_loadconstant()->add_shape(2); }),
              HasSubstr("shape has 1 entries, not 3"));
}

}  // namespace
}  // namespace goldilocks::testing
