// Parts of tensors: each parameter of the slices in a case where it matters, and all of them against an enumeration.
#include <gmock/gmock.h>

#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;
using Floats = std::vector<float>;
using Fill = ModelBuilder::FillLayer;
using Integers = std::vector<std::int64_t>;
using Slice = spec::SliceLayerParams;

Fill slice(Slice::SliceAxis axis, std::int64_t start, std::int64_t end, std::uint64_t stride = 1) {
  return [=](Layer& layer) {
    layer.mutable_slice()->set_axis(axis);
    layer.mutable_slice()->set_startindex(start);
    layer.mutable_slice()->set_endindex(end);
    layer.mutable_slice()->set_stride(stride);
  };
}

TEST(SliceLayer, TakesPartOfChannelsHeightOrWidth) {
  const TestTensor x = counting({2, 2, 4});
  EXPECT_EQ(run_layer({x}, slice(Slice::CHANNEL_AXIS, 1, 2)), (TestTensor{{1, 2, 4}, {9, 10, 11, 12, 13, 14, 15, 16}}));
  EXPECT_EQ(run_layer({x}, slice(Slice::HEIGHT_AXIS, 0, -1)), (TestTensor{{2, 1, 4}, {1, 2, 3, 4, 9, 10, 11, 12}}));
  EXPECT_EQ(run_layer({x}, slice(Slice::WIDTH_AXIS, -4, 4, 3)), (TestTensor{{2, 2, 2}, {1, 4, 5, 8, 9, 12, 13, 16}}));
  EXPECT_THAT(layer_error({{2, 4}}, slice(Slice::CHANNEL_AXIS, 0, 1)), HasSubstr("a rank of 3 or more"));
  EXPECT_THAT(layer_error({{2, 4}}, slice(Slice::WIDTH_AXIS, 0, 1, 0)), HasSubstr("stride can't be 0"));
  EXPECT_THAT(layer_error({{2, 4}}, slice(Slice::WIDTH_AXIS, 2, 2)), HasSubstr("would be empty"));
}

struct Cut {
  std::int64_t begin = 0, end = 0, stride = 1;
  bool begin_mask = false, end_mask = false, squeeze = false;
};

Fill slice_static(const std::vector<Cut>& cuts) {
  return [=](Layer& layer) {
    auto& params = *layer.mutable_slicestatic();
    for (const Cut& cut : cuts) {
      params.add_beginids(cut.begin);
      params.add_endids(cut.end);
      params.add_strides(cut.stride);
      params.add_beginmasks(cut.begin_mask);
      params.add_endmasks(cut.end_mask);
      params.add_squeezemasks(cut.squeeze);
    }
  };
}

TEST(SliceStaticLayer, HasBeginsEndsStridesAndMasks) {
  const TestTensor x = counting({5});
  const auto values = [&](const Cut& cut) { return run_layer({x}, slice_static({cut})).values; };
  EXPECT_EQ(values({1, 4}), (Floats{2, 3, 4}));
  EXPECT_EQ(values({-4, -1, 2}), (Floats{2, 4}));
  EXPECT_EQ(values({4, 0, -2}), (Floats{5, 3}));
  EXPECT_EQ(values({3, 2, 1, true, false}), (Floats{1, 2}));
  EXPECT_EQ(values({3, 2, 1, false, true}), (Floats{4, 5}));
  EXPECT_EQ(values({1, 2, -1, true, false}), (Floats{5, 4}));
  EXPECT_EQ(values({1, 2, -1, false, true}), (Floats{2, 1}));
  EXPECT_EQ(values({-99, 99}), x.values);
}

// The example of the format: x[:3:2, 2, ::2].
TEST(SliceStaticLayer, SqueezesToTheValueAtBeginWhateverElseIsStated) {
  const TestTensor x = counting({5, 5, 5});
  const std::vector<Cut> cuts = {{1, 3, 2, true}, {2, -3, 2, false, true, true}, {3, 2, 2, true, true}};
  EXPECT_EQ(run_layer({x}, slice_static(cuts)), (TestTensor{{2, 3}, {11, 13, 15, 61, 63, 65}}));
  EXPECT_EQ(run_layer({counting({5})}, slice_static({{-1, 0, 1, false, false, true}})), (TestTensor{{1}, {5}}));
  EXPECT_EQ(run_layer({counting({5})}, slice_static({{1, 0, 0, true, false, true}})), (TestTensor{{1}, {2}}));
}

TEST(SliceStaticLayer, RefusesListsOfAnotherLength) {
  EXPECT_THAT(layer_error({{2, 2}}, slice_static({{0, 1}})), HasSubstr("beginIds has 1 entries for 2 dimensions"));
  EXPECT_THAT(layer_error({{2}}, slice_static({{0, 1, 0}})), HasSubstr("strides can't have 0"));
}

