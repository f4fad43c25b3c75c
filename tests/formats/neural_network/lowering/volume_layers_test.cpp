// convolution3d, pooling3d and globalPooling3d: each parameter in a case where it matters.
#include <gmock/gmock.h>

#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;
using Floats = std::vector<float>;
using Fill = ModelBuilder::FillLayer;
using Convolution = spec::Convolution3DLayerParams;
using Pooling = spec::Pooling3DLayerParams;

// One channel to one channel, with a kernel of 1 x 1 x taps along one of the axes.
Fill line_convolution(char axis, const Floats& taps, const std::function<void(Convolution&)>& change = {}) {
  return [=](Layer& layer) {
    auto& params = *layer.mutable_convolution3d();
    const auto size = static_cast<int>(taps.size());
    params.set_inputchannels(1);
    params.set_outputchannels(1);
    params.set_ngroups(1);
    params.set_kerneldepth(axis == 'D' ? size : 1);
    params.set_kernelheight(axis == 'H' ? size : 1);
    params.set_kernelwidth(axis == 'W' ? size : 1);
    params.set_stridedepth(1);
    params.set_strideheight(1);
    params.set_stridewidth(1);
    params.set_dilationdepth(1);
    params.set_dilationheight(1);
    params.set_dilationwidth(1);
    params.set_paddingtype(Convolution::VALID);
    set_weights(*params.mutable_weights(), taps);
    if (change) change(params);
  };
}

TestTensor line(char axis, Floats values) {
  const auto size = static_cast<std::int64_t>(values.size());
  return {{1, 1, axis == 'D' ? size : 1, axis == 'H' ? size : 1, axis == 'W' ? size : 1}, std::move(values)};
}

Floats convolve(char axis, const Floats& taps, const std::function<void(Convolution&)>& change = {}) {
  return run_layer({line(axis, {1, 2, 3, 4})}, line_convolution(axis, taps, change)).values;
}

TEST(Convolution3dLayer, RunsAlongEachAxis) {
  for (const char axis : {'D', 'H', 'W'}) EXPECT_EQ(convolve(axis, {1, 10}), (Floats{21, 32, 43})) << axis;
}

TEST(Convolution3dLayer, ReadsStridesAndDilationsByAxis) {
  EXPECT_EQ(convolve('D', {1, 10}, [](Convolution& params) { params.set_stridedepth(2); }), (Floats{21, 43}));
  EXPECT_EQ(convolve('H', {1, 10}, [](Convolution& params) { params.set_strideheight(2); }), (Floats{21, 43}));
  EXPECT_EQ(convolve('W', {1, 10}, [](Convolution& params) { params.set_stridewidth(2); }), (Floats{21, 43}));
  EXPECT_EQ(convolve('D', {1, 10}, [](Convolution& params) { params.set_dilationdepth(2); }), (Floats{31, 42}));
  EXPECT_EQ(convolve('H', {1, 10}, [](Convolution& params) { params.set_dilationheight(2); }), (Floats{31, 42}));
  EXPECT_EQ(convolve('W', {1, 10}, [](Convolution& params) { params.set_dilationwidth(2); }), (Floats{31, 42}));
}

TEST(Convolution3dLayer, PadsEachEdge) {
  const auto padded = [](char axis, void (Convolution::*edge)(std::int32_t)) {
    return convolve(axis, {1, 10}, [=](Convolution& params) {
      params.set_paddingtype(Convolution::CUSTOM);
      (params.*edge)(1);
    });
  };
  EXPECT_EQ(padded('D', &Convolution::set_custompaddingfront), (Floats{10, 21, 32, 43}));
  EXPECT_EQ(padded('D', &Convolution::set_custompaddingback), (Floats{21, 32, 43, 4}));
  EXPECT_EQ(padded('H', &Convolution::set_custompaddingtop), (Floats{10, 21, 32, 43}));
  EXPECT_EQ(padded('H', &Convolution::set_custompaddingbottom), (Floats{21, 32, 43, 4}));
  EXPECT_EQ(padded('W', &Convolution::set_custompaddingleft), (Floats{10, 21, 32, 43}));
  EXPECT_EQ(padded('W', &Convolution::set_custompaddingright), (Floats{21, 32, 43, 4}));
  // The odd one of SAME is at the end.
  const auto same = [](Convolution& params) { params.set_paddingtype(Convolution::SAME); };
  EXPECT_EQ(convolve('W', {1, 10}, same), (Floats{21, 32, 43, 4}));
}

