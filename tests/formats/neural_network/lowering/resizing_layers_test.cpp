// resizeBilinear, cropResize and constantPad, and convolution with weights from an input: each parameter in a case
// where it matters.
#include <gmock/gmock.h>

#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;
using Floats = std::vector<float>;
using Fill = ModelBuilder::FillLayer;
using Sampling = spec::SamplingMode;
using Boxes = spec::BoxCoordinatesMode;

Fill resize(std::vector<std::uint64_t> size, Sampling::Method method) {
  return [=](Layer& layer) {
    for (const std::uint64_t entry : size) layer.mutable_resizebilinear()->add_targetsize(entry);
    layer.mutable_resizebilinear()->mutable_mode()->set_samplingmethod(method);
  };
}

TEST(ResizeBilinearLayer, KnowsItsGrids) {
  const TestTensor row{{1, 1, 4}, {0, 1, 2, 3}};  // a value is its own place
  const auto places = [&](Sampling::Method method, std::uint64_t points) {
    return run_layer({row}, resize({1, points}, method)).values;
  };
  EXPECT_EQ(places(Sampling::STRICT_ALIGN_ENDPOINTS_MODE, 3), (Floats{0, 1.5F, 3}));
  EXPECT_EQ(places(Sampling::STRICT_ALIGN_ENDPOINTS_MODE, 1), (Floats{0}));
  EXPECT_EQ(places(Sampling::ALIGN_ENDPOINTS_MODE, 3), (Floats{0, 1.5F, 3}));
  EXPECT_EQ(places(Sampling::ALIGN_ENDPOINTS_MODE, 1), (Floats{1.5F}));
  EXPECT_EQ(places(Sampling::UPSAMPLE_MODE, 2), (Floats{0, 2}));
  EXPECT_EQ(places(Sampling::UPSAMPLE_MODE, 8), (Floats{0, 0.5F, 1, 1.5F, 2, 2.5F, 3, 3}));
  EXPECT_EQ(places(Sampling::ROI_ALIGN_MODE, 2), (Floats{0.75F, 2.25F}));
  EXPECT_EQ(run_layer({{{1, 1, 1}, {7}}}, resize({1, 2}, Sampling::ROI_ALIGN_MODE)).values, (Floats{7, 7}));
}

TEST(ResizeBilinearLayer, TakesHeightFirstAndDefaultsToOnePixel) {
  const TestTensor x{{1, 2, 2}, {0, 10, 100, 110}};
  EXPECT_EQ(run_layer({x}, resize({3, 1}, Sampling::STRICT_ALIGN_ENDPOINTS_MODE)),
            (TestTensor{{1, 3, 1}, {0, 50, 100}}));
  EXPECT_EQ(run_layer({x}, resize({1, 3}, Sampling::STRICT_ALIGN_ENDPOINTS_MODE)), (TestTensor{{1, 1, 3}, {0, 5, 10}}));
  EXPECT_EQ(run_layer({x}, resize({}, Sampling::ALIGN_ENDPOINTS_MODE)), (TestTensor{{1, 1, 1}, {55}}));
  EXPECT_THAT(layer_error({{2, 2}}, resize({1, 1}, Sampling::UPSAMPLE_MODE)), HasSubstr("a rank of 3 or more"));
  EXPECT_THAT(layer_error({{1, 2, 2}}, resize({0, 1}, Sampling::UPSAMPLE_MODE)), HasSubstr("size can't be 0"));
}

struct Crop {
  std::vector<std::uint64_t> size = {1, 3};
  Sampling::Method method = Sampling::STRICT_ALIGN_ENDPOINTS_MODE;
  Boxes::Coordinates boxes = Boxes::CORNERS_HEIGHT_FIRST;
  bool normalized = false;
  float scale = 1;
};

Fill crop(const Crop& how) {
  return [=](Layer& layer) {
    auto& params = *layer.mutable_cropresize();
    for (const std::uint64_t entry : how.size) params.add_targetsize(entry);
    params.mutable_mode()->set_samplingmethod(how.method);
    params.mutable_boxindicesmode()->set_boxmode(how.boxes);
    params.set_normalizedcoordinates(how.normalized);
    params.set_spatialscale(how.scale);
  };
}

// Five rows and columns; a value is 10 * row + column.
TestTensor places() {
  TestTensor x{{1, 1, 1, 5, 5}, {}};
  for (int row = 0; row < 5; ++row) {
    for (int column = 0; column < 5; ++column) x.values.push_back(static_cast<float>(10 * row + column));
  }
  return x;
}

TestTensor box(Floats values) { return {{1, 1, static_cast<std::int64_t>(values.size()), 1, 1}, std::move(values)}; }

