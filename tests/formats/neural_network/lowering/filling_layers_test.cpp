// Tensors of values that repeat.
#include <gmock/gmock.h>

#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;
using Floats = std::vector<float>;
using Fill = ModelBuilder::FillLayer;

TEST(FillLayers, StateTheShapeInThreeWays) {
  const TestTensor sevens{{2, 3}, Floats(6, 7)};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(run_layer({{{2, 3}, Floats(6, nan)}}, [](Layer& layer) { layer.mutable_filllike()->set_value(7); }),
            sevens);
  const auto fill_static = [](const std::vector<std::uint64_t>& shape) {
    return [=](Layer& layer) {
      layer.mutable_fillstatic()->set_value(7);
      for (const std::uint64_t size : shape) layer.mutable_fillstatic()->add_targetshape(size);
    };
  };
  EXPECT_EQ(run_layer({}, fill_static({2, 3})), sevens);
  EXPECT_THAT(layer_error({}, fill_static({})), HasSubstr("targetShape is empty"));
  EXPECT_THAT(layer_error({}, fill_static({2, 0})), HasSubstr("can't be broadcast to [2, 0]"));
  const Fill dynamic = [](Layer& layer) { layer.mutable_filldynamic()->set_value(7); };
  EXPECT_EQ(run_layer({{{2}, {2, 3}}}, dynamic), sevens);
}

TEST(BroadcastLayers, StateTheShapeInThreeWays) {
  const TestTensor x{{2, 1}, {1, 2}};
  const TestTensor repeated{{2, 2, 3}, {1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2}};
  EXPECT_EQ(run_layer({x, counting({2, 2, 3})}, [](Layer& layer) { layer.mutable_broadcasttolike(); }), repeated);
  const Fill fixed = [](Layer& layer) {
    for (const std::uint64_t size : {2, 2, 3}) layer.mutable_broadcasttostatic()->add_targetshape(size);
  };
  EXPECT_EQ(run_layer({x}, fixed), repeated);
  EXPECT_THAT(layer_error({{3, 1}}, fixed), HasSubstr("shape [3, 1] can't be broadcast to [2, 2, 3]"));
  EXPECT_THAT(layer_error({{1, 2, 2, 3}}, fixed), HasSubstr("can't be broadcast"));
  const Fill dynamic = [](Layer& layer) { layer.mutable_broadcasttodynamic(); };
  for (const bool known : {false, true}) {
    EXPECT_EQ(run_layer_outputs({x, {{3}, {2, 2, 3}}}, dynamic, 1, known)[0], repeated);
    EXPECT_ANY_THROW(run_layer_outputs({x, {{2}, {3, 3}}}, dynamic, 1, known));
  }
}

TEST(RangeLayers, CountFromStartToBeforeEndBySteps) {
  const auto fixed = [](float start, float end, float step) -> Fill {
    return [=](Layer& layer) {
      layer.mutable_rangestatic()->set_startvalue(start);
      layer.mutable_rangestatic()->set_endvalue(end);
      layer.mutable_rangestatic()->set_stepsizevalue(step);
    };
  };
  EXPECT_EQ(run_layer({}, fixed(1, 4, 1)), counting({3}));
  EXPECT_EQ(run_layer({}, fixed(5, -1, -2.5F)).values, (Floats{5, 2.5F, 0}));
  EXPECT_EQ(run_layer({}, fixed(0, 5000, 1)).values.back(), 4999) << "too long to be computed beforehand";
  EXPECT_THAT(layer_error({}, fixed(0, 1, 0)), HasSubstr("is no range that can be stored"));
  EXPECT_THAT(layer_error({}, fixed(0, -1, 1)), HasSubstr("is no range that can be stored"));
  EXPECT_THAT(layer_error({}, fixed(0, 1e20F, 1)), HasSubstr("is no range that can be stored"));
  const Fill dynamic = [](Layer& layer) {
    layer.mutable_rangedynamic()->set_startvalue(2);
    layer.mutable_rangedynamic()->set_stepsizevalue(3);
  };
  EXPECT_EQ(run_layer({{{1}, {9}}}, dynamic).values, (Floats{2, 5, 8}));
  EXPECT_EQ(run_layer({{{1}, {9}}, {{1}, {1}}}, dynamic).values, (Floats{1, 4, 7}));
  EXPECT_EQ(run_layer({{{1}, {9}}, {{1}, {1}}, {{1}, {7}}}, dynamic).values, (Floats{1, 8}));
}

