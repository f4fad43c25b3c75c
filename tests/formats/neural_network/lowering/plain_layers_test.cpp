// Layers without weights, and the activations: each of their parameters in a case where it matters.
#include <cmath>

#include <gmock/gmock.h>

#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;
using Floats = std::vector<float>;
using Fill = ModelBuilder::FillLayer;

const TestTensor row_of_pixels = counting({1, 1, 1, 4});

spec::PoolingLayerParams& row_pool(Layer& layer, spec::PoolingLayerParams::PoolingType type) {
  auto& params = *layer.mutable_pooling();
  params.set_type(type);
  params.add_kernelsize(1);
  params.add_kernelsize(3);
  params.add_stride(1);
  params.add_stride(2);
  params.mutable_valid();
  return params;
}

Floats pooled(spec::PoolingLayerParams::PoolingType type,
              const std::function<void(spec::PoolingLayerParams&)>& change) {
  return run_layer({row_of_pixels}, [&](Layer& layer) { change(row_pool(layer, type)); }).values;
}

TEST(PoolingLayer, KnowsItsTypes) {
  EXPECT_EQ(pooled(spec::PoolingLayerParams::MAX, [](auto&) {}), (Floats{3}));
  EXPECT_EQ(pooled(spec::PoolingLayerParams::AVERAGE, [](auto&) {}), (Floats{2}));
  EXPECT_EQ(pooled(spec::PoolingLayerParams::L2, [](auto&) {}), (Floats{std::sqrt(14.0F)}));
}

TEST(PoolingLayer, KnowsItsPaddings) {
  const auto edges = [](auto& params) {
    params.mutable_valid()->mutable_paddingamounts()->add_borderamounts();
    params.mutable_valid()->mutable_paddingamounts()->add_borderamounts()->set_startedgesize(1);
  };
  EXPECT_EQ(pooled(spec::PoolingLayerParams::AVERAGE, edges), (Floats{1, 3}));
  EXPECT_EQ(pooled(spec::PoolingLayerParams::AVERAGE,
                   [&](auto& params) {
                     edges(params);
                     params.set_avgpoolexcludepadding(true);
                   }),
            (Floats{1.5, 3}));
  EXPECT_EQ(pooled(spec::PoolingLayerParams::MAX, [](auto& params) { params.mutable_same(); }), (Floats{3, 4}));
  EXPECT_EQ(pooled(spec::PoolingLayerParams::MAX,
                   [](auto& params) { params.mutable_same()->set_asymmetrymode(spec::SamePadding::TOP_LEFT_HEAVY); }),
            (Floats{2, 4}));
  EXPECT_EQ(pooled(spec::PoolingLayerParams::AVERAGE, [](auto& params) { params.mutable_includelastpixel(); }),
            (Floats{2, 3.5}));
  EXPECT_EQ(pooled(spec::PoolingLayerParams::AVERAGE,
                   [](auto& params) {
                     params.mutable_includelastpixel()->add_paddingamounts(0);
                     params.mutable_includelastpixel()->add_paddingamounts(1);
                   }),
            (Floats{1, 3, 2}));
}

TEST(PoolingLayer, GlobalAndDefaults) {
  EXPECT_EQ(run_layer({row_of_pixels},
                      [](Layer& layer) {
                        layer.mutable_pooling()->set_globalpooling(true);
                        layer.mutable_pooling()->mutable_valid();
                      }),
            (TestTensor{{1, 1, 1, 1}, {4}}));
  EXPECT_EQ(run_layer({counting({1, 1, 4, 3})}, [](Layer& layer) { layer.mutable_pooling()->mutable_valid(); }),
            (TestTensor{{1, 1, 2, 1}, {9, 12}}));
  EXPECT_THAT(layer_error({{1, 4, 3}}, [](Layer& layer) { layer.mutable_pooling()->mutable_valid(); }),
              HasSubstr("layer 'the layer' (pooling)"));
}

Floats activated(const std::function<void(spec::ActivationParams&)>& set) {
  return run_layer({{{1, 1, 2}, {-2, 3}}}, [&](Layer& layer) { set(*layer.mutable_activation()); }).values;
}

