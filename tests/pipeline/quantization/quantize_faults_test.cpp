#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "tests/pipeline/fake_function.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {
using ::testing::HasSubstr;
using testing::ModelBuilder;
using weights::Kind;

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
  model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution()->mutable_weights()->set_floatvalue(0, 65520);
  const auto results = quantize(model,
                                [](const plugins::Weights& weights, int bits) {
                                  return bits == 16 ? of_form(Kind::float16) : two_values(weights, bits);
                                },
                                {16, 4});
  ASSERT_TRUE(results[0].failure);
  EXPECT_FALSE(results[0].model);
  try {
    std::rethrow_exception(results[0].failure);
  } catch (const ModelError& error) {
    EXPECT_THAT(error.what(), HasSubstr("layer 'conv', weights: the value 65520"));
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

// A convolution of 3 channels into 4 whose weights are codes of 4 bits already, and stay.
coreml::Model coded_convolution() {
  coreml::Model model = convolution().build();
  auto& weights = *model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution()->mutable_weights();
  model::store_table(weights, std::vector<std::uint8_t>(108, 3), 4, std::vector<float>(16, 1));
  return model;
}

// The format takes a scale for each output of a grouped deconvolution, and doesn't say how they map: nobody can decode
// that, and everybody can leave it.
TEST(QuantizeFaults, ScalesThatCanNotBeMappedStay) {
  coreml::Model model =
      ModelBuilder().array_input("x", {4, 6, 6}).convolution("up", 4, 6, {.groups = 2, .deconvolution = true}).build();
  auto& weights = *model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution()->mutable_weights();
  const auto count = static_cast<std::size_t>(weights.floatvalue_size());
  model::store_linear(weights, std::vector<std::uint8_t>(count, 3), 8, std::vector<float>(6, 1),
                      std::vector<float>(6, 0));
  model.set_specificationversion(3);
  const QuantizedMessage result = quantize_one(model, two_values, 4);
  EXPECT_EQ(result.model->neuralnetwork().layers(0).convolution().weights().SerializeAsString(),
            weights.SerializeAsString());
}

using Change = void (*)(coreml::ConvolutionLayerParams&);
struct BrokenTensor {
  const char* name;
  Change change;
  const char* message;
};

class BrokenInput : public ::testing::TestWithParam<BrokenTensor> {};

// Whether they would stay or be quantized anew.
TEST_P(BrokenInput, IsAnErrorWithLayerAndParameter) {
  coreml::Model model = coded_convolution();
  EXPECT_TRUE(quantize_one(model, two_values, 4).model) << "sound before";
  GetParam().change(*model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution());
  try {
    quantize_one(model, two_values, 4);
    FAIL() << "nothing was thrown";
  } catch (const ModelError& error) {
    EXPECT_THAT(error.what(), HasSubstr(std::string("model: layer 'conv', weights: ") + GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Faults, BrokenInput,
    ::testing::Values(BrokenTensor{"table_length",
                                   [](coreml::ConvolutionLayerParams& convolution) {
                                     auto& quantization = *convolution.mutable_weights()->mutable_quantization();
                                     quantization.mutable_lookuptablequantization()->add_floatvalue(1);
                                   },
                                   "the table has 17 entries, 4 bits need 16"},
                      BrokenTensor{"code_bytes",
                                   [](coreml::ConvolutionLayerParams& convolution) {
                                     convolution.mutable_weights()->mutable_rawvalue()->resize(53);
                                   },
                                   "108 codes of 4 bits need 54 bytes, 53 are stored"},
                      BrokenTensor{"width",
                                   [](coreml::ConvolutionLayerParams& convolution) {
                                     convolution.mutable_weights()->mutable_quantization()->set_numberofbits(9);
                                   },
                                   "codes of 9 bits"},
                      BrokenTensor{"scales_that_dont_fit_the_channels",
                                   [](coreml::ConvolutionLayerParams& convolution) {
                                     auto& quantization = *convolution.mutable_weights()->mutable_quantization();
                                     for (int i = 0; i < 3; ++i)
                                       quantization.mutable_linearquantization()->add_scale(1);
                                   },
                                   "3 linear scales are stored, 1 or 4 are needed"},
                      BrokenTensor{"channels_that_dont_divide_the_weights",
                                   [](coreml::ConvolutionLayerParams& convolution) {
                                     convolution.set_outputchannels(5);
                                     convolution.mutable_weights()->mutable_floatvalue()->Resize(108, 1);
                                     convolution.mutable_weights()->clear_rawvalue();
                                     convolution.mutable_weights()->clear_quantization();
                                   },
                                   "108 values are stored, the shape [5, 3, 3, 3] needs 135"}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace goldilocks::pipeline