Floats cropped(Floats coordinates, const Crop& how) {
  return run_layer({places(), box(std::move(coordinates))}, crop(how)).values;
}

TEST(CropResizeLayer, ReadsBoxesInFourWays) {
  // Row 1, columns 2 to 4.
  EXPECT_EQ(cropped({1, 2, 1, 4}, {}), (Floats{12, 13, 14}));
  EXPECT_EQ(cropped({2, 1, 4, 1}, {.boxes = Boxes::CORNERS_WIDTH_FIRST}), (Floats{12, 13, 14}));
  EXPECT_EQ(cropped({1, 3, 0, 2}, {.boxes = Boxes::CENTER_SIZE_HEIGHT_FIRST}), (Floats{12, 13, 14}));
  EXPECT_EQ(cropped({3, 1, 2, 0}, {.boxes = Boxes::CENTER_SIZE_WIDTH_FIRST}), (Floats{12, 13, 14}));
}

TEST(CropResizeLayer, ScalesCoordinates) {
  EXPECT_EQ(cropped({0.25F, 0.5F, 0.25F, 1}, {.normalized = true}), (Floats{12, 13, 14}));
  EXPECT_EQ(cropped({2, 4, 2, 8}, {.scale = 0.5F}), (Floats{12, 13, 14}));
  EXPECT_EQ(cropped({0.5F, 1, 0.5F, 2}, {.normalized = true, .scale = 0.5F}), (Floats{12, 13, 14}));
  EXPECT_EQ(cropped({1, 2, 1, 4}, {.scale = 0}), (Floats{12, 13, 14}));
}

TEST(CropResizeLayer, KnowsItsGrids) {
  const auto points = [](Sampling::Method method, std::uint64_t count) {
    return cropped({1, 1, 1, 4}, {.size = {1, count}, .method = method});
  };
  EXPECT_EQ(points(Sampling::STRICT_ALIGN_ENDPOINTS_MODE, 1), (Floats{11}));
  EXPECT_EQ(points(Sampling::ALIGN_ENDPOINTS_MODE, 1), (Floats{12.5F}));
  EXPECT_EQ(points(Sampling::UPSAMPLE_MODE, 2), (Floats{11, 13}));
  EXPECT_EQ(points(Sampling::UPSAMPLE_MODE, 8), (Floats{11, 11.5F, 12, 12.5F, 13, 13.5F, 14, 14}));
  EXPECT_EQ(points(Sampling::ROI_ALIGN_MODE, 2), (Floats{11.75F, 13.25F}));
  EXPECT_EQ(cropped({0, 0, 2, 2}, {.size = {}}), (Floats{0}));
}

TEST(CropResizeLayer, RepeatsTheEdgeOutsideOfTheImage) {
  EXPECT_EQ(cropped({-3, -1, -3, 1}, {}), (Floats{0, 0, 1}));
  EXPECT_EQ(cropped({9, 3, 9, 5}, {}), (Floats{43, 44, 44}));
}

TEST(CropResizeLayer, CutsBoxesFromAllImagesOrFromTheOneNamed) {
  const TestTensor images{{1, 2, 1, 1, 2}, {1, 2, 3, 4}};
  const Fill pixel = crop({.size = {1, 1}});
  const TestTensor two{{2, 1, 4, 1, 1}, {0, 0, 0, 0, 0, 1, 0, 1}};
  EXPECT_EQ(run_layer({images, two}, pixel), (TestTensor{{2, 2, 1, 1, 1}, {1, 3, 2, 4}}));
  const TestTensor named{{2, 1, 5, 1, 1}, {1, 0, 0, 0, 0, 0, 0, 1, 0, 1}};
  EXPECT_EQ(run_layer({images, named}, pixel), (TestTensor{{2, 1, 1, 1, 1}, {3, 2}}));
  EXPECT_THROW(run_layer({images, box({2, 0, 0, 0, 0})}, pixel), graph::GraphError);
  EXPECT_THAT(layer_error({{1, 2, 1, 1, 2}, {2, 1, 3, 1, 1}}, pixel), HasSubstr("the boxes have shape"));
  EXPECT_THAT(layer_error({{2, 2, 1, 1, 2}, {2, 1, 4, 1, 1}}, pixel), HasSubstr("instead of [1, B, C, H, W]"));
}

Fill pad(std::vector<std::uint64_t> amounts, bool to_size = false, float value = 0) {
  return [=](Layer& layer) {
    for (const std::uint64_t amount : amounts) layer.mutable_constantpad()->add_padamounts(amount);
    layer.mutable_constantpad()->set_padtogivenoutputsizemode(to_size);
    layer.mutable_constantpad()->set_value(value);
  };
}

