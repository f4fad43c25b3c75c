#include "core/evaluation/width_search.hpp"

#include <cmath>
#include <random>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace goldilocks::evaluation {
namespace {

using ::testing::ElementsAre;

// A network whose errors can be reckoned: the divergence of a choice is the sum of its tensors' own and of what each
// pair does together, which may be less than nothing.
struct FakeNetwork {
  std::vector<TensorWidths> tensors;
  std::vector<std::vector<double>> together;  // by pair
  std::size_t measured = 0;

  double divergence(const WidthChoice& choice) const {
    double sum = 0;
    for (std::size_t i = 0; i < choice.size(); ++i) {
      sum += tensors[i].divergence[choice[i]];
      for (std::size_t j = 0; j < i; ++j) {
        sum += together[i][j] * std::sqrt(tensors[i].divergence[choice[i]] * tensors[j].divergence[choice[j]]);
      }
    }
    return sum;
  }

  double bytes(const WidthChoice& choice) const {
    double sum = 0;
    for (std::size_t i = 0; i < choice.size(); ++i) sum += tensors[i].bytes[choice[i]];
    return sum;
  }

  WidthMeasure measure() {
    return {.whole =
                [this](const WidthChoice& choice) {
                  ++measured;
                  return divergence(choice);
                },
            .changes =
                [this](const WidthChoice& base, std::span<const WidthChange> changes) {
                  std::vector<double> figures;
                  for (const WidthChange& change : changes) {
                    WidthChoice choice = base;
                    choice.at(change.tensor) = change.width;
                    ++measured;
                    figures.push_back(divergence(choice));
                  }
                  return figures;
                }};
  }
};

FakeNetwork random_network(std::mt19937& random, std::size_t count, double interaction) {
  FakeNetwork network;
  for (std::size_t i = 0; i < count; ++i) {
    TensorWidths& tensor = network.tensors.emplace_back();
    const double weights = std::uniform_real_distribution(100.0, 10000.0)(random);
    const double sensitivity = std::exp(std::uniform_real_distribution(-4.0, 1.0)(random));
    for (int bits = 1; bits <= 8; ++bits) {
      tensor.bytes.push_back(std::floor(weights * bits / 8));
      tensor.divergence.push_back(sensitivity * std::pow(0.25, bits));
    }
    auto& pairs = network.together.emplace_back();
    for (std::size_t j = 0; j < i; ++j) {
      pairs.push_back(std::uniform_real_distribution(-interaction, interaction)(random));
    }
  }
  return network;
}

TEST(SearchWidths, GivesBitsToTheTensorThatNeedsThem) {
  FakeNetwork network;
  network.tensors = {{{1, 2, 3}, {0.9, 0.2, 0.1}}, {{1, 2, 3}, {0.35, 0.2, 0.1}}};
  network.together = {{}, {0}};
  const WidthMeasure measure = network.measure();
  const auto found = search_widths(network.tensors, {.bytes = 4, .divergence = {}}, measure, 100);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->choice, ElementsAre(1U, 1U));
  EXPECT_EQ(found->bytes, 4);
  EXPECT_DOUBLE_EQ(found->predicted, 0.4);
  EXPECT_DOUBLE_EQ(found->measured, 0.4);
  EXPECT_EQ(found->corrections, 0U);
}

TEST(SearchWidths, CorrectsWhereTheSumsMislead) {
  // Alone the two do little; together at their narrowest they do much.
  FakeNetwork network;
  network.tensors = {{{1, 3}, {0.2, 0.1}}, {{1, 3}, {0.2, 0.1}}, {{1, 5}, {0.35, 0.1}}};
  network.together = {{}, {5}, {0, 0}};
  const WidthMeasure measure = network.measure();
  const auto found = search_widths(network.tensors, {.bytes = 7, .divergence = {}}, measure, 100);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->choice, ElementsAre(1U, 1U, 0U));
  EXPECT_EQ(found->corrections, 1U);
  EXPECT_LT(found->measured, found->first_measured);
}

TEST(SearchWidths, KeepsTheTargetAndNeverEndsBehindTheSums) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 60; ++round) {
    FakeNetwork network = random_network(random, 8, 0.1);
    const WidthMeasure measure = network.measure();
    double lightest = 0;
    double heaviest = 0;
    for (const TensorWidths& tensor : network.tensors) {
      lightest += tensor.bytes.front();
      heaviest += tensor.bytes.back();
    }
    const double limit = std::uniform_real_distribution(lightest, heaviest)(random);
    const std::size_t budget = std::uniform_int_distribution<std::size_t>(1, 200)(random);
    const auto found = search_widths(network.tensors, {.bytes = limit, .divergence = {}}, measure, budget);
    ASSERT_TRUE(found);
    EXPECT_LE(network.bytes(found->choice), limit);
    EXPECT_EQ(found->bytes, network.bytes(found->choice));
    EXPECT_EQ(found->measured, network.divergence(found->choice));
    EXPECT_LE(found->measured, found->first_measured);
    EXPECT_EQ(found->measurements, network.measured);
    EXPECT_LE(network.measured, budget);

    const double divergence = found->measured;
    network.measured = 0;
    const auto smallest = search_widths(network.tensors, {.bytes = {}, .divergence = divergence}, measure, budget);
    if (!smallest) continue;
    EXPECT_LE(network.divergence(smallest->choice), divergence);
    EXPECT_EQ(smallest->bytes, network.bytes(smallest->choice));
  }
}

TEST(SearchWidths, OfWhatCantBeIsNothing) {
  FakeNetwork network;
  network.tensors = {{{1, 2, 3}, {0.9, 0.2, 0.1}}};
  network.together = {{}};
  const WidthMeasure measure = network.measure();
  EXPECT_FALSE(search_widths(network.tensors, {.bytes = 0.5, .divergence = {}}, measure, 100));
  EXPECT_FALSE(search_widths(network.tensors, {.bytes = {}, .divergence = 0.05}, measure, 100));
  EXPECT_EQ(search_widths(network.tensors, {.bytes = {}, .divergence = 0.1}, measure, 100)->bytes, 3);
  EXPECT_THROW(search_widths(network.tensors, {}, measure, 100), std::invalid_argument);
  EXPECT_THROW(search_widths(network.tensors, {.bytes = 1, .divergence = 1}, measure, 100), std::invalid_argument);
}

TEST(SearchWidths, ADivergenceThatIsNoNumberIsOnlyVeryLarge) {
  FakeNetwork network;
  network.tensors = {{{1, 2}, {std::nan(""), 0.2}}, {{1, 2}, {INFINITY, 0.1}}};
  network.together = {{}, {0}};
  const WidthMeasure measure = network.measure();
  EXPECT_THAT(search_widths(network.tensors, {.bytes = 4, .divergence = {}}, measure, 100)->choice,
              ElementsAre(1U, 1U));
  EXPECT_THAT(search_widths(network.tensors, {.bytes = 2, .divergence = {}}, measure, 100)->choice,
              ElementsAre(0U, 0U));
}

}  // namespace
}  // namespace goldilocks::evaluation
