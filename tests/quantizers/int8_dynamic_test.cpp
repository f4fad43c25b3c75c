#include <cmath>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/quantizers/bundled.hpp"

namespace goldilocks::testing {
namespace {

using plugins::QuantizedTensor;
using ::testing::ElementsAre;
using weights::Kind;

TEST(Int8Dynamic, CodesAreHundredAndTwentySevenTimesTheShareOfTheLargestRoundedTowardZero) {
  const QuantizedTensor result = quantize("int8_dynamic", vector_of({0, 2, -4, 1.99F, -0.03F}), 8);
  EXPECT_EQ(result.form, Kind::int8);
  EXPECT_THAT(result.int8, ElementsAre(0, 63, -127, 63, 0));
  EXPECT_THAT(result.scale, ElementsAre(static_cast<float>(4.0 / 127)));
}

TEST(Int8Dynamic, TheOrderOfTheOperationsIsTheReferences) {
  std::mt19937 engine(5);
  std::normal_distribution<float> normal;
  int differs_from_division = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<float> values(1 + engine() % 400);
    for (float& value : values) value = normal(engine) * 0.05F;
    double largest = 0;
    for (const float value : values) largest = std::fmax(largest, std::fabs(static_cast<double>(value)));
    const QuantizedTensor result = quantize("int8_dynamic", vector_of(values), 8);
    ASSERT_EQ(result.scale[0], static_cast<float>(largest / 127.0));
    bool differs = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double share = static_cast<double>(values[i]) / largest;
      ASSERT_EQ(result.int8[i], static_cast<int>(std::trunc(share * 127.0))) << values[i] << " of " << largest;
      differs = differs || result.int8[i] != static_cast<int>(static_cast<double>(values[i]) / (largest / 127.0));
    }
    differs_from_division += differs ? 1 : 0;
  }
  EXPECT_GT(differs_from_division, 0) << "the inputs don't tell the two formulas apart";
}

TEST(Int8Dynamic, ZerosStayAndSayWhy) {
  for (const float value : {0.0F, -0.0F, std::numeric_limits<float>::denorm_min()}) {
    const QuantizedTensor result = quantize("int8_dynamic", vector_of({value, value}), 8);
    EXPECT_EQ(result.form, Kind::none);
    EXPECT_EQ(result.note, "all weights are 0, or too small for a scale");
  }
}

TEST(Int8Dynamic, TakesTheMatricesOfDenseLayersAlone) {
  const plugins::QuantizerPlugin& plugin = bundled_plugins().quantizer("int8_dynamic");
  EXPECT_THAT(plugin.widths, ElementsAre(8));
  EXPECT_THAT(plugin.layer_types, ElementsAre("innerProduct", "batchedMatmul"));
  EXPECT_THAT(plugin.parameters, ElementsAre("weights"));
}

}  // namespace
}  // namespace goldilocks::testing