// What python's slice(begin, end, stride) goes through.
Integers enumerate(std::int64_t size, Cut cut) {
  const bool up = cut.stride > 0;
  const auto position = [&](std::int64_t at) {
    if (at < 0) at += size;
    return std::min(std::max(at, up ? std::int64_t{0} : std::int64_t{-1}), up ? size : size - 1);
  };
  std::int64_t at = cut.begin_mask ? (up ? 0 : size - 1) : position(cut.begin);
  const std::int64_t end = cut.end_mask ? (up ? size : -1) : position(cut.end);
  Integers indexes;
  for (; up ? at < end : at > end; at += cut.stride) indexes.push_back(at);
  return indexes;
}

TEST(SliceLayers, TakeWhatAnEnumerationGoesThrough) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    SCOPED_TRACE("seed " + std::to_string(seed));
    const TestTensor x = counting({between(random, 1, 6), between(random, 1, 6)});
    std::vector<Cut> cuts;
    std::vector<Integers> indexes;
    for (const std::int64_t size : x.dims) {
      Cut cut{between(random, -8, 8),     between(random, -8, 8),     between(random, 1, 3),
              between(random, 0, 2) == 0, between(random, 0, 2) == 0, false};
      if (between(random, 0, 1) == 1) cut.stride = -cut.stride;
      cuts.push_back(cut);
      indexes.push_back(enumerate(size, cut));
    }
    if (indexes[0].empty() || indexes[1].empty()) continue;
    TestTensor expected{{static_cast<std::int64_t>(indexes[0].size()), static_cast<std::int64_t>(indexes[1].size())},
                        {}};
    for (const std::int64_t row : indexes[0]) {
      for (const std::int64_t column : indexes[1]) {
        expected.values.push_back(x.values[static_cast<std::size_t>(row * x.dims[1] + column)]);
      }
    }
    EXPECT_EQ(run_layer({x}, slice_static(cuts)), expected);
    std::vector<TestTensor> inputs = {x};
    for (int list = 0; list < 5; ++list) {
      TestTensor input{{2}, {}};
      for (const Cut& cut : cuts) {
        const std::int64_t values[] = {cut.begin, cut.end, cut.stride, cut.begin_mask ? 1 : 0, cut.end_mask ? 1 : 0};
        input.values.push_back(static_cast<float>(values[list]));
      }
      inputs.push_back(input);
    }
    const Fill dynamic = [](Layer& layer) { layer.mutable_slicedynamic(); };
    EXPECT_EQ(run_layer(inputs, dynamic), expected);
    EXPECT_EQ(run_layer_outputs(inputs, dynamic, 1, true)[0], expected);
  }
}

TEST(SliceDynamicLayer, TakesWhatIsNotAnInputFromItsParameters) {
  const TestTensor x = counting({2, 4});
  const Fill fill = [](Layer& layer) {
    auto& params = *layer.mutable_slicedynamic();
    for (const std::int64_t end : {1, 0}) params.add_endids(end);
    for (const std::int64_t stride : {1, -2}) params.add_strides(stride);
    for (const bool mask : {true, false}) params.add_beginmasks(mask);
    for (const bool mask : {false, true}) params.add_endmasks(mask);
    for (const bool mask : {true, false}) params.add_squeezemasks(mask);
  };
  for (const bool known : {false, true}) {
    SCOPED_TRACE(known);
    const auto run = [&](const std::vector<TestTensor>& inputs) {
      return run_layer_outputs(inputs, fill, 1, known)[0];
    };
    EXPECT_EQ(run({x, {{2}, {1, 3}}}), (TestTensor{{2}, {8, 6}}));
    EXPECT_EQ(run({x, {{2}, {0, 1}}, {{2}, {9, 9}}, {{2}, {1, -1}}}), (TestTensor{{2}, {2, 1}}));
    EXPECT_EQ(run({x, {{2}, {0, 3}}, {{2}, {9, 1}}, {{2}, {1, -1}}, {{2}, {0, 0}}, {{2}, {0, 0}}}),
              (TestTensor{{2}, {4, 3}}));
  }
  const std::vector<TestTensor> all = {
      x, {{2}, {1, 0}}, {{2}, {2, 3}}, {{2}, {1, 1}}, {{2}, {0, 0}}, {{2}, {0, 0}}, {{2}, {0, 0}}};
  EXPECT_EQ(run_layer_outputs(all, fill, 1, true)[0], (TestTensor{{1, 3}, {5, 6, 7}}));
  const std::vector<Dims> shapes = {{2, 4}, {2}, {2}, {2}, {2}, {2}, {2}};
  EXPECT_THAT(layer_error(shapes, fill), HasSubstr("which dimensions go must be known before it runs"));
  EXPECT_THAT(layer_error({{2, 4}, {3}}, fill), HasSubstr("begin has 3 values for 2 axes"));
}