TEST(ConstantPadLayer, PadsEveryDimension) {
  const TestTensor x{{2, 1}, {1, 2}};
  EXPECT_EQ(run_layer({x}, pad({1, 0, 0, 1}, false, 7)), (TestTensor{{3, 2}, {7, 7, 1, 7, 2, 7}}));
  EXPECT_EQ(run_layer({{{1}, {5}}}, pad({1, 2})), (TestTensor{{4}, {0, 5, 0, 0}}));
  EXPECT_EQ(run_layer({{{20, 10, 5}, Floats(1000, 1)}}, pad({0, 0, 3, 4, 0, 9})).dims, (Dims{20, 17, 14}));
  EXPECT_THAT(layer_error({{2, 1}}, pad({1, 0})), HasSubstr("has 2 amounts for an input of shape [2, 1]"));
}

TEST(ConstantPadLayer, ReachesASizeOnTheSideThatIsNamed) {
  EXPECT_EQ(run_layer({{{2}, {1, 2}}}, pad({3, 0}, true)), (TestTensor{{3}, {0, 1, 2}}));
  EXPECT_EQ(run_layer({{{2}, {1, 2}}}, pad({0, 3}, true)), (TestTensor{{3}, {1, 2, 0}}));
  EXPECT_EQ(run_layer({{{2}, {1, 2}}}, pad({0, 1}, true)), (TestTensor{{2}, {1, 2}}));
  EXPECT_EQ(run_layer({{{20, 10}, Floats(200, 1)}}, pad({0, 21, 14, 0}, true)).dims, (Dims{21, 14}));
  EXPECT_THAT(layer_error({{2}}, pad({3, 3}, true)), HasSubstr("can reach a size on one side alone"));
}

TEST(ConstantPadLayer, TakesAmountsFromASecondInput) {
  EXPECT_EQ(run_layer({{{2}, {1, 2}}, {{2}, {1, 2}}}, pad({}, false, 9)), (TestTensor{{5}, {9, 1, 2, 9, 9}}));
  EXPECT_EQ(run_layer({{{2}, {1, 2}}, {{2}, {0, 3}}}, pad({}, true)), (TestTensor{{3}, {1, 2, 0}}));
  EXPECT_THROW(run_layer({{{2}, {1, 2}}, {{2}, {-1, 0}}}, pad({})), graph::GraphError);
  EXPECT_THAT(layer_error({{2}, {3}}, pad({})), HasSubstr("the amounts has shape [3] instead of [2]"));
}

Fill dynamic_convolution(const std::function<void(spec::ConvolutionLayerParams&)>& change = {}) {
  return [=](Layer& layer) {
    auto& params = *layer.mutable_convolution();
    params.set_outputchannels(2);
    params.set_kernelchannels(1);
    for (const std::uint64_t size : {1, 2}) params.add_kernelsize(size);
    params.set_hasbias(true);  // not read
    params.mutable_valid();
    if (change) change(params);
  };
}

TEST(ConvolutionLayer, TakesWeightsFromASecondInput) {
  const TestTensor x{{1, 1, 1, 3}, {1, 2, 3}}, weights{{2, 1, 1, 2}, {1, 10, 100, 0}};
  EXPECT_EQ(run_layer({x, weights}, dynamic_convolution()), (TestTensor{{1, 2, 1, 2}, {21, 32, 100, 200}}));
  const auto stride = [](spec::ConvolutionLayerParams& params) {
    params.add_stride(1);
    params.add_stride(2);
  };
  EXPECT_EQ(run_layer({x, weights}, dynamic_convolution(stride)), (TestTensor{{1, 2, 1, 1}, {21, 100}}));
  const auto groups = [](spec::ConvolutionLayerParams& params) { params.set_ngroups(2); };
  const TestTensor two{{1, 2, 1, 2}, {1, 2, 3, 4}};
  EXPECT_EQ(run_layer({two, weights}, dynamic_convolution(groups)), (TestTensor{{1, 2, 1, 1}, {21, 300}}));
}

TEST(ConvolutionLayer, RefusesOtherWeightsFromAnInputThanItStates) {
  const Dims x = {1, 1, 1, 3};
  EXPECT_THAT(layer_error({x, {2, 1, 1, 3}}, dynamic_convolution()),
              HasSubstr("weights of shape [2, 1, 1, 2] are stated"));
  EXPECT_THAT(
      layer_error({x, {2, 1, 1, 2}}, dynamic_convolution([](auto& params) { params.set_isdeconvolution(true); })),
      HasSubstr("a deconvolution can't take its weights"));
  EXPECT_THAT(layer_error({x, {2, 1, 1, 2}}, dynamic_convolution([](auto& params) {
                            params.add_dilationfactor(1);
                            params.add_dilationfactor(2);
                          })),
              HasSubstr("don't go with a dilation"));
}

}  // namespace
}  // namespace goldilocks::testing