TEST(ActivationLayer, KnowsEveryKindWithItsParameters) {
  const auto near = [](double left, double right) {
    return ::testing::ElementsAre(::testing::FloatNear(static_cast<float>(left), 1e-6F),
                                  ::testing::FloatNear(static_cast<float>(right), 1e-6F));
  };
  const auto alpha_beta = [](auto* message) {
    message->set_alpha(0.5F);
    message->set_beta(0.25F);
  };
  EXPECT_THAT(activated([&](auto& p) { alpha_beta(p.mutable_linear()); }), near(-0.75, 1.75));
  EXPECT_THAT(activated([](auto& p) { p.mutable_relu(); }), near(0, 3));
  EXPECT_THAT(activated([](auto& p) { p.mutable_leakyrelu()->set_alpha(0.5F); }), near(-1, 3));
  EXPECT_THAT(activated([](auto& p) { p.mutable_thresholdedrelu()->set_alpha(3.5F); }), near(0, 0));
  EXPECT_THAT(activated([](auto& p) { p.mutable_thresholdedrelu()->set_alpha(3); }), near(0, 3));
  EXPECT_THAT(activated([](auto& p) { p.mutable_tanh(); }), near(std::tanh(-2), std::tanh(3)));
  EXPECT_THAT(activated([&](auto& p) { alpha_beta(p.mutable_scaledtanh()); }),
              near(0.5 * std::tanh(-0.5), 0.5 * std::tanh(0.75)));
  EXPECT_THAT(activated([](auto& p) { p.mutable_sigmoid(); }), near(1 / (1 + std::exp(2)), 1 / (1 + std::exp(-3))));
  EXPECT_THAT(activated([&](auto& p) { alpha_beta(p.mutable_sigmoidhard()); }), near(0, 1));
  EXPECT_THAT(activated([](auto& p) {
                p.mutable_sigmoidhard()->set_alpha(0.125F);
                p.mutable_sigmoidhard()->set_beta(0.5F);
              }),
              near(0.25, 0.875));
  EXPECT_THAT(activated([](auto& p) { p.mutable_elu()->set_alpha(0.5F); }), near(0.5 * std::expm1(-2), 3));
  EXPECT_THAT(activated([](auto& p) { p.mutable_softsign(); }), near(-2.0 / 3, 0.75));
  EXPECT_THAT(activated([](auto& p) { p.mutable_softplus(); }),
              near(std::log1p(std::exp(-2)), std::log1p(std::exp(3))));
  EXPECT_THAT(activated([](auto& p) { set_weights(*p.mutable_prelu()->mutable_alpha(), {0.5F}); }), near(-1, 3));
  EXPECT_THAT(activated([](auto& p) {
                set_weights(*p.mutable_parametricsoftplus()->mutable_alpha(), {2});
                set_weights(*p.mutable_parametricsoftplus()->mutable_beta(), {0.5F});
              }),
              near(2 * std::log1p(std::exp(-1)), 2 * std::log1p(std::exp(1.5))));
}

TEST(ActivationLayer, PReLUHasOneSlopePerChannelOrOneForAll) {
  const auto prelu = [](const Floats& alpha) {
    return [alpha](Layer& layer) { set_weights(*layer.mutable_activation()->mutable_prelu()->mutable_alpha(), alpha); };
  };
  const TestTensor x{{2, 1, 1}, {-1, -1}};
  EXPECT_EQ(run_layer({x}, prelu({2, 3})).values, (Floats{-2, -3}));
  EXPECT_EQ(run_layer({x}, prelu({2})).values, (Floats{-2, -2}));
  EXPECT_THAT(layer_error({{2, 1, 1}}, prelu({1, 2, 3})), HasSubstr("layer 'the layer' (activation): alpha"));
  EXPECT_THAT(layer_error({{2, 1, 1}}, prelu({})), HasSubstr("alpha has no values"));
  EXPECT_THAT(layer_error({{2, 1}}, prelu({1})), HasSubstr("rank of 3"));
  EXPECT_THAT(layer_error({{2}}, [](Layer& layer) { layer.mutable_activation(); }), HasSubstr("not set"));
}