TEST(Convolution3dLayer, HasTheShapeOfTheFormatsExample) {
  const auto fill = [](Layer& layer) {
    line_convolution('W', {})(layer);
    auto& params = *layer.mutable_convolution3d();
    params.set_inputchannels(3);
    params.set_outputchannels(2);
    for (const auto set :
         {&Convolution::set_kerneldepth, &Convolution::set_kernelheight, &Convolution::set_kernelwidth}) {
      (params.*set)(3);
    }
    for (const auto set :
         {&Convolution::set_stridedepth, &Convolution::set_strideheight, &Convolution::set_stridewidth}) {
      (params.*set)(2);
    }
    params.set_paddingtype(Convolution::SAME);
    set_weights(*params.mutable_weights(), Floats(2 * 3 * 27, 1));
  };
  const TestTensor result = run_layer({{{1, 3, 3, 8, 8}, Floats(3 * 3 * 64, 1)}}, fill);
  EXPECT_EQ(result.dims, (Dims{1, 2, 2, 4, 4}));
  // Padding by [1, 1, 0, 1, 0, 1]: the first window meets 2 of 3 depths and all rows and columns.
  EXPECT_EQ(result.values.front(), 3 * 2 * 3 * 3);
  EXPECT_EQ(result.values.back(), 3 * 2 * 2 * 2);
}

TEST(Convolution3dLayer, KeepsGroupsApartAndAddsTheBias) {
  const auto fill = [](bool transposed) -> Fill {
    return [=](Layer& layer) {
      line_convolution('W', {2, 3}, [](Convolution& params) {
        params.set_kernelwidth(1);
        params.set_inputchannels(2);
        params.set_outputchannels(2);
        params.set_ngroups(2);
        params.set_hasbias(true);
        set_weights(*params.mutable_bias(), {100, 200});
      })(layer);
      layer.mutable_convolution3d()->set_isdeconvolution(transposed);
    };
  };
  const TestTensor x{{1, 2, 1, 1, 1}, {1, 10}};
  EXPECT_EQ(run_layer({x}, fill(false)).values, (Floats{102, 230}));
  EXPECT_EQ(run_layer({x}, fill(true)).values, (Floats{102, 230}));
  EXPECT_THAT(layer_error({{1, 1, 1, 1}}, fill(false)), HasSubstr("a rank of 5 or more is needed"));
  EXPECT_THAT(layer_error({{1, 4, 1, 1, 1}}, fill(false)), HasSubstr("the weight has shape [2, 1, 1, 1, 1]"));
}

TEST(Convolution3dLayer, DeconvolutionSpreadsInputsOverItsKernel) {
  const auto spread = [](const std::function<void(Convolution&)>& change) {
    return run_layer({line('W', {1, 2})}, line_convolution('W', {1, 10, 100},
                                                           [&](Convolution& params) {
                                                             params.set_isdeconvolution(true);
                                                             change(params);
                                                           }))
        .values;
  };
  EXPECT_EQ(spread([](Convolution&) {}), (Floats{1, 12, 120, 200}));
  EXPECT_EQ(spread([](Convolution& params) { params.set_stridewidth(2); }), (Floats{1, 10, 102, 20, 200}));
  EXPECT_EQ(spread([](Convolution& params) { params.set_dilationwidth(2); }), (Floats{1, 2, 10, 20, 100, 200}));
  EXPECT_EQ(spread([](Convolution& params) { params.set_paddingtype(Convolution::SAME); }), (Floats{12, 120}));
  EXPECT_EQ(spread([](Convolution& params) {
              params.set_paddingtype(Convolution::CUSTOM);
              params.set_custompaddingleft(2);
            }),
            (Floats{120, 200}));
  EXPECT_EQ(spread([](Convolution& params) {
              for (const std::uint64_t size : {1, 1, 3}) params.add_outputshape(size);
            }),
            (Floats{1, 12, 120}));
}

TEST(Convolution3dLayer, KnowsItsWeightsOrderInADeconvolution) {
  const auto fill = line_convolution('W', {1, 2, 3, 4}, [](Convolution& params) {
    params.set_kernelwidth(1);
    params.set_inputchannels(2);
    params.set_outputchannels(2);
    params.set_isdeconvolution(true);
  });
  EXPECT_EQ(run_layer({{{1, 2, 1, 1, 1}, {1, 10}}}, fill).values, (Floats{31, 42}));
}

TEST(Convolution3dLayer, RefusesWhatIsNotStated) {
  const auto with = [](const std::function<void(Convolution&)>& change) {
    return layer_error({{1, 1, 1, 1, 4}}, line_convolution('W', {1}, change));
  };
  EXPECT_THAT(with([](Convolution& params) { params.set_ngroups(0); }), HasSubstr("nGroups can't be 0"));
  EXPECT_THAT(with([](Convolution& params) { params.set_stridewidth(0); }), HasSubstr("a stride can't be 0"));
  EXPECT_THAT(with([](Convolution& params) { params.set_dilationdepth(-1); }), HasSubstr("a dilation can't be -1"));
  EXPECT_THAT(with([](Convolution& params) { params.set_ngroups(2); }), HasSubstr("groups don't divide"));
  EXPECT_THAT(
      with([](Convolution& params) { params.set_custompaddingtop(-1), params.set_paddingtype(Convolution::CUSTOM); }),
      HasSubstr("can't pad by -1"));
}

