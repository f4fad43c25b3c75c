// linear_lut and kmeans_lut, through the interface that the host uses.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "tests/quantizers/bundled.hpp"

namespace goldilocks {
namespace {

using plugins::OptionValues;
using plugins::QuantizedTensor;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::quantize;
using testing::vector_of;
using weights::Kind;

const OptionValues half_open{{"range", std::string("half_open")}};

std::vector<float> normal_values(std::uint32_t seed, std::size_t count) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.01F, 0.1F);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

TEST(LinearLut, TheClosedTableReachesBothEnds) {
  const QuantizedTensor result = quantize("linear_lut", vector_of({-1, 0.4F, 2}), 2);
  EXPECT_EQ(result.form, Kind::table);
  EXPECT_THAT(result.table, ElementsAre(-1.0F, 0.0F, 1.0F, 2.0F));
  EXPECT_THAT(result.codes, ElementsAre(0, 1, 3));
}

TEST(LinearLut, TheHalfOpenTableStopsAStepShort) {
  const QuantizedTensor result = quantize("linear_lut", vector_of({0, 0.5F, 0.75F, 2.9F, 4}), 2, half_open);
  EXPECT_THAT(result.table, ElementsAre(0.0F, 1.0F, 2.0F, 3.0F));
  EXPECT_THAT(result.codes, ElementsAre(0, 0, 1, 3, 3)) << "0.5 is as near to 0 as to 1: the lower entry";
}

TEST(LinearLut, TheWholeTensorIsOneChannel) {
  const QuantizedTensor result = quantize("linear_lut", {{0, 1, 2, 3}, {2, 2}, 0}, 2);
  EXPECT_THAT(result.codes, ElementsAre(0, 1, 2, 3));
}

TEST(LinearLut, ConstantsTakeTheFirstEntry) {
  for (const OptionValues& options : {OptionValues{}, half_open}) {
    const QuantizedTensor result = quantize("linear_lut", vector_of({-3, -3, -3}), 3, options);
    EXPECT_THAT(result.table, Each(-3.0F));
    EXPECT_THAT(result.codes, Each(0));
  }
}

TEST(LinearLut, TheWidestRangeHasATable) {
  const float largest = std::numeric_limits<float>::max();
  EXPECT_THAT(quantize("linear_lut", vector_of({-largest, largest}), 1).table, ElementsAre(-largest, largest));
  EXPECT_THAT(quantize("linear_lut", vector_of({-largest, largest}), 1, half_open).table, ElementsAre(-largest, 0.0F));
}

TEST(LinearLut, DenormalsAreValuesLikeOthersWhereNoStepIsTooSmall) {
  const float smallest = std::numeric_limits<float>::denorm_min();
  EXPECT_THAT(quantize("linear_lut", vector_of({0, smallest, 4 * smallest}), 2, half_open).codes, ElementsAre(0, 1, 3));
  EXPECT_THAT(quantize("linear_lut", vector_of({0, smallest, 4 * smallest}), 2).codes, Each(0));
}

TEST(LinearLut, ClosedCodesAreThoseOfLinear) {
  const auto tensor = vector_of(normal_values(31, 3001));
  for (int bits = 1; bits <= 8; ++bits) {
    const QuantizedTensor lut = quantize("linear_lut", tensor, bits);
    const QuantizedTensor linear = quantize("linear", tensor, bits);
    EXPECT_EQ(lut.codes, linear.codes);
    EXPECT_EQ(lut.table.front(), linear.bias[0]);
    EXPECT_EQ(lut.table.back(), *std::max_element(tensor.values.begin(), tensor.values.end()));
  }
}

TEST(LinearLut, HalfOpenCodesAreTheNearestEntries) {
  const std::uint32_t seed = 32;
  const auto values = normal_values(seed, 3001);
  const auto [least, largest] = std::minmax_element(values.begin(), values.end());
  const double step = static_cast<double>(*largest) - static_cast<double>(*least);
  for (int bits = 1; bits <= 8; ++bits) {
    const QuantizedTensor result = quantize("linear_lut", vector_of(values), bits, half_open);
    const int entries = 1 << bits;
    for (std::size_t i = 0; i < values.size(); ++i) {
      int nearest = 0;
      double distance = std::numeric_limits<double>::infinity();
      for (int entry = 0; entry < entries; ++entry) {
        const double value = static_cast<double>(*least) + entry * step / entries;
        const double here = std::fabs(static_cast<double>(values[i]) - value);
        if (here < distance) {
          distance = here;
          nearest = entry;
        }
      }
      ASSERT_EQ(result.codes[i], nearest) << "seed " << seed << ", " << bits << " bits, value " << i;
    }
  }
}

TEST(KmeansLut, TheTableIsTheMeansOfTheGroups) {
  const QuantizedTensor result = quantize("kmeans_lut", {{9, 1, 2, 11, 3, 10}, {2, 3}, 0}, 1);
  EXPECT_EQ(result.form, Kind::table);
  EXPECT_THAT(result.table, ElementsAre(2.0F, 10.0F));
  EXPECT_THAT(result.codes, ElementsAre(1, 0, 0, 1, 0, 1));
}

TEST(KmeansLut, EntriesLeftOverAreZeroAndLast) {
  const QuantizedTensor result = quantize("kmeans_lut", vector_of({5, -2, 5}), 2);
  EXPECT_THAT(result.table, ElementsAre(-2.0F, 5.0F, 0.0F, 0.0F));
  EXPECT_THAT(result.codes, ElementsAre(1, 0, 1));
}

TEST(KmeansLut, ImportanceMovesTheTable) {
  const QuantizedTensor result = quantize("kmeans_lut", {{0, 4, 100, 60}, {4}, -1, {3, 1, 1, 0}}, 1);
  EXPECT_THAT(result.table, ElementsAre(1.0F, 100.0F));
  EXPECT_THAT(result.codes, ElementsAre(0, 0, 1, 1)) << "what has no importance is coded by the nearest entry";
}

TEST(KmeansLut, NegativeOrInfiniteImportanceIsAnError) {
  EXPECT_THAT(
      [&] {
        quantize("kmeans_lut", {{0, 1}, {2}, -1, {1, -1}}, 1);
      },
      ::testing::ThrowsMessage<PluginError>(::testing::HasSubstr("an importance is negative or not finite")));
  EXPECT_THAT(
      [&] {
        quantize("kmeans_lut", {{0, 1}, {2}, -1, {1, std::numeric_limits<float>::infinity()}}, 1);
      },
      ::testing::ThrowsMessage<PluginError>(::testing::HasSubstr("an importance is negative or not finite")));
}

TEST(KmeansLut, IsAlsoCalledKmeans) {
  const auto tensor = vector_of(normal_values(33, 500));
  const QuantizedTensor one = quantize("kmeans_lut", tensor, 4);
  const QuantizedTensor other = quantize("kmeans", tensor, 4);
  EXPECT_EQ(one.table, other.table);
  EXPECT_EQ(one.codes, other.codes);
}

TEST(KmeansLut, WidthsInAnyOrderGiveTheSameBytes) {
  const auto tensor = vector_of(normal_values(34, 4000));
  const auto weights = tensor.weights();
  const auto quantizer = testing::bundled_quantizer("kmeans_lut");
  const auto task = quantizer->begin(weights);
  for (const int bits : {3, 8, 1, 5, 2, 7, 4, 6, 3}) {
    const QuantizedTensor shared = task->quantize(bits);
    const QuantizedTensor alone = quantize("kmeans_lut", tensor, bits);
    EXPECT_EQ(shared.table, alone.table) << bits;
    EXPECT_EQ(shared.codes, alone.codes) << bits;
  }
}

TEST(BundledQuantizers, SixteenBitsAreFloat16) {
  for (const char* function : {"linear", "linear_symmetric", "linear_lut", "kmeans_lut"}) {
    const QuantizedTensor result = quantize(function, vector_of({1, 2}), 16);
    EXPECT_EQ(result.form, Kind::float16) << function;
    EXPECT_EQ(result.bits, 16) << function;
  }
}

TEST(BundledQuantizers, DeclareTheirWidths) {
  for (const char* function : {"linear", "linear_lut", "kmeans_lut"}) {
    EXPECT_THAT(testing::bundled_plugins().quantizer(function).widths,
                ::testing::UnorderedElementsAre(16, 8, 7, 6, 5, 4, 3, 2, 1))
        << function;
  }
  const plugins::QuantizerPlugin& symmetric = testing::bundled_plugins().quantizer("linear_symmetric");
  EXPECT_THAT(symmetric.widths, ::testing::UnorderedElementsAre(16, 8));
  EXPECT_THAT(symmetric.zero_point_widths, ::testing::ElementsAre(4));
}

TEST(BundledQuantizers, LeaveATensorWithoutValuesAsItIs) {
  for (const char* function : {"linear", "linear_symmetric", "linear_lut", "kmeans_lut"}) {
    for (const int bits : {16, 8}) {
      EXPECT_EQ(quantize(function, {{}, {0, 3}, 0}, bits).form, Kind::none) << function;
    }
  }
}

TEST(BundledQuantizers, OneObjectServesManyThreads) {
  for (const char* function : {"linear", "linear_lut", "kmeans_lut"}) {
    const auto quantizer = testing::bundled_quantizer(function);
    std::vector<std::thread> threads;
    std::vector<int> differences(4, 0);
    for (std::size_t thread = 0; thread < differences.size(); ++thread) {
      threads.emplace_back([&, thread] {
        const auto tensor = vector_of(normal_values(static_cast<std::uint32_t>(40 + thread), 2000));
        const auto weights = tensor.weights();
        const auto expected = quantize(function, tensor, 4);
        for (int round = 0; round < 20; ++round) {
          const auto result = quantizer->begin(weights)->quantize(4);
          if (result.codes != expected.codes || result.table != expected.table) ++differences[thread];
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_THAT(differences, Each(0)) << function;
  }
}

}  // namespace
}  // namespace goldilocks