TEST(ActivationLayer, PReLUReadsCodesOfAFewBits) {
  // Three codes of two bits in one byte: 1, 2, 3 and padding.
  const Fill fill = [](Layer& layer) {
    auto& alpha = *layer.mutable_activation()->mutable_prelu()->mutable_alpha();
    alpha.set_rawvalue(std::string(1, 0b01101100));
    alpha.mutable_quantization()->set_numberofbits(2);
    alpha.mutable_quantization()->mutable_linearquantization()->add_scale(0.5F);
  };
  // How many there are, only the input's size says.
  EXPECT_EQ(run_layer_outputs({{{3, 1, 1}, {-1, -1, -1}}}, fill, 1)[0].values, (Floats{-0.5, -1, -1.5}));
}

TEST(UnaryLayer, KnowsEveryFunctionWithItsParameters) {
  using Unary = spec::UnaryFunctionLayerParams;
  const auto run = [](Unary::Operation type, const std::function<void(Unary&)>& change = {}) {
    return run_layer({{{1}, {4}}},
                     [&](Layer& layer) {
                       layer.mutable_unary()->set_type(type);
                       if (change) change(*layer.mutable_unary());
                     })
        .values.front();
  };
  EXPECT_FLOAT_EQ(run(Unary::SQRT), 2);
  EXPECT_FLOAT_EQ(run(Unary::RSQRT, [](Unary& p) { p.set_epsilon(5); }), 1.0F / 3);
  EXPECT_FLOAT_EQ(run(Unary::INVERSE, [](Unary& p) { p.set_epsilon(1); }), 0.2F);
  EXPECT_FLOAT_EQ(run(Unary::POWER, [](Unary& p) { p.set_alpha(3); }), 64);
  EXPECT_FLOAT_EQ(run(Unary::EXP), std::exp(4.0F));
  EXPECT_FLOAT_EQ(run(Unary::LOG), std::log(4.0F));
  EXPECT_FLOAT_EQ(run(Unary::ABS, [](Unary& p) { p.set_shift(-10); }), 6);
  EXPECT_FLOAT_EQ(run(Unary::ABS, [](Unary& p) { p.set_scale(-3); }), 12);
  EXPECT_FLOAT_EQ(run(Unary::THRESHOLD, [](Unary& p) { p.set_alpha(7); }), 7);
  // 1 / (0 + 1e-6): the default of epsilon.
  EXPECT_FLOAT_EQ(run(Unary::INVERSE, [](Unary& p) { p.set_shift(-4); }), 1 / 1e-6F);
  EXPECT_FLOAT_EQ(run(Unary::RSQRT, [](Unary& p) { p.set_shift(-4); }), 1 / std::sqrt(1e-6F));
}

TEST(ArithmeticLayers, CombineTheirInputs) {
  const TestTensor a{{1, 2, 1, 1}, {1, 6}}, b{{1, 1, 1, 1}, {3}};
  EXPECT_EQ(run_layer({a, b}, [](Layer& layer) { layer.mutable_add()->set_alpha(50); }).values, (Floats{4, 9}));
  EXPECT_EQ(run_layer({a, b}, [](Layer& layer) { layer.mutable_multiply()->set_alpha(50); }).values, (Floats{3, 18}));
  EXPECT_EQ(run_layer({a, b}, [](Layer& layer) { layer.mutable_average(); }).values, (Floats{2, 4.5}));
  EXPECT_EQ(run_layer({a, b}, [](Layer& layer) { layer.mutable_max(); }).values, (Floats{3, 6}));
  EXPECT_EQ(run_layer({a, b}, [](Layer& layer) { layer.mutable_min(); }).values, (Floats{1, 3}));
}

TEST(ArithmeticLayers, AlphaStandsInForASecondInput) {
  const TestTensor a{{2}, {1, 6}};
  EXPECT_EQ(run_layer({a}, [](Layer& layer) { layer.mutable_add()->set_alpha(50); }).values, (Floats{51, 56}));
  EXPECT_EQ(run_layer({a}, [](Layer& layer) { layer.mutable_multiply()->set_alpha(50); }).values, (Floats{50, 300}));
  EXPECT_EQ(run_layer({a}, [](Layer& layer) { layer.mutable_max(); }), a);
  EXPECT_THAT(layer_error({{2}, {3}}, [](Layer& layer) { layer.mutable_add(); }), HasSubstr("don't go together"));
}

