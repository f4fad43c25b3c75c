// Layers of random numbers: that they repeat, that seeds, draws and layers differ, and that their moments are those of
// their distributions.
#include <array>
#include <cmath>
#include <memory>
#include <numeric>

#include <gmock/gmock.h>
#include <goldilocks/graph/plain.hpp>

#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;
using Floats = std::vector<float>;
using Fill = ModelBuilder::FillLayer;

Fill uniform(std::int64_t seed, std::vector<std::uint64_t> shape, float low = 0, float high = 1) {
  return [=](Layer& layer) {
    auto& params = *layer.mutable_randomuniformstatic();
    params.set_seed(seed);
    params.set_minval(low);
    params.set_maxval(high);
    for (const std::uint64_t size : shape) params.add_outputshape(size);
  };
}

Fill normal(std::int64_t seed, std::vector<std::uint64_t> shape, float mean, float deviation) {
  return [=](Layer& layer) {
    auto& params = *layer.mutable_randomnormalstatic();
    params.set_seed(seed);
    params.set_mean(mean);
    params.set_stddev(deviation);
    for (const std::uint64_t size : shape) params.add_outputshape(size);
  };
}

// Mean, and mean of the squares and of the third powers of the differences from it.
std::array<double, 3> moments(const Floats& values) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  std::array<double, 3> result = {mean, 0, 0};
  for (const float value : values) {
    const double difference = static_cast<double>(value) - mean;
    result[1] += difference * difference / count;
    result[2] += difference * difference * difference / count;
  }
  return result;
}

// The vectors that come with the generator: all bits of key and counter clear.
TEST(RandomUniformLayers, AreThePublishedGenerator) {
  const auto unit = [](std::uint32_t word) { return static_cast<float>(static_cast<double>(word) / 4294967296.0); };
  EXPECT_EQ(run_layer({}, uniform(0, {2, 2})),
            (TestTensor{{2, 2}, {unit(0x6627e8d5U), unit(0xe169c58dU), unit(0xbc57ac4cU), unit(0x9b00dbd8U)}}));
}

TEST(RandomLayers, RepeatForOneSeedAndDifferForAnother) {
  EXPECT_EQ(run_layer({}, uniform(7, {9})), run_layer({}, uniform(7, {9})));
  EXPECT_NE(run_layer({}, uniform(7, {9})), run_layer({}, uniform(8, {9})));
  EXPECT_NE(run_layer({}, uniform(7, {9})), run_layer({}, uniform(7 + (std::int64_t{1} << 32), {9})));
  // A longer one begins with the shorter one.
  const Floats shorter = run_layer({}, uniform(7, {5})).values, longer = run_layer({}, uniform(7, {9})).values;
  EXPECT_EQ(shorter, Floats(longer.begin(), longer.begin() + 5));
}

TEST(RandomLayers, WithoutASeedGoByTheLayersOutput) {
  ModelBuilder builder;
  builder.array_input("unused", {1}).exact_shapes();
  for (const char* name : {"first", "second"}) builder.layer(name, {}, {name}, uniform(-1, {4})).output(name);
  const std::vector<TestTensor> results = run_network(builder.build(), {{0}});
  EXPECT_NE(results[0], results[1]);
  EXPECT_EQ(results, run_network(builder.build(), {{0}}));
}

TEST(RandomUniformLayers, FillTheirRange) {
  const Floats values = run_layer({}, uniform(1, {40000}, -2, 4)).values;
  EXPECT_GE(*std::ranges::min_element(values), -2);
  EXPECT_LE(*std::ranges::max_element(values), 4);
  const auto [mean, variance, skew] = moments(values);
  EXPECT_NEAR(mean, 1, 0.05);
  EXPECT_NEAR(variance, 3, 0.06);
  EXPECT_NEAR(skew, 0, 0.2);
}

TEST(RandomNormalLayers, HaveTheirMeanAndDeviation) {
  const Floats values = run_layer({}, normal(1, {40001}, 5, 2)).values;
  const auto [mean, variance, skew] = moments(values);
  EXPECT_NEAR(mean, 5, 0.06);
  EXPECT_NEAR(variance, 4, 0.15);
  EXPECT_NEAR(skew, 0, 0.6);
  // As many beyond one deviation as there should be, so that it is not just the moments.
  const auto far = std::ranges::count_if(values, [](float value) { return std::fabs(value - 5) > 2; });
  EXPECT_NEAR(static_cast<double>(far) / 40001, 0.3173, 0.012);
}