Fill pooling(Pooling::PoolingType3D type, char axis, const std::function<void(Pooling&)>& change = {}) {
  return [=](Layer& layer) {
    auto& params = *layer.mutable_pooling3d();
    params.set_type(type);
    params.set_kerneldepth(axis == 'D' ? 2 : 1);
    params.set_kernelheight(axis == 'H' ? 2 : 1);
    params.set_kernelwidth(axis == 'W' ? 2 : 1);
    params.set_stridedepth(1);
    params.set_strideheight(1);
    params.set_stridewidth(1);
    params.set_paddingtype(Pooling::VALID);
    if (change) change(params);
  };
}

TEST(Pooling3dLayer, TakesTheLargestOrTheMeanAlongEachAxis) {
  for (const char axis : {'D', 'H', 'W'}) {
    const TestTensor x = line(axis, {1, 5, 3, 4});
    EXPECT_EQ(run_layer({x}, pooling(Pooling::MAX, axis)).values, (Floats{5, 5, 4})) << axis;
    EXPECT_EQ(run_layer({x}, pooling(Pooling::AVERAGE, axis)).values, (Floats{3, 4, 3.5F})) << axis;
  }
  const auto strided = [](char axis, void (Pooling::*stride)(std::int32_t)) {
    return run_layer({line(axis, {1, 5, 3, 4})},
                     pooling(Pooling::MAX, axis, [=](Pooling& params) { (params.*stride)(2); }))
        .values;
  };
  EXPECT_EQ(strided('D', &Pooling::set_stridedepth), (Floats{5, 4}));
  EXPECT_EQ(strided('H', &Pooling::set_strideheight), (Floats{5, 4}));
  EXPECT_EQ(strided('W', &Pooling::set_stridewidth), (Floats{5, 4}));
}

TEST(Pooling3dLayer, CountsPaddingUnlessToldNotTo) {
  const auto padded = [](char axis, void (Pooling::*edge)(std::int32_t), bool exclude) {
    return run_layer({line(axis, {2, 4})}, pooling(Pooling::AVERAGE, axis,
                                                   [=](Pooling& params) {
                                                     params.set_paddingtype(Pooling::CUSTOM);
                                                     params.set_countexcludepadding(exclude);
                                                     (params.*edge)(1);
                                                   }))
        .values;
  };
  EXPECT_EQ(padded('D', &Pooling::set_custompaddingfront, false), (Floats{1, 3}));
  EXPECT_EQ(padded('D', &Pooling::set_custompaddingback, false), (Floats{3, 2}));
  EXPECT_EQ(padded('H', &Pooling::set_custompaddingtop, false), (Floats{1, 3}));
  EXPECT_EQ(padded('H', &Pooling::set_custompaddingbottom, false), (Floats{3, 2}));
  EXPECT_EQ(padded('W', &Pooling::set_custompaddingleft, false), (Floats{1, 3}));
  EXPECT_EQ(padded('W', &Pooling::set_custompaddingright, false), (Floats{3, 2}));
  EXPECT_EQ(padded('W', &Pooling::set_custompaddingleft, true), (Floats{2, 3}));
  const auto same = [](Pooling& params) { params.set_paddingtype(Pooling::SAME); };
  EXPECT_EQ(run_layer({line('W', {2, 4})}, pooling(Pooling::AVERAGE, 'W', same)).values, (Floats{3, 2}));
  // However large the kernel: what lies outside of the input costs no time.
  const auto huge = [](Pooling& params) {
    params.set_paddingtype(Pooling::SAME);
    params.set_kernelwidth(2000000000);
  };
  EXPECT_EQ(run_layer({line('W', {2, 4})}, pooling(Pooling::MAX, 'W', huge)).values, (Floats{4, 4}));
  // Padding never wins a maximum.
  EXPECT_EQ(run_layer({line('W', {-2, -4})}, pooling(Pooling::MAX, 'W', same)).values, (Floats{-2, -4}));
}

TEST(GlobalPooling3dLayer, LooksAtTheWholeVolume) {
  const TestTensor x{{1, 2, 1, 2, 2}, {1, 2, 3, 6, -1, -2, -3, -6}};
  const auto pool = [&](spec::GlobalPooling3DLayerParams::GlobalPoolingType3D type) {
    return run_layer({x}, [=](Layer& layer) { layer.mutable_globalpooling3d()->set_type(type); });
  };
  EXPECT_EQ(pool(spec::GlobalPooling3DLayerParams::MAX), (TestTensor{{1, 2, 1, 1, 1}, {6, -1}}));
  EXPECT_EQ(pool(spec::GlobalPooling3DLayerParams::AVERAGE).values, (Floats{3, -3}));
}

}  // namespace
}  // namespace goldilocks::testing
