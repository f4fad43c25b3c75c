#include <bit>
#include <cmath>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/quantizers/bundled.hpp"

namespace goldilocks::testing {
namespace {

using plugins::QuantizedTensor;
using ::testing::ElementsAre;
using weights::Kind;

// `count` values, of `distinct` different ones.
std::vector<float> repeated(std::size_t count, std::size_t distinct, std::uint32_t seed = 1) {
  std::mt19937 engine(seed);
  std::vector<float> pool;
  for (std::size_t i = 0; i < distinct; ++i) pool.push_back(static_cast<float>(i) * 0.37F - 11);
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = i < distinct ? pool[i] : pool[engine() % distinct];
  return values;
}

std::vector<std::uint32_t> bits_of(const std::vector<float>& values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

std::vector<float> decoded(const QuantizedTensor& result) {
  std::vector<float> values;
  for (const std::uint8_t code : result.codes) values.push_back(result.table[code]);
  return values;
}

TEST(UniqueLut, HoldsEachDistinctValueInAscendingOrder) {
  std::vector<float> values(40, 2.5F);
  values[1] = -1;
  values[3] = 7;
  const QuantizedTensor result = quantize("unique_lut", vector_of(values), 0);
  EXPECT_EQ(result.form, Kind::table);
  EXPECT_EQ(result.bits, 2);
  EXPECT_THAT(result.table, ElementsAre(-1, 2.5F, 7, 0));
  EXPECT_EQ(result.codes[0], 1);
  EXPECT_EQ(result.codes[1], 0);
  EXPECT_EQ(result.codes[3], 2);
}

TEST(UniqueLut, TakesTheSmallestWidthThatHoldsAllAndLosesNoBit) {
  for (std::size_t distinct = 1; distinct <= 256; ++distinct) {
    const std::vector<float> values = repeated(3000, distinct, static_cast<std::uint32_t>(distinct));
    const QuantizedTensor result = quantize("unique_lut", vector_of(values), 0);
    ASSERT_EQ(result.form, Kind::table) << distinct;
    ASSERT_GE(std::size_t{1} << result.bits, distinct);
    if (result.bits > 1) {
      ASSERT_LT(std::size_t{1} << (result.bits - 1), distinct);
    }
    ASSERT_EQ(bits_of(decoded(result)), bits_of(values)) << distinct;
  }
}

TEST(UniqueLut, ZeroAndMinusZeroAreTwoValues) {
  std::vector<float> values(64, 0.0F);
  values[5] = -0.0F;
  const QuantizedTensor result = quantize("unique_lut", vector_of(values), 0);
  ASSERT_EQ(result.bits, 1);
  EXPECT_TRUE(std::signbit(result.table[0]));
  EXPECT_EQ(bits_of(decoded(result)), bits_of(values));
}

TEST(UniqueLut, TheTwoHundredAndFiftySeventhDistinctValueIsOneTooMany) {
  EXPECT_EQ(quantize("unique_lut", vector_of(repeated(3000, 256)), 0).bits, 8);
  const QuantizedTensor result = quantize("unique_lut", vector_of(repeated(3000, 257)), 0);
  EXPECT_EQ(result.form, Kind::none);
  EXPECT_EQ(result.note, "more than 256 distinct values");
}

// 256 entries take 1024 bytes, and each code a byte; as floats, n values take 4 n bytes, as halves 2 n.
TEST(UniqueLut, StaysWhereATableWouldNotMakeTheFileSmaller) {
  const auto form = [](std::size_t count, Kind stored) {
    const WeightTensor tensor = vector_of(repeated(count, 200));
    plugins::Weights weights = tensor.weights();
    weights.stored_form = stored;
    return bundled_quantizer("unique_lut")->begin(weights)->quantize(0);
  };
  EXPECT_EQ(form(346, Kind::float32).note, "a table of its 200 distinct values would not be smaller");
  EXPECT_EQ(form(347, Kind::float32).form, Kind::table);
  EXPECT_EQ(form(1040, Kind::float16).form, Kind::none);
  EXPECT_EQ(form(1041, Kind::float16).form, Kind::table);
}

TEST(UniqueLut, AnEmptyTensorStays) { EXPECT_EQ(quantize("unique_lut", vector_of({}), 0).form, Kind::none); }

}  // namespace
}  // namespace goldilocks::testing
