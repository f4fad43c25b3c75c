// Which form a tensor ends in: what the format accepts, alone and beside the layer's other tensors.
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/coreml/validate.hpp"
#include "tests/pipeline/fake_function.hpp"

namespace goldilocks::pipeline {
namespace {

using plugins::QuantizedTensor;
using ::testing::HasSubstr;
using testing::ModelBuilder;
using ::testing::UnorderedElementsAre;
using weights::Kind;

TEST(QuantizeForms, Float16AndFloat32AreNotMixedWithinALayer) {
  const coreml::Model model = convolution().build();
  const QuantizedMessage result = quantize_one(model, float16_but_vectors, 16);
  const auto tensors = by_name(result.tensors);
  EXPECT_EQ(tensors.at("conv.bias").after, "float16");
  EXPECT_EQ(tensors.at("conv.bias").note, "float16, as the format doesn't mix it with float32 in one layer");
  EXPECT_TRUE(model::validate(*result.model).empty());
}

TEST(QuantizeForms, WhereOneTensorCanNotBeFloat16TheLayerStaysFloat32) {
  coreml::Model model = convolution().build();
  model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution()->mutable_bias()->set_floatvalue(0, 70000);
  const auto tensors = by_name(quantize_one(model, float16_but_vectors, 16).tensors);
  EXPECT_EQ(tensors.at("conv.weights").after, "float32");
  EXPECT_THAT(tensors.at("conv.weights").note, HasSubstr("another tensor of the layer can't be float16"));
}

TEST(QuantizeForms, FormsThatTheFormatRefusesLeaveTheTensorWithANote) {
  const coreml::Model model = ModelBuilder()
                                  .exact_shapes()
                                  .array_input("x", {4})
                                  .layer("norm",
                                         [](auto& layer) {
                                           auto& norm = *layer.mutable_layernormalization();
                                           norm.add_normalizedshape(4);
                                           norm.set_eps(1e-5F);
                                           for (int i = 0; i < 4; ++i) {
                                             norm.mutable_gamma()->add_floatvalue(1);
                                             norm.mutable_beta()->add_floatvalue(static_cast<float>(i));
                                           }
                                         })
                                  .build();
  auto tensors = by_name(quantize_one(model, two_values, 4).tensors);
  EXPECT_EQ(tensors.at("norm.beta").after, "float32");
  EXPECT_EQ(tensors.at("norm.beta").note, "the format takes no codes here");
  tensors = by_name(quantize_one(
                        model, [](const auto&, int) { return of_form(Kind::float16); }, 16)
                        .tensors);
  EXPECT_EQ(tensors.at("norm.beta").note, "the format takes only float32 here");
}

TEST(QuantizeForms, AFunctionIsToldWhichFormsTheModelCanStore) {
  const auto accepted = [](const coreml::Model& model, const std::string& parameter) {
    std::mutex mutex;
    std::map<std::string, std::vector<Kind>> told;
    quantize_one(
        model,
        [&](const plugins::Weights& weights, int) {
          const std::scoped_lock lock(mutex);
          told[weights.parameter] = weights.accepted_forms;
          return of_form(Kind::none);
        },
        8);
    return told.at(parameter);
  };
  const auto dense = [](bool bias) {
    return ModelBuilder().exact_shapes().array_input("x", {4}).inner_product("fc", 4, 3, bias).build();
  };
  using enum Kind;
  EXPECT_THAT(accepted(convolution().build(), "weights"), UnorderedElementsAre(float32, float16, table, linear));
  EXPECT_THAT(accepted(dense(true), "weights"), UnorderedElementsAre(float32, float16, table, linear));
  EXPECT_THAT(accepted(dense(false), "weights"), UnorderedElementsAre(float32, float16, table, linear, int8));
}

TEST(QuantizeForms, Int8SetsTheLayersFlagAndNeedsALayerWithoutBias) {
  const coreml::Model model = ModelBuilder()
                                  .exact_shapes()
                                  .array_input("x", {4})
                                  .inner_product("plain", 4, 4, false)
                                  .inner_product("biased", 4, 4, true)
                                  .build();
  FakePlugin plugin;
  plugin.parameters = {"weights"};
  const QuantizedMessage result = quantize_one(model, int8_of, 8, plugin);
  const auto tensors = by_name(result.tensors);
  EXPECT_EQ(tensors.at("plain.weights").after, "int8");
  EXPECT_TRUE(result.model->neuralnetwork().layers(0).innerproduct().int8dynamicquantize());
  EXPECT_EQ(result.model->specificationversion(), 5);
  EXPECT_EQ(tensors.at("biased.weights").note, "the format takes int8 only without a bias");
  EXPECT_FALSE(result.model->neuralnetwork().layers(1).innerproduct().int8dynamicquantize());

  FakePlugin dequantizer;
  dequantizer.takes_quantized = true;
  const QuantizedMessage back = quantize_one(
      *result.model,
      [](const plugins::Weights& weights, int) {
        QuantizedTensor tensor = of_form(Kind::float32);
        tensor.float32.assign(weights.values.begin(), weights.values.end());
        return tensor;
      },
      32, dequantizer);
  EXPECT_FALSE(back.model->neuralnetwork().layers(0).innerproduct().int8dynamicquantize());
  EXPECT_EQ(back.model->neuralnetwork().layers(0).innerproduct().weights().floatvalue(0), 1.5F);
}

}  // namespace
}  // namespace goldilocks::pipeline