TEST(LrnLayer, ReadsAllFourParameters) {
  const auto lrn = [](float k) {
    return [k](Layer& layer) {
      layer.mutable_lrn()->set_alpha(6);
      layer.mutable_lrn()->set_beta(0.5F);
      layer.mutable_lrn()->set_localsize(3);
      layer.mutable_lrn()->set_k(k);
    };
  };
  const TestTensor x{{3, 1, 1}, {1, 2, 3}};
  expect_near(run_layer({x}, lrn(4)), {x.dims, {1 / std::sqrt(14.0F), 2 / std::sqrt(32.0F), 3 / std::sqrt(30.0F)}});
  expect_near(run_layer({x}, lrn(0)), {x.dims, {1 / std::sqrt(11.0F), 2 / std::sqrt(29.0F), 3 / std::sqrt(27.0F)}});
  EXPECT_THAT(layer_error({{3, 1, 1}}, [](Layer& layer) { layer.mutable_lrn(); }), HasSubstr("size can't be 0"));
}

TEST(SoftmaxLayer, RunsOverChannels) {
  const float e = std::exp(1.0F);
  expect_near(run_layer({{{2, 1, 2}, {0, 5, 1, 5}}}, [](Layer& layer) { layer.mutable_softmax(); }),
              {{2, 1, 2}, {1 / (1 + e), 0.5, e / (1 + e), 0.5}});
}

TEST(ConcatLayer, RunsOverChannelsOrTheSequence) {
  const TestTensor x = counting({1, 1, 1, 1, 2});
  for (const bool sequence : {false, true}) {
    EXPECT_EQ(run_layer({x, x}, [&](Layer& layer) { layer.mutable_concat()->set_sequenceconcat(sequence); }),
              (TestTensor{sequence ? Dims{2, 1, 1, 1, 2} : Dims{1, 1, 2, 1, 2}, {1, 2, 1, 2}}));
  }
  EXPECT_THAT(
      layer_error({{1, 1, 2}, {1, 1, 2}}, [](Layer& layer) { layer.mutable_concat()->set_sequenceconcat(true); }),
      HasSubstr("rank of 5"));
  EXPECT_THAT(layer_error({{1, 1, 2}, {1, 1, 3}}, [](Layer& layer) { layer.mutable_concat(); }),
              HasSubstr("layer 'the layer' (concat)"));
}

TEST(SplitLayer, SharesTheChannels) {
  const Fill fill = [](Layer& layer) { layer.mutable_split()->set_noutputs(2); };
  const std::vector<TestTensor> parts = run_network(one_layer({{4, 1, 1}}, fill, 2), {{1, 2, 3, 4}});
  EXPECT_EQ(parts[0], (TestTensor{{2, 1, 1}, {1, 2}}));
  EXPECT_EQ(parts[1], (TestTensor{{2, 1, 1}, {3, 4}}));
  EXPECT_THAT(layer_error({{3, 1, 1}}, fill, 2), HasSubstr("3 values can't be split into 2"));
  EXPECT_THAT(layer_error({{3, 1, 1}}, fill, 3), HasSubstr("nOutputs is 2"));
  EXPECT_THAT(layer_error({{3, 1, 1}}, fill, 1), HasSubstr("it takes 2 or more"));
}

const TestTensor cube = counting({1, 1, 2, 2, 3});  // channel 0 is 1..6, channel 1 is 7..12

TEST(FlattenLayer, KnowsBothOrders) {
  EXPECT_EQ(run_layer({cube}, [](Layer& layer) { layer.mutable_flatten(); }),
            (TestTensor{{1, 1, 12, 1, 1}, cube.values}));
  EXPECT_EQ(run_layer({cube},
                      [](Layer& layer) { layer.mutable_flatten()->set_mode(spec::FlattenLayerParams::CHANNEL_LAST); }),
            (TestTensor{{1, 1, 12, 1, 1}, {1, 7, 2, 8, 3, 9, 4, 10, 5, 11, 6, 12}}));
}

Fill reshape(const std::vector<std::int64_t>& target, spec::ReshapeLayerParams::ReshapeOrder mode) {
  return [=](Layer& layer) {
    for (const std::int64_t size : target) layer.mutable_reshape()->add_targetshape(size);
    layer.mutable_reshape()->set_mode(mode);
  };
}

