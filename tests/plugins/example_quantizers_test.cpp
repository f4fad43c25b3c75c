// The quantizers of examples/plugins, as their pages describe them.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "tests/plugins/library_folder.hpp"
#include "tests/plugins/tensor_to_quantize.hpp"

namespace goldilocks::plugins {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

QuantizedTensor quantize_by_example(const std::string& function, const TensorToQuantize& tensor, int bits,
                                    const OptionValues& options = {}) {
  Registry registry({library_folder()});
  return registry.quantizer(function).create(options)->begin(tensor.weights())->quantize(bits);
}

TensorToQuantize tensor_of(std::vector<float> values, std::vector<float> importance = {}) {
  TensorToQuantize tensor;
  tensor.dims = {1, static_cast<std::int64_t>(values.size())};
  tensor.values = std::move(values);
  tensor.importance = std::move(importance);
  return tensor;
}

std::vector<float> normal_values(unsigned seed, std::size_t count) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  std::generate(values.begin(), values.end(), [&] { return normal(random); });
  return values;
}

TEST(LogLut, FewBitsArePowersOfTwoTimesTheLargest) {
  const QuantizedTensor result = quantize_by_example("log_lut", tensor_of({8, -3.5F, 0.2F, 0.6F, -0.9F, 2.9F}), 3);
  EXPECT_THAT(result.table, ElementsAre(-8, -4, -2, 0, 1, 2, 4, 8));
  EXPECT_THAT(result.codes, ElementsAre(7, 1, 3, 4, 3, 5));
}

TEST(LogLut, ErrorsAreASmallShareOfEachWeight) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    SCOPED_TRACE(seed);
    const TensorToQuantize tensor = tensor_of(normal_values(seed, 5000));
    for (const int bits : {4, 5, 6, 7, 8}) {
      const QuantizedTensor result = quantize_by_example("log_lut", tensor, bits);
      EXPECT_TRUE(std::is_sorted(result.table.begin(), result.table.end()));
      const auto entry = result.table.end();
      const double factor = static_cast<double>(entry[-1]) / static_cast<double>(entry[-2]);
      const float least = -result.table[(result.table.size() / 2) - 2];
      for (std::size_t i = 0; i < tensor.values.size(); ++i) {
        const float value = tensor.values[i];
        if (std::fabs(value) < least) continue;
        const auto error = static_cast<double>(std::fabs(result.table[result.codes[i]] - value));
        // Half way between two neighbours of that factor.
        ASSERT_LE(error, static_cast<double>(std::fabs(value)) * (factor - 1) / (factor + 1) * 1.0001) << value;
      }
    }
  }
}

TEST(LogLut, ZerosStayZeros) {
  const QuantizedTensor result = quantize_by_example("log_lut", tensor_of({0, 0, 0}), 4);
  for (const std::uint8_t code : result.codes) EXPECT_EQ(result.table[code], 0);
}

TEST(WeightedLut, WithoutFocusEntriesArePlainMeans) {
  const QuantizedTensor result = quantize_by_example("weighted_lut", tensor_of({10, 0, 1}), 1, {{"focus", 0.0}});
  EXPECT_THAT(result.table, ElementsAre(0.5F, 10));
  EXPECT_THAT(result.codes, ElementsAre(1, 0, 0));
}

TEST(WeightedLut, WithFocusLargeWeightsPullTheirEntry) {
  EXPECT_THAT(quantize_by_example("weighted_lut", tensor_of({10, 0, 1}), 1, {{"focus", 1.0}}).table,
              ElementsAre(1, 10));
}

TEST(WeightedLut, ImportanceThatIsKnownCounts) {
  const TensorToQuantize tensor = tensor_of({0, 1, 10}, {3, 1, 1});
  EXPECT_THAT(quantize_by_example("weighted_lut", tensor, 1, {{"focus", 0.0}}).table, ElementsAre(0.25F, 10));
}

TEST(WeightedLut, ZerosAloneCountAllTheSame) {
  EXPECT_THAT(quantize_by_example("weighted_lut", tensor_of({0, 0}), 2).table, Each(0));
}

TEST(WeightedLut, LowersTheErrorThatItsFocusWeighs) {
  const auto error = [](const TensorToQuantize& tensor, const QuantizedTensor& result, double focus) {
    double sum = 0;
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      const auto difference = static_cast<double>(result.table[result.codes[i]] - tensor.values[i]);
      sum += std::pow(static_cast<double>(std::fabs(tensor.values[i])), focus) * difference * difference;
    }
    return sum;
  };
  for (const unsigned seed : {4U, 5U, 6U}) {
    const TensorToQuantize tensor = tensor_of(normal_values(seed, 3000));
    for (const int bits : {2, 3, 4, 6}) {
      const QuantizedTensor plain = quantize_by_example("weighted_lut", tensor, bits, {{"focus", 0.0}});
      const QuantizedTensor focused = quantize_by_example("weighted_lut", tensor, bits, {{"focus", 2.0}});
      EXPECT_LT(error(tensor, focused, 2), error(tensor, plain, 2)) << "seed " << seed << ", bits " << bits;
      EXPECT_LT(error(tensor, plain, 0), error(tensor, focused, 0)) << "seed " << seed << ", bits " << bits;
    }
  }
}

}  // namespace
}  // namespace goldilocks::plugins