TEST(RandomBernoulliLayers, AreOneAsOftenAsStated) {
  const auto fill = [](Layer& layer) {
    layer.mutable_randombernoullistatic()->set_prob(0.3F);
    layer.mutable_randombernoullistatic()->set_seed(3);
    layer.mutable_randombernoullistatic()->add_outputshape(40000);
  };
  const Floats values = run_layer({}, fill).values;
  EXPECT_TRUE(std::ranges::all_of(values, [](float value) { return value == 0 || value == 1; }));
  EXPECT_NEAR(moments(values)[0], 0.3, 0.012);
  EXPECT_THAT(layer_error({},
                          [](Layer& layer) {
                            layer.mutable_randombernoullistatic()->set_prob(1.5F);
                            layer.mutable_randombernoullistatic()->add_outputshape(1);
                          }),
              HasSubstr("between 0 and 1"));
}

TEST(RandomLayers, TakeTheirShapeFromAnInput) {
  const TestTensor like = counting({2, 3}), shape{{2}, {2, 3}};
  const TestTensor expected_uniform = run_layer({}, uniform(5, {2, 3}, 1, 2));
  const auto set_uniform = [](auto& params) { params.set_seed(5), params.set_minval(1), params.set_maxval(2); };
  EXPECT_EQ(run_layer({like}, [&](Layer& layer) { set_uniform(*layer.mutable_randomuniformlike()); }),
            expected_uniform);
  EXPECT_EQ(run_layer({shape}, [&](Layer& layer) { set_uniform(*layer.mutable_randomuniformdynamic()); }),
            expected_uniform);
  const TestTensor expected_normal = run_layer({}, normal(5, {2, 3}, 1, 2));
  const auto set_normal = [](auto& params) { params.set_seed(5), params.set_mean(1), params.set_stddev(2); };
  EXPECT_EQ(run_layer({like}, [&](Layer& layer) { set_normal(*layer.mutable_randomnormallike()); }), expected_normal);
  EXPECT_EQ(run_layer({shape}, [&](Layer& layer) { set_normal(*layer.mutable_randomnormaldynamic()); }),
            expected_normal);
  const auto set_bernoulli = [](auto& params) { params.set_seed(5), params.set_prob(0.5F); };
  const TestTensor bernoulli =
      run_layer({like}, [&](Layer& layer) { set_bernoulli(*layer.mutable_randombernoullilike()); });
  EXPECT_EQ(bernoulli.dims, like.dims);
  EXPECT_EQ(run_layer({shape}, [&](Layer& layer) { set_bernoulli(*layer.mutable_randombernoullidynamic()); }),
            bernoulli);
  EXPECT_THROW(run_layer({{{2}, {2, 0}}}, [&](Layer& layer) { set_normal(*layer.mutable_randomnormaldynamic()); }),
               graph::GraphError);
}

TEST(RandomLayers, RefuseWhatMakesNoSense) {
  EXPECT_THAT(layer_error({}, uniform(1, {})), HasSubstr("outputShape is empty"));
  EXPECT_THAT(layer_error({}, uniform(1, {2, 0})), HasSubstr("its shape can't be [2, 0]"));
  EXPECT_THAT(layer_error({}, uniform(1, {2}, 1, 0)), HasSubstr("minimum must not exceed maximum"));
}