TEST(ReshapeLayer, KnowsBothOrders) {
  using Params = spec::ReshapeLayerParams;
  EXPECT_EQ(run_layer({cube}, reshape({3, 4, 1}, Params::CHANNEL_FIRST)), (TestTensor{{1, 1, 3, 4, 1}, cube.values}));
  // Channel last the values are 1 7 2 8 3 9 4 10 5 11 6 12: four rows of three channels.
  EXPECT_EQ(run_layer({cube}, reshape({3, 4, 1}, Params::CHANNEL_LAST)),
            (TestTensor{{1, 1, 3, 4, 1}, {1, 8, 4, 11, 7, 3, 10, 6, 2, 9, 5, 12}}));
  EXPECT_THAT(layer_error({{1, 1, 2, 2, 3}}, reshape({5, 1, 1}, Params::CHANNEL_FIRST)), HasSubstr("don't fill"));
  EXPECT_THAT(layer_error({{1, 1, 2, 2, 3}}, reshape({5, 1}, Params::CHANNEL_FIRST)), HasSubstr("not 3 or 4"));
  EXPECT_THAT(layer_error({{1, 1, 2, 2, 3}}, reshape({-1, 1, 1}, Params::CHANNEL_FIRST)), HasSubstr("can't be [-1"));
  EXPECT_THAT(layer_error({{2, 2, 3}}, reshape({12, 1, 1}, Params::CHANNEL_FIRST)), HasSubstr("rank of 5"));
}

TEST(ReshapeLayer, AFourthEntryIsTheNewSequence) {
  using Params = spec::ReshapeLayerParams;
  const TestTensor sequence = counting({2, 1, 2, 1, 3});
  EXPECT_EQ(run_layer({sequence}, reshape({3, 2, 1}, Params::CHANNEL_FIRST)).dims, (Dims{2, 1, 3, 2, 1}));
  EXPECT_EQ(run_layer({sequence}, reshape({4, 3, 1, 1}, Params::CHANNEL_FIRST)).dims, (Dims{4, 1, 3, 1, 1}));
}

TEST(PermuteLayer, MovesAllAxesButBatch) {
  const TestTensor x = counting({2, 1, 3, 4, 5});
  const auto permute = [](const std::vector<std::uint64_t>& order) {
    return [order](Layer& layer) {
      layer.mutable_permute();
      for (const std::uint64_t axis : order) layer.mutable_permute()->add_axis(axis);
    };
  };
  EXPECT_EQ(run_layer({x}, permute({0, 3, 1, 2})).dims, (Dims{2, 1, 5, 3, 4}));
  EXPECT_EQ(run_layer({x}, permute({3, 1, 2, 0})).dims, (Dims{5, 1, 3, 4, 2}));
  EXPECT_EQ(run_layer({x}, permute({0, 3, 2, 1})).dims, (Dims{2, 1, 5, 4, 3}));
  EXPECT_EQ(run_layer({x}, permute({})), x);
  EXPECT_EQ(run_layer({counting({1, 1, 2, 1, 2})}, permute({0, 3, 2, 1})).values, (Floats{1, 3, 2, 4}));
  EXPECT_THAT(layer_error({{1, 1, 2, 1, 2}}, permute({0, 1, 2, 4})), HasSubstr("axis can't have 4"));
  EXPECT_THAT(layer_error({{1, 1, 2, 1, 2}}, permute({0, 1, 2, 2})), HasSubstr("no permutation"));
  EXPECT_THAT(layer_error({{1, 1, 2, 1, 2}}, permute({0, 1})), HasSubstr("not 4"));
}

Fill padding(const std::function<void(spec::PaddingLayerParams&)>& kind) {
  return [kind](Layer& layer) {
    auto& params = *layer.mutable_padding();
    params.mutable_paddingamounts()->add_borderamounts()->set_endedgesize(1);
    params.mutable_paddingamounts()->add_borderamounts()->set_startedgesize(2);
    kind(params);
  };
}