TEST(TileLayer, RepeatsAlongEachDimension) {
  const TestTensor x = counting({2, 2});
  const auto tile = [](const std::vector<std::uint64_t>& reps) -> Fill {
    return [=](Layer& layer) {
      layer.mutable_tile();
      for (const std::uint64_t count : reps) layer.mutable_tile()->add_reps(count);
    };
  };
  EXPECT_EQ(run_layer({x}, tile({2, 1})), (TestTensor{{4, 2}, {1, 2, 3, 4, 1, 2, 3, 4}}));
  EXPECT_EQ(run_layer({x}, tile({2})), (TestTensor{{2, 4}, {1, 2, 1, 2, 3, 4, 3, 4}})) << "of the last dimension";
  for (const bool known : {false, true}) {
    EXPECT_EQ(run_layer_outputs({x, {{2}, {1, 2}}}, tile({9}), 1, known)[0],
              (TestTensor{{2, 4}, {1, 2, 1, 2, 3, 4, 3, 4}}));
    EXPECT_ANY_THROW(run_layer_outputs({x, {{2}, {1, 0}}}, tile({}), 1, known));
  }
  EXPECT_THAT(layer_error({{2, 2}}, tile({})), HasSubstr("reps is empty"));
  EXPECT_THAT(layer_error({{2, 2}}, tile({1, 1, 1})), HasSubstr("are more than the dimensions"));
}

TEST(SequenceRepeatLayer, RepeatsTheFirstOfFiveDimensions) {
  const auto repeat = [](std::uint64_t count) {
    return [=](Layer& layer) { layer.mutable_sequencerepeat()->set_nrepetitions(count); };
  };
  const TestTensor x = counting({2, 1, 1, 1, 1});
  EXPECT_EQ(run_layer({x}, repeat(2)), (TestTensor{{4, 1, 1, 1, 1}, {1, 2, 1, 2}}));
  EXPECT_EQ(run_layer({x}, repeat(0)), x);
  EXPECT_EQ(run_layer({counting({3, 2, 1, 1, 1, 1})}, repeat(2)).dims, (Dims{3, 4, 1, 1, 1, 1}));
  EXPECT_THAT(layer_error({{1, 1, 1, 1}}, repeat(1)), HasSubstr("a rank of 5 or more"));
}

// The examples of the format.
TEST(OneHotLayer, MarksThePlaceOfEachIndex) {
  const auto one_hot = [](std::uint64_t size, std::int64_t axis, float on, float off) -> Fill {
    return [=](Layer& layer) {
      layer.mutable_onehot()->set_onehotvectorsize(size);
      layer.mutable_onehot()->set_axis(axis);
      layer.mutable_onehot()->set_onvalue(on);
      layer.mutable_onehot()->set_offvalue(off);
    };
  };
  EXPECT_EQ(run_layer({{{2}, {2, 0}}}, one_hot(4, -1, 5, -1)), (TestTensor{{2, 4}, {-1, -1, 5, -1, 5, -1, -1, -1}}));
  EXPECT_EQ(run_layer({{{2}, {2, -1}}}, one_hot(4, -1, 5, -1)), (TestTensor{{2, 4}, {-1, -1, 5, -1, -1, -1, -1, -1}}));
  EXPECT_EQ(run_layer({{{2}, {1, 0}}}, one_hot(3, 0, 1, 0)), (TestTensor{{3, 2}, {0, 1, 1, 0, 0, 0}}));
  EXPECT_EQ(run_layer({counting({10, 23})}, one_hot(32, 1, 1, 0)).dims, (Dims{10, 32, 23}));
  for (const bool known : {false, true}) {
    EXPECT_EQ(run_layer_outputs({{{2}, {1, 0}}, {{1}, {2}}}, one_hot(7, -1, 1, 0), 1, known)[0],
              (TestTensor{{2, 2}, {0, 1, 1, 0}}));
  }
  EXPECT_THAT(layer_error({{2}}, one_hot(4, 2, 1, 0)), HasSubstr("axis 2 is out of range for rank 2"));
}

TEST(LoadConstantNDLayer, GivesItsData) {
  const auto constant = [](const std::vector<std::uint64_t>& shape, const Floats& values) -> Fill {
    return [=](Layer& layer) {
      for (const std::uint64_t size : shape) layer.mutable_loadconstantnd()->add_shape(size);
      set_weights(*layer.mutable_loadconstantnd()->mutable_data(), values);
    };
  };
  EXPECT_EQ(run_layer({}, constant({2, 1, 1, 1, 2}, {1, 2, 3, 4})), (TestTensor{{2, 1, 1, 1, 2}, {1, 2, 3, 4}}));
  EXPECT_THAT(layer_error({}, constant({}, {1})), HasSubstr("shape has 0 entries, not 1 to 5"));
  EXPECT_NE(layer_error({}, constant({3}, {1})), "");
}

}  // namespace
}  // namespace goldilocks::testing
