// `keep: smaller`: what becomes of tensors whose codes would not be smaller than floats.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/coreml/validate.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/pipeline/single/single.hpp"
#include "tests/pipeline/fake_function.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::HasSubstr;
using testing::ModelBuilder;
using ::testing::Not;

QuantizedMessage smaller(const coreml::Model& model, int bits, const Function& function = two_values) {
  QuantizedMessage result = quantize_one(model, function, bits, {}, Keep::smaller);
  EXPECT_TRUE(model::validate(*result.model).empty());
  return result;
}

std::string after(const QuantizedMessage& result, const std::string& tensor) {
  return by_name(result.tensors).at(tensor).after;
}

TEST(KeepSmaller, ATensorWhoseTableTakesMoreThanItSavesBecomesFloat16) {
  const QuantizedMessage result = smaller(convolution().build(), 8);
  EXPECT_EQ(after(result, "conv.weights"), "float16") << "108 values: 1132 bytes as codes, 216 as halves";
  EXPECT_EQ(after(result, "conv.bias"), "float16");
  EXPECT_EQ(by_name(result.tensors).at("conv.bias").note, "float16, as codes would not be smaller");
  EXPECT_EQ(result.model->specificationversion(), 2);
}

TEST(KeepSmaller, CodesThatAreSmallerStayBesideFloats) {
  const QuantizedMessage result = smaller(convolution().build(), 4);
  EXPECT_EQ(after(result, "conv.weights"), "4 bit table") << "118 bytes as codes, 216 as halves";
  EXPECT_EQ(after(result, "conv.bias"), "float16");
  EXPECT_THAT(by_name(result.tensors).at("conv.weights").note, Not(HasSubstr("codes")));
}

TEST(KeepSmaller, AlwaysIsAsItWas) {
  const QuantizedMessage result = quantize_one(convolution().build(), two_values, 8, {}, Keep::always);
  EXPECT_EQ(after(result, "conv.weights"), "8 bit table");
  EXPECT_EQ(after(result, "conv.bias"), "8 bit table");
}

// A layer takes either float16 or float32.
TEST(KeepSmaller, WhereOneTensorOverflowsTheWholeLayerIsWeighedAsFloat32) {
  coreml::Model model = convolution().build();
  model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution()->mutable_bias()->set_floatvalue(0, 70000);
  const QuantizedMessage wide = smaller(model, 8);
  EXPECT_EQ(after(wide, "conv.weights"), "float32") << "432 bytes, where codes take 1132";
  EXPECT_EQ(after(wide, "conv.bias"), "float32");
  EXPECT_FALSE(wide.changed);
  const QuantizedMessage narrow = smaller(model, 4);
  EXPECT_EQ(after(narrow, "conv.weights"), "4 bit table");
  EXPECT_EQ(after(narrow, "conv.bias"), "float32");
}

// Float16 for both takes fewer bytes than float32 for the bias and codes for the weights.
TEST(KeepSmaller, TheLayersTensorsAreWeighedTogether) {
  const coreml::Model model =
      ModelBuilder().exact_shapes().array_input("x", {80}).inner_product("dense", 80, 4).build();
  const auto table_for_bias = [](const plugins::Weights& weights, int bits) {
    return weights.is_vector ? of_form(weights::Kind::none) : two_values(weights, bits);
  };
  const QuantizedMessage result = smaller(model, 6, table_for_bias);
  EXPECT_EQ(after(result, "dense.weights"), "6 bit table") << "the bias stays float32, beside which no float16 stands";
  EXPECT_EQ(after(smaller(model, 8), "dense.weights"), "float16");
}

