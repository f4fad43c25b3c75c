#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "tests/pipeline/fake_function.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using plugins::ResultForm;
using ::testing::HasSubstr;
using testing::ModelBuilder;

// Dynamic int8 makes an inner product one of the newer layers, which such a network must not have.
TEST(QuantizeFaults, NothingThatBreaksARuleOfTheFormatIsGivenOut) {
  const coreml::Model model = ModelBuilder().array_input("x", {4}).inner_product("plain", 4, 4, false).build();
  try {
    quantize_one(model, int8_of, 8);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::internal);
    EXPECT_THAT(error.what(), HasSubstr("model: quantizing it with fake would break a rule of the format: layer"));
  }
}

TEST(QuantizeFaults, NaNAndInfinityAreRefusedByLayerAndParameter) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    coreml::Model model = convolution().build();
    model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution()->mutable_weights()->set_floatvalue(7, bad);
    try {
      quantize_one(model, two_values, 4);
      FAIL() << "nothing was thrown";
    } catch (const ModelError& error) {
      EXPECT_THAT(error.what(), HasSubstr("model: layer 'conv', weights: the value at position 7 is "));
    }
  }
}

TEST(QuantizeFaults, AFloat16OverflowFailsThatWidthAlone) {
  coreml::Model model = convolution().build();
  model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution()->mutable_weights()->set_floatvalue(0, 65504);
  const auto results = quantize(model,
                                [](const plugins::Weights& weights, int bits) {
                                  return bits == 16 ? of_form(ResultForm::float16) : two_values(weights, bits);
                                },
                                {16, 4});
  ASSERT_TRUE(results[0].failure);
  EXPECT_FALSE(results[0].model);
  try {
    std::rethrow_exception(results[0].failure);
  } catch (const ModelError& error) {
    EXPECT_THAT(error.what(), HasSubstr("layer 'conv', weights: the value 65504"));
  }
  EXPECT_FALSE(results[1].failure);
  EXPECT_TRUE(results[1].model);
}

TEST(QuantizeFaults, APluginsFailureIsThatOfItsWidthAndNamesTheFirstTensor) {
  const coreml::Model model = testing::small_classifier();
  const auto fails = [](const plugins::Weights& weights, int bits) {
    if (bits == 4) throw PluginError("fake: " + weights.layer + " " + weights.parameter);
    return two_values(weights, bits);
  };
  for (int round = 0; round < 10; ++round) {
    const auto results = quantize(model, fails, {8, 4, 2}, {}, 4);
    EXPECT_TRUE(results[0].model);
    EXPECT_TRUE(results[2].model);
    ASSERT_TRUE(results[1].failure);
    try {
      std::rethrow_exception(results[1].failure);
    } catch (const PluginError& error) {
      EXPECT_STREQ(error.what(), "fake: conv weights");
    }
  }
}

TEST(QuantizeFaults, WeightsOfTheWrongLengthAreRefused) {
  coreml::Model model = convolution().build();
  model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution()->mutable_weights()->add_floatvalue(1);
  try {
    quantize_one(model, two_values, 4);
    FAIL() << "nothing was thrown";
  } catch (const ModelError& error) {
    EXPECT_THAT(error.what(), HasSubstr("layer 'conv', weights: 109 values are stored"));
  }
}

}  // namespace
}  // namespace goldilocks::pipeline
