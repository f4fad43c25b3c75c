// linear and linear_symmetric, through the interface that the host uses.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "tests/quantizers/bundled.hpp"

namespace goldilocks {
namespace {

using plugins::QuantizedTensor;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::quantize;
using testing::vector_of;
using testing::WeightTensor;
using weights::Kind;

TEST(Linear, CodesCountStepsFromTheLeastWeight) {
  const QuantizedTensor result = quantize("linear", vector_of({-1, 0, 0.4F, 2}), 2);
  EXPECT_EQ(result.form, Kind::linear);
  EXPECT_EQ(result.bits, 2);
  EXPECT_THAT(result.scale, ElementsAre(1.0F));
  EXPECT_THAT(result.bias, ElementsAre(-1.0F));
  EXPECT_THAT(result.codes, ElementsAre(0, 1, 1, 3));
}

TEST(Linear, HalfStepsRoundToTheEvenCode) {
  const QuantizedTensor result = quantize("linear", vector_of({0, 0.5F, 1.5F, 2.5F, 6.5F, 7}), 3);
  EXPECT_THAT(result.codes, ElementsAre(0, 0, 2, 2, 6, 7));
}

TEST(Linear, EachOutputChannelHasItsOwnScale) {
  const QuantizedTensor result = quantize("linear", {{0, 3, 10, 40}, {2, 2}, 0}, 2);
  EXPECT_THAT(result.scale, ElementsAre(1.0F, 10.0F));
  EXPECT_THAT(result.bias, ElementsAre(0.0F, 10.0F));
  EXPECT_THAT(result.codes, ElementsAre(0, 3, 0, 3));
}

// A deconvolution's weights are [in, out, ...]: a channel is strewn over the tensor.
TEST(Linear, ChannelsAlongTheSecondAxisAreGathered) {
  const QuantizedTensor result = quantize("linear", {{0, 1, 10, 20, 2, 3, 30, 40}, {2, 2, 2}, 1}, 2);
  EXPECT_THAT(result.scale, ElementsAre(1.0F, 10.0F));
  EXPECT_THAT(result.bias, ElementsAre(0.0F, 10.0F));
  EXPECT_THAT(result.codes, ElementsAre(0, 1, 0, 1, 2, 3, 2, 3));
}

TEST(Linear, AStepOfAMillionthOrLessIsNone) {
  // Powers of two: the steps come out exactly.
  const QuantizedTensor fine = quantize("linear", vector_of({1, 1 + 0x1p-20F}), 1);
  EXPECT_THAT(fine.codes, ElementsAre(0, 0));
  EXPECT_THAT(fine.scale, ElementsAre(0x1p-20F)) << "the scale is stored as it is";
  EXPECT_THAT(quantize("linear", vector_of({1, 1 + 0x1p-19F}), 1).codes, ElementsAre(0, 1));
}

TEST(Linear, ConstantsAreTheirBias) {
  for (const float constant : {0.0F, -0.7F, 3e38F, 1e-45F}) {
    const QuantizedTensor result = quantize("linear", vector_of({constant, constant}), 8);
    EXPECT_THAT(result.scale, ElementsAre(0.0F));
    EXPECT_THAT(result.bias, ElementsAre(constant));
    EXPECT_THAT(result.codes, Each(0));
  }
  EXPECT_THAT(quantize("linear", vector_of({5}), 1).codes, ElementsAre(0));
}

TEST(Linear, AScaleBeyondFloat32IsAnErrorThatNamesTheWeights) {
  const float largest = std::numeric_limits<float>::max();
  EXPECT_THAT(quantize("linear", vector_of({-largest, largest}), 2).codes, ElementsAre(0, 3));
  try {
    quantize("linear", vector_of({-largest, largest}), 1);
    FAIL() << "expected an error";
  } catch (const PluginError& error) {
    EXPECT_THAT(error.what(), HasSubstr("linear"));
    EXPECT_THAT(error.what(), HasSubstr("conv1"));
    EXPECT_THAT(error.what(), HasSubstr("scale"));
  }
}

// The rule once more, as plainly as it is written down.
TEST(Linear, AgreesWithTheRuleAtEveryWidthShapeAndLength) {
  const std::uint32_t seed = 21;
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.02F, 0.1F);
  for (const std::int64_t inner : {1, 7, 16, 33, 600}) {
    for (const std::int64_t axis : {0, 1}) {
      WeightTensor tensor{{}, {3, 5, inner}, axis};
      for (std::int64_t i = 0; i < 15 * inner; ++i) tensor.values.push_back(normal(random));
      const std::size_t stride = static_cast<std::size_t>(axis == 0 ? 5 * inner : inner);
      const std::size_t channels = axis == 0 ? 3 : 5;
      const auto quantizer = testing::bundled_quantizer("linear");
      const auto weights = tensor.weights();
      const auto task = quantizer->begin(weights);
      for (int bits = 8; bits >= 1; --bits) {
        const QuantizedTensor result = task->quantize(bits);
        ASSERT_EQ(result.scale.size(), channels);
        for (std::size_t channel = 0; channel < channels; ++channel) {
          double least = std::numeric_limits<double>::infinity();
          double largest = -least;
          for (std::size_t i = 0; i < tensor.values.size(); ++i) {
            if (i / stride % channels != channel) continue;
            least = std::min(least, static_cast<double>(tensor.values[i]));
            largest = std::max(largest, static_cast<double>(tensor.values[i]));
          }
          const double scale = (largest - least) / (std::pow(2.0, bits) - 1);
          ASSERT_EQ(result.scale[channel], static_cast<float>(scale));
          ASSERT_EQ(result.bias[channel], static_cast<float>(least));
          for (std::size_t i = 0; i < tensor.values.size(); ++i) {
            if (i / stride % channels != channel) continue;
            const double code = std::nearbyint((static_cast<double>(tensor.values[i]) - least) * (1 / scale));
            ASSERT_EQ(result.codes[i], code) << "seed " << seed << ", " << bits << " bits, value " << i;
          }
        }
      }
    }
  }
}

TEST(LinearSymmetric, ZeroIsExactlyTheMiddleCode) {
  const QuantizedTensor result = quantize("linear_symmetric", vector_of({-12.7F, 0, 0.1F, 12.7F}), 8);
  EXPECT_EQ(result.form, Kind::linear);
  EXPECT_THAT(result.codes, ElementsAre(1, 128, 129, 255));
  EXPECT_EQ(128 * result.scale[0] + result.bias[0], 0.0F);
}

TEST(LinearSymmetric, TheLargerMagnitudeSetsTheScale) {
  const QuantizedTensor result = quantize("linear_symmetric", {{-127, 1, 254, 2}, {2, 2}, 0}, 8);
  EXPECT_THAT(result.scale, ElementsAre(1.0F, 2.0F));
  EXPECT_THAT(result.bias, ElementsAre(-128.0F, -256.0F));
  EXPECT_THAT(result.codes, ElementsAre(1, 129, 255, 129));
}

TEST(LinearSymmetric, ZerosAndTinyValuesHaveCodeZero) {
  EXPECT_THAT(quantize("linear_symmetric", vector_of({0, 0, 0}), 8).codes, Each(0));
  EXPECT_THAT(quantize("linear_symmetric", vector_of({1e-4F, -1e-4F}), 8).codes, Each(0));
}

TEST(LinearSymmetric, ABiasBeyondFloat32IsAnError) {
  EXPECT_THAT([&] { quantize("linear_symmetric", vector_of({std::numeric_limits<float>::max()}), 8); },
              ::testing::ThrowsMessage<PluginError>(HasSubstr("the weights spread too far: the bias ")));
}

TEST(LinearSymmetric, AgreesWithTheRule) {
  const std::uint32_t seed = 22;
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(-0.02F, 0.1F);
  std::vector<float> values(4001);
  for (float& value : values) value = normal(random);
  double reach = 0;
  for (const float value : values) reach = std::max(reach, std::fabs(static_cast<double>(value)));
  const double scale = reach / 127;
  const double bias = -128 * scale;
  const QuantizedTensor result = quantize("linear_symmetric", vector_of(values), 8);
  EXPECT_THAT(result.scale, ElementsAre(static_cast<float>(scale)));
  EXPECT_THAT(result.bias, ElementsAre(static_cast<float>(bias)));
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(result.codes[i], std::nearbyint((static_cast<double>(values[i]) - bias) / scale))
        << "seed " << seed << ", value " << i;
  }
}

}  // namespace
}  // namespace goldilocks