TEST(KeepSmaller, AlphaAndBetaOfASoftplusHaveOneForm) {
  const auto softplus = [](coreml::NeuralNetworkLayer& layer) {
    auto& params = *layer.mutable_activation()->mutable_parametricsoftplus();
    for (int i = 0; i < 40; ++i) params.mutable_alpha()->add_floatvalue(static_cast<float>(i));
    for (int i = 0; i < 40; ++i) params.mutable_beta()->add_floatvalue(1);
  };
  const coreml::Model model = ModelBuilder().array_input("x", {40, 1, 1}).layer("plus", softplus).build();
  for (const auto& [bits, form] : {std::pair{8, "float16"}, std::pair{2, "2 bit table"}}) {
    const QuantizedMessage result = smaller(model, bits);
    EXPECT_EQ(after(result, "plus.alpha"), form);
    EXPECT_EQ(after(result, "plus.beta"), form);
  }
}

// A function that chooses its widths keeps every value, so rounding is no choice.
TEST(KeepSmaller, FloatsInPlaceOfLosslessCodesAreNotRounded) {
  const auto lossless = [](const plugins::Weights& weights, int) { return two_values(weights, 8); };
  const QuantizedMessage rounded = smaller(convolution().build(), 0, lossless);
  EXPECT_EQ(after(rounded, "conv.weights"), "float32");
  coreml::Model exact = convolution().build();
  auto& weights = *exact.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution();
  for (float& value : *weights.mutable_weights()->mutable_floatvalue()) value = 0.5F;
  for (float& value : *weights.mutable_bias()->mutable_floatvalue()) value = -2;
  EXPECT_EQ(after(smaller(exact, 0, lossless), "conv.weights"), "float16");
}

TEST(KeepSmaller, NoFunctionMakesASmallFileLargerAtAnyWidth) {
  const testing::Workspace workspace;
  ThreadPool pool(2);
  for (const char* function : {"linear", "linear_lut", "kmeans_lut"}) {
    for (const int bits : {16, 8, 7, 6, 5, 4, 3, 2, 1}) {
      QuantizeFileRequest request;
      request.model = workspace / "tiny.mlmodel";
      request.step.function = function;
      request.step.bits = bits;
      const QuantizeFileResult result = quantize_file(request, testing::registry(), pool);
      EXPECT_LT(result.bytes_after, result.bytes_before) << function << bits;
      for (const TensorReport& tensor : result.report.tensors) {
        EXPECT_LE(tensor.bytes_after, tensor.bytes_before / 2) << tensor.layer << tensor.parameter << function << bits;
      }
    }
  }
}

TEST(KeepSmaller, ARuleWithBitsOrAFunctionIsObeyed) {
  const testing::Workspace workspace;
  const auto forms = [&](const std::string& more) {
    const auto outcome = workspace.run("stages: [{load: {model: tiny.mlmodel}}, {quantize: {" + more +
                                       "sweep: {function: kmeans_lut, bits: 8}}}]");
    std::map<std::string, std::string> all;
    for (const goldilocks::Tensor& tensor : outcome.results.variants(1).tensors()) {
      all[tensor.layer() + "." + tensor.parameter()] = tensor.after();
    }
    return all;
  };
  const auto ruled = forms(
      "rules: [{match: {layer: conv, parameter: bias}, bits: 8}, {match: {layer: dense, parameter: bias}, function: "
      "linear}, {match: {parameter: weights, layer: dense}, skip: false}], ");
  EXPECT_EQ(ruled.at("conv.bias"), "8 bit table");
  EXPECT_EQ(ruled.at("dense.bias"), "8 bit linear");
  EXPECT_EQ(ruled.at("dense.weights"), "float16");
  EXPECT_EQ(forms("keep: always, ").at("dense.bias"), "8 bit table");
  EXPECT_EQ(forms("keep: smaller, ").at("dense.bias"), "float16");
}

TEST(KeepSmaller, OtherWordsAreRefused) {
  const testing::Workspace workspace;
  EXPECT_THAT(workspace.faults("stages: [{load: {model: tiny.mlmodel}}, {quantize: {keep: small, sweep: {function: "
                               "linear, bits: 8}}}]"),
              HasSubstr("'keep' must be one of smaller, always"));
}

}  // namespace
}  // namespace goldilocks::pipeline