TEST(SliceBySizeLayer, TakesSoManyFromWhereTheSecondInputSays) {
  const TestTensor x = counting({2, 4});
  const Fill fill = [](Layer& layer) {
    layer.mutable_slicebysize()->set_axis(-1);
    layer.mutable_slicebysize()->set_size(2);
  };
  for (const bool known : {false, true}) {
    const auto run = [&](float begin) { return run_layer_outputs({x, {{1}, {begin}}}, fill, 1, known)[0]; };
    EXPECT_EQ(run(1), (TestTensor{{2, 2}, {2, 3, 6, 7}}));
    EXPECT_EQ(run(-2), (TestTensor{{2, 2}, {3, 4, 7, 8}}));
    EXPECT_ANY_THROW(run(3));
  }
  EXPECT_THAT(layer_error({{2, 4}, {1}}, [](Layer& layer) { layer.mutable_slicebysize(); }),
              HasSubstr("size can't be 0"));
}

TEST(ReverseLayer, TurnsTheMarkedDimensionsAround) {
  const auto reverse = [](std::vector<bool> dims) {
    return [=](Layer& layer) {
      for (const bool set : dims) layer.mutable_reverse()->add_reversedim(set);
    };
  };
  const TestTensor x = counting({2, 3});
  EXPECT_EQ(run_layer({x}, reverse({false, true})), (TestTensor{{2, 3}, {3, 2, 1, 6, 5, 4}}));
  EXPECT_EQ(run_layer({x}, reverse({true, true})), (TestTensor{{2, 3}, {6, 5, 4, 3, 2, 1}}));
  EXPECT_THAT(layer_error({{2, 3}}, reverse({true})), HasSubstr("reverseDim has 1 entries for 2 dimensions"));
}

TEST(ReverseSeqLayer, TurnsTheFirstPartOfEachSequenceAround) {
  const auto reverse = [](std::int64_t batch, std::int64_t sequence) {
    return [=](Layer& layer) {
      layer.mutable_reverseseq()->set_batchaxis(batch);
      layer.mutable_reverseseq()->set_sequenceaxis(sequence);
    };
  };
  EXPECT_EQ(run_layer({{{2, 4}, {0, 1, 2, 3, 4, 5, 6, 7}}, {{2}, {3, 0}}}, reverse(0, 1)),
            (TestTensor{{2, 4}, {2, 1, 0, 3, 4, 5, 6, 7}}));
  EXPECT_EQ(run_layer({counting({2, 3, 2}), {{2}, {2, 3}}}, reverse(-1, 1)),
            (TestTensor{{2, 3, 2}, {3, 6, 1, 4, 5, 2, 9, 12, 7, 10, 11, 8}}));
  EXPECT_ANY_THROW(run_layer({counting({1, 2}), {{1}, {3}}}, reverse(0, 1)));
  EXPECT_THAT(layer_error({{2, 4}, {4}}, reverse(0, 1)), HasSubstr("list of lengths"));
  EXPECT_THAT(layer_error({{2, 4}, {2}}, reverse(0, 0)), HasSubstr("can't be one axis"));
}

TEST(SlidingWindowsLayer, PutsTheWindowsBeforeTheirAxis) {
  const auto windows = [](std::int64_t axis, std::uint64_t size, std::uint64_t step) {
    return [=](Layer& layer) {
      layer.mutable_slidingwindows()->set_axis(axis);
      layer.mutable_slidingwindows()->set_windowsize(size);
      layer.mutable_slidingwindows()->set_step(step);
    };
  };
  EXPECT_EQ(run_layer({counting({5})}, windows(0, 3, 1)), (TestTensor{{3, 3}, {1, 2, 3, 2, 3, 4, 3, 4, 5}}));
  EXPECT_EQ(run_layer({counting({4, 2})}, windows(-2, 2, 2)), (TestTensor{{2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}}));
  EXPECT_EQ(run_layer({counting({1, 4, 2})}, windows(1, 1, 3)), (TestTensor{{1, 2, 1, 2}, {1, 2, 7, 8}}));
  EXPECT_THAT(layer_error({{5}}, windows(0, 6, 1)), HasSubstr("a window of 6 doesn't fit into 5"));
  EXPECT_THAT(layer_error({{5}}, windows(0, 2, 0)), HasSubstr("step can't be 0"));
}

}  // namespace
}  // namespace goldilocks::testing