// A loop that adds a number of its own in each of two rounds.
TEST(RandomOperations, DrawAnewInEachRoundOfALoop) {
  auto body = std::make_unique<lowering::GraphBuilder>();
  const std::uint32_t sum = body->add_input("sum", {1});
  body->add_operation("loop_test", "test", {GLK_NO_VALUE, sum}, {}, {});
  const Attributes attributes = {{"seed", std::int64_t{7}}, {"minimum", 0.0}, {"maximum", 1.0}, {"shape", ints({1})}};
  const std::uint32_t number = body->add_operation("random_uniform", "draw", {}, attributes, {"number"})[0];
  body->add_output(body->add_operation("add", "add", {sum, number}, {}, {"next"})[0]);
  lowering::GraphBuilder builder;
  const std::uint32_t count = builder.add_input("count", {1}), start = builder.add_input("start", {1});
  lowering::GraphBuilder::Subgraphs bodies;
  bodies.push_back(std::move(body));
  const std::vector<std::uint32_t> results =
      builder.add_control_flow("loop", "loop", {count, start},
                               {{"carried", std::int64_t{1}}, {"bound", std::int64_t{10}}}, {"sum"}, std::move(bodies));
  const graph::PlainModel model(builder.graph());
  graph::PlainSession session(model, results);
  const auto after = [&](float rounds) {
    const Floats given = {rounds}, zero = {0};
    const Dims one = {1};
    const std::array<graph::TensorView, 2> inputs = {graph::TensorView{one, given}, graph::TensorView{one, zero}};
    session.run(inputs);
    return session.output(0).values[0];
  };
  const float first = run_layer({}, uniform(7, {1})).values[0];
  EXPECT_EQ(after(1), first);
  EXPECT_NE(after(2), 2 * first);
  EXPECT_EQ(after(1), first);  // another run begins anew
}

Fill categorical(bool logits, std::int64_t samples, float temperature = 0, float epsilon = 0, std::int64_t seed = 2) {
  return [=](Layer& layer) {
    auto& params = *layer.mutable_categoricaldistribution();
    params.set_seed(seed);
    params.set_numsamples(samples);
    params.set_islogits(logits);
    params.set_temperature(temperature);
    params.set_eps(epsilon);
  };
}

// How often each of three classes comes up.
std::array<double, 3> frequencies(const Floats& input, const Fill& fill) {
  const TestTensor result = run_layer({{{1, 3}, input}}, fill);
  EXPECT_EQ(result.dims, (Dims{1, 20000}));
  std::array<double, 3> counts{};
  for (const float value : result.values) counts.at(static_cast<std::size_t>(value)) += 1.0 / 20000;
  return counts;
}

void expect_frequencies(const std::array<double, 3>& actual, const std::array<double, 3>& expected) {
  for (std::size_t label = 0; label < 3; ++label) EXPECT_NEAR(actual[label], expected[label], 0.02) << label;
}

TEST(CategoricalDistributionLayer, FollowsProbabilitiesAndLogits) {
  expect_frequencies(frequencies({0.5F, 0.2F, 0.3F}, categorical(false, 20000)), {0.5, 0.2, 0.3});
  const float two = std::log(2.0F), one = 0;
  expect_frequencies(frequencies({two, one, one}, categorical(true, 20000)), {0.5, 0.25, 0.25});
  expect_frequencies(frequencies({two, one, one}, categorical(true, 20000, 0.5F)), {4.0 / 6, 1.0 / 6, 1.0 / 6});
  expect_frequencies(frequencies({0.8F, 0.2F, 0}, categorical(false, 20000, 0.5F)), {16.0 / 17, 1.0 / 17, 0});
  expect_frequencies(frequencies({1, 0, 0}, categorical(false, 20000, 0, 1)), {0.5, 0.25, 0.25});
  // The smallest epsilon stands for 0: nothing comes of a probability of 0.
  EXPECT_EQ(frequencies({0.5F, 0, 0.5F}, categorical(false, 20000))[1], 0);
}

TEST(CategoricalDistributionLayer, DrawsForEachRow) {
  const TestTensor rows{{2, 1, 2}, {1, 0, 0, 1}};
  EXPECT_EQ(run_layer({rows}, categorical(false, 3)), (TestTensor{{2, 1, 3}, {0, 0, 0, 1, 1, 1}}));
  const TestTensor even{{2, 2}, {0, 0, 0, 0}};
  const Floats drawn = run_layer({even}, categorical(true, 40)).values;
  EXPECT_NE(Floats(drawn.begin(), drawn.begin() + 40), Floats(drawn.begin() + 40, drawn.end()));
  EXPECT_NE(drawn, run_layer({even}, categorical(true, 40, 0, 0, 3)).values);
  EXPECT_THAT(layer_error({{2}}, categorical(true, 0)), HasSubstr("samples can't be 0"));
  EXPECT_THROW(run_layer({{{2}, {std::nanf(""), 1}}}, categorical(true, 1)), graph::GraphError);
}

}  // namespace
}  // namespace goldilocks::testing
