// NonMaximumSuppression: each parameter, as a field and as an input, in a case where it matters.
#include <gmock/gmock.h>

#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;
using Floats = std::vector<float>;
using Fill = ModelBuilder::FillLayer;

struct Settings {
  float overlap = 0.4F;
  float score = 0.1F;
  std::uint64_t boxes = 4;
  bool per_class = false;
};

Fill suppression(const Settings& settings) {
  return [=](Layer& layer) {
    auto& params = *layer.mutable_nonmaximumsuppression();
    params.set_iouthreshold(settings.overlap);
    params.set_scorethreshold(settings.score);
    params.set_maxboxes(settings.boxes);
    params.set_perclasssuppression(settings.per_class);
  };
}

// Three boxes in a row, 2 wide and 1 high, by centre and size; each two neighbours share a third of what they cover.
const TestTensor boxes{{1, 3, 4}, {1, 0, 2, 1, 2, 0, 2, 1, 3, 0, 2, 1}};
const TestTensor scores{{1, 3, 1}, {0.5F, 0.9F, 0.7F}};

std::vector<TestTensor> suppress(const Settings& settings, const TestTensor& given_scores = scores,
                                 const std::vector<Floats>& more = {}) {
  std::vector<Dims> shapes = {boxes.dims, given_scores.dims};
  std::vector<Floats> values = {boxes.values, given_scores.values};
  for (const Floats& value : more) {
    shapes.push_back({1});
    values.push_back(value);
  }
  return run_network(one_layer(shapes, suppression(settings), 4), values);
}

TEST(NonMaximumSuppressionLayer, KeepsTheHighestOfBoxesThatOverlap) {
  const std::vector<TestTensor> results = suppress({.overlap = 0.3F});
  EXPECT_EQ(results[0], (TestTensor{{1, 4, 4}, {2, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}));
  EXPECT_EQ(results[1], (TestTensor{{1, 4, 1}, {0.9F, 0, 0, 0}}));
  EXPECT_EQ(results[2], (TestTensor{{1, 4}, {1, -1, -1, -1}}));
  EXPECT_EQ(results[3], (TestTensor{{1}, {1}}));
}

TEST(NonMaximumSuppressionLayer, ReadsItsThresholds) {
  EXPECT_EQ(suppress({.overlap = 0.4F})[2].values, (Floats{1, 2, 0, -1}));
  EXPECT_EQ(suppress({.score = 0.6F})[2].values, (Floats{1, 2, -1, -1}));
  EXPECT_EQ(suppress({.score = 0.5F})[2].values, (Floats{1, 2, 0, -1}));  // at the threshold is not below it
  EXPECT_EQ(suppress({.boxes = 2})[2], (TestTensor{{1, 2}, {1, 2}}));
  EXPECT_EQ(suppress({.boxes = 2})[3].values, (Floats{2}));
  EXPECT_THAT(layer_error({boxes.dims, scores.dims}, suppression({.boxes = 0}), 4), HasSubstr("can't be 0"));
}

TEST(NonMaximumSuppressionLayer, TakesItsThresholdsFromInputs) {
  const Settings other = {.overlap = 0.9F, .score = 0.95F, .boxes = 1};
  EXPECT_EQ(suppress({.overlap = 0.9F, .score = 0.1F}, scores, {{0.3F}})[2].values, (Floats{1, -1, -1, -1}));
  EXPECT_EQ(suppress({.overlap = 0.9F, .score = 0.95F}, scores, {{0.4F}, {0.6F}})[2].values, (Floats{1, 2, -1, -1}));
  EXPECT_EQ(suppress(other, scores, {{0.4F}, {0.1F}, {3}})[2], (TestTensor{{1, 3}, {1, 2, 0}}));
  EXPECT_THROW(suppress(other, scores, {{0.4F}, {0.1F}, {0}}), graph::GraphError);
}

TEST(NonMaximumSuppressionLayer, LeavesTheBestBoxWhereNoneIsGoodEnough) {
  const std::vector<TestTensor> results = suppress({.score = 2});
  EXPECT_EQ(results[2].values, (Floats{1, -1, -1, -1}));
  EXPECT_EQ(results[3].values, (Floats{1}));
}

TEST(NonMaximumSuppressionLayer, KeepsClassesApartIfToldTo) {
  const TestTensor classes{{1, 3, 2}, {0.5F, 0, 0, 0.9F, 0, 0.7F}};  // the first box is of another class
  EXPECT_EQ(suppress({.overlap = 0.3F}, classes)[2].values, (Floats{1, -1, -1, -1}));
  const std::vector<TestTensor> apart = suppress({.overlap = 0.3F, .per_class = true}, classes);
  EXPECT_EQ(apart[2].values, (Floats{1, 0, -1, -1}));
  EXPECT_EQ(apart[1], (TestTensor{{1, 4, 2}, {0, 0.9F, 0.5F, 0, 0, 0, 0, 0}}));
}

TEST(NonMaximumSuppressionLayer, TreatsEachOfABatchOnItsOwn) {
  const TestTensor two{{2, 2, 4}, {0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 5, 5, 1, 1}};
  const std::vector<TestTensor> results = run_network(one_layer({{2, 2, 4}, {2, 2, 1}}, suppression({.boxes = 2}), 4),
                                                      {two.values, {0.5F, 0.6F, 0.7F, 0.6F}});
  EXPECT_EQ(results[2], (TestTensor{{2, 2}, {1, -1, 0, 1}}));
  EXPECT_EQ(results[3], (TestTensor{{2}, {1, 2}}));
  EXPECT_THAT(layer_error({{2, 2, 4}, {1, 2, 1}}, suppression({}), 4), HasSubstr("the scores have shape [1, 2, 1]"));
  EXPECT_THAT(layer_error({{2, 2, 5}, {2, 2, 1}}, suppression({}), 4), HasSubstr("instead of [B, N, 4]"));
}

}  // namespace
}  // namespace goldilocks::testing