TEST(PaddingLayer, KnowsThreeKinds) {
  const TestTensor x = counting({1, 2, 3});
  EXPECT_EQ(run_layer({x}, padding([](auto& params) { params.mutable_constant()->set_value(9); })),
            (TestTensor{{1, 3, 5}, {9, 9, 1, 2, 3, 9, 9, 4, 5, 6, 9, 9, 9, 9, 9}}));
  EXPECT_EQ(run_layer({x}, padding([](auto& params) { params.mutable_reflection(); })),
            (TestTensor{{1, 3, 5}, {3, 2, 1, 2, 3, 6, 5, 4, 5, 6, 3, 2, 1, 2, 3}}));
  EXPECT_EQ(run_layer({x}, padding([](auto& params) { params.mutable_replication(); })),
            (TestTensor{{1, 3, 5}, {1, 1, 1, 2, 3, 4, 4, 4, 5, 6, 4, 4, 4, 5, 6}}));
  EXPECT_THAT(layer_error({{1, 2, 3}}, padding([](auto&) {})), HasSubstr("kind of padding is not set"));
}

TEST(CropLayer, CutsEdgesOrTakesTheSecondInputsSize) {
  const TestTensor x = counting({1, 3, 4});
  const Fill edges = [](Layer& layer) {
    auto& amounts = *layer.mutable_crop()->mutable_cropamounts();
    amounts.add_borderamounts()->set_startedgesize(1);
    auto& columns = *amounts.add_borderamounts();
    columns.set_startedgesize(1);
    columns.set_endedgesize(2);
  };
  EXPECT_EQ(run_layer({x}, edges), (TestTensor{{1, 2, 1}, {6, 10}}));
  const Fill offset = [](Layer& layer) {
    layer.mutable_crop()->add_offset(1);
    layer.mutable_crop()->add_offset(2);
  };
  EXPECT_EQ(run_layer({x, counting({5, 1, 2})}, offset), (TestTensor{{1, 1, 2}, {7, 8}}));
  EXPECT_THAT(layer_error({{1, 3, 4}, {1, 3, 1}}, offset), HasSubstr("3 values from 1 on reach beyond the 3"));
  EXPECT_THAT(layer_error({{1, 1, 4}}, edges), HasSubstr("crops 1 and 0 from 1 rows"));
  EXPECT_THAT(layer_error({{1, 3, 4}}, offset), HasSubstr("cropAmounts must have two entries"));
  EXPECT_THAT(layer_error({{1, 3, 4}, {3, 1}}, offset), HasSubstr("different ranks"));
}

Fill upsample(spec::UpsampleLayerParams::LinearUpsampleMode grid, bool bilinear = true) {
  return [=](Layer& layer) {
    auto& params = *layer.mutable_upsample();
    params.add_scalingfactor(1);
    params.add_scalingfactor(2);
    params.set_linearupsamplemode(grid);
    params.set_mode(bilinear ? spec::UpsampleLayerParams::BILINEAR : spec::UpsampleLayerParams::NN);
  };
}

TEST(UpsampleLayer, KnowsItsModes) {
  using Params = spec::UpsampleLayerParams;
  const TestTensor x{{1, 1, 2}, {0, 12}};
  EXPECT_EQ(run_layer({x}, upsample(Params::DEFAULT, false)).values, (Floats{0, 0, 12, 12}));
  EXPECT_EQ(run_layer({x}, upsample(Params::DEFAULT)).values, (Floats{0, 6, 12, 12}));
  expect_near(run_layer({x}, upsample(Params::ALIGN_CORNERS_TRUE)), {{1, 1, 4}, {0, 4, 8, 12}});
  EXPECT_EQ(run_layer({x}, upsample(Params::ALIGN_CORNERS_FALSE)).values, (Floats{0, 3, 9, 12}));
  EXPECT_EQ(run_layer({x}, [](Layer& layer) { layer.mutable_upsample(); }), x);
}

TEST(UpsampleLayer, TakesFractionalFactors) {
  const Fill fractional = [](Layer& layer) {
    auto& params = *layer.mutable_upsample();
    params.add_fractionalscalingfactor(1);
    params.add_fractionalscalingfactor(2.3F);
    params.set_mode(spec::UpsampleLayerParams::BILINEAR);
    params.set_linearupsamplemode(spec::UpsampleLayerParams::ALIGN_CORNERS_TRUE);
  };
  EXPECT_EQ(run_layer({counting({1, 1, 10})}, fractional).dims.back(), 23);
  EXPECT_THAT(layer_error({{1, 1, 2}},
                          [&](Layer& layer) {
                            fractional(layer);
                            layer.mutable_upsample()->add_scalingfactor(1);
                          }),
              HasSubstr("both scalingFactor and fractionalScalingFactor"));
}

}  // namespace
}  // namespace goldilocks::testing
