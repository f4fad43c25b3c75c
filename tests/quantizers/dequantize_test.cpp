#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/quantizers/bundled.hpp"

namespace goldilocks::testing {
namespace {

using plugins::QuantizedTensor;
using weights::Kind;

QuantizedTensor dequantize(const WeightTensor& tensor, Kind stored) {
  plugins::Weights weights = tensor.weights();
  weights.stored_form = stored;
  return bundled_quantizer("dequantize")->begin(weights)->quantize(0);
}

TEST(Dequantize, EveryFormBecomesTheValuesThatItStandsFor) {
  const WeightTensor tensor = vector_of({1, -0.0F, 3.5F});
  for (const Kind stored : {Kind::table, Kind::linear, Kind::int8, Kind::float16, Kind::none}) {
    const QuantizedTensor result = dequantize(tensor, stored);
    EXPECT_EQ(result.form, Kind::float32);
    EXPECT_EQ(result.float32, tensor.values);
  }
}

TEST(Dequantize, Float32Stays) {
  const QuantizedTensor result = dequantize(vector_of({1, 2}), Kind::float32);
  EXPECT_EQ(result.form, Kind::none);
  EXPECT_EQ(result.note, "float32 already");
}

TEST(Dequantize, ChoosesItsWidthAndTakesWhatIsQuantized) {
  const plugins::QuantizerPlugin& plugin = bundled_plugins().quantizer("dequantize");
  EXPECT_TRUE(plugin.chooses_width);
  EXPECT_TRUE(plugin.takes_quantized);
}

}  // namespace
}  // namespace goldilocks::testing
