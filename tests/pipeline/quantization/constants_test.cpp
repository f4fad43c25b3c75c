// Constants that functions don't get, and values that nobody looks at.
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/formats/coreml/validate.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/pipeline/plan/plan_tensors.hpp"
#include "tests/pipeline/fake_function.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using testing::ModelBuilder;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

std::function<void(coreml::NeuralNetworkLayer&)> constant(const std::vector<float>& values) {
  return [values](coreml::NeuralNetworkLayer& layer) {
    auto& params = *layer.mutable_loadconstantnd();
    params.add_shape(values.size());
    for (const float value : values) params.mutable_data()->add_floatvalue(value);
  };
}

// x + the constant "mask".
coreml::Model masked(const std::vector<float>& mask) {
  return ModelBuilder()
      .exact_shapes()
      .array_input("x", {static_cast<std::int64_t>(mask.size())})
      .layer("mask", {}, {"mask"}, constant(mask))
      .layer("sum", {"x", "mask"}, {"y"}, [](auto& layer) { layer.mutable_addbroadcastable(); })
      .build();
}

const coreml::WeightParams& mask_of(const QuantizedMessage& result) {
  return result.model->neuralnetwork().layers(0).loadconstantnd().data();
}

TEST(Constants, WhatIsReadAsIndicesStaysAtEveryWidthWhateverIsKept) {
  const std::vector<float> indices = {0, 1, 2, 3, 500, 777, 998, 999};
  const coreml::Model model = ModelBuilder()
                                  .exact_shapes()
                                  .array_input("x", {1000})
                                  .layer("indices", {}, {"indices"}, constant(indices))
                                  .layer("take", {"x", "indices"}, {"y"}, [](auto& l) { l.mutable_gather(); })
                                  .build();
  for (const Keep keep : {Keep::smaller, Keep::always}) {
    for (const int bits : {16, 8, 1}) {
      const QuantizedMessage result = quantize_one(model, two_values, bits, {}, keep);
      EXPECT_FALSE(result.changed);
      EXPECT_EQ(result.tensors.at(0).note, "layer 'take' reads it as indices");
      EXPECT_EQ(result.tensors.at(0).after, "float32");
      EXPECT_EQ(result.tensors.at(0).function, "");
    }
  }
}

TEST(Constants, APlanKnowsThatTheyStay) {
  coreml::Model model = ModelBuilder()
                            .exact_shapes()
                            .array_input("x", {10})
                            .layer("indices", {}, {"indices"}, constant({1, 9}))
                            .layer("take", {"x", "indices"}, {"y"}, [](auto& l) { l.mutable_gather(); })
                            .build();
  const FakePlugin plugin;
  QuantizeRequest request;
  request.plugin = &plugin;
  const TensorPlans plans = plan_tensors(planned_weights(source_of(model).weights().weights()), request, 8);
  EXPECT_EQ(plans.tensors.at(0).note, "layer 'take' reads it as indices");
  EXPECT_EQ(plans.tensors.at(0).after, "float32");
}

TEST(Constants, WithInfiniteValuesBecomeFloat16WhereThatIsExact) {
  for (const int bits : {16, 8, 1}) {
    const QuantizedMessage result = quantize_one(masked({0, -infinity, 0.5F, 0}), two_values, bits);
    EXPECT_EQ(result.tensors.at(0).after, "float16");
    EXPECT_THAT(result.tensors.at(0).note, HasSubstr("infinite values"));
    EXPECT_EQ(result.tensors.at(0).squared_error, 0);
    EXPECT_EQ(result.tensors.at(0).relative_error, 0);
    EXPECT_EQ(mask_of(result).float16value(), std::string("\0\0\0\xFC\0\x38\0\0", 8));
    EXPECT_TRUE(model::validate(*result.model).empty());
  }
}

TEST(Constants, WithInfiniteValuesStayWhereFloat16WouldRound) {
  const QuantizedMessage result = quantize_one(masked({0, -infinity, 0.1F, 0}), two_values, 8);
  EXPECT_FALSE(result.changed);
  EXPECT_THAT(result.tensors.at(0).note, HasSubstr("infinite values"));
  // A function without a width (dequantize, say) doesn't ask for float16.
  EXPECT_FALSE(quantize_one(masked({0, -infinity}), two_values, 0).changed);
}

TEST(Constants, ThatAreNaNSomewhereAreRefused) {
  try {
    quantize_one(masked({0, -infinity, nan}), two_values, 8);
    FAIL() << "nothing was thrown";
  } catch (const ModelError& error) {
    EXPECT_STREQ(error.what(), "model: layer 'mask', data: the value at position 2 is NaN");
  }
}

// All tensors of one layer are skipped.
std::vector<QuantizedMessage> quantize_without(const coreml::Model& model, const std::string& skipped) {
  const WeightSource source = source_of(model);
  const FakePlugin plugin;
  const FakeQuantizer quantizer(two_values);
  QuantizeRequest request;
  request.plugin = &plugin;
  request.quantizer = &quantizer;
  request.keep = Keep::always;
  QuantizeRule& rule = request.rules.emplace_back();
  rule.match.layers = {skipped};
  rule.skip = true;
  request.settings = {{4, ""}};
  ThreadPool pool(1);
  std::vector<QuantizedMessage> results;
  quantize_model(source, request, pool,
                 [&](std::size_t, QuantizedModel result) { results.push_back(message_of(std::move(result))); });
  return results;
}

TEST(Constants, NobodyLooksAtWhatARuleSkips) {
  for (const float value : {nan, infinity}) {
    coreml::Model model = convolution().convolution("second", 4, 4).build();
    auto& first = *model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution();
    first.mutable_weights()->set_floatvalue(3, value);
    const QuantizedMessage result = std::move(quantize_without(model, "conv").front());
    ASSERT_FALSE(result.failure);
    EXPECT_EQ(result.model->neuralnetwork().layers(0).SerializeAsString(),
              model.neuralnetwork().layers(0).SerializeAsString());
    EXPECT_EQ(by_name(result.tensors).at("second.weights").after, "4 bit table");
    EXPECT_TRUE(quantize_without(model, "second").front().failure) << "what is not skipped is looked at";
  }
}

TEST(Constants, WhatStaysForAnotherReasonIsLookedAt) {
  coreml::Model model = convolution().build();
  model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution()->mutable_bias()->set_floatvalue(1, nan);
  FakePlugin plugin;
  plugin.parameters = {"weights"};
  EXPECT_THAT([&] { quantize_one(model, two_values, 4, plugin); },
              ::testing::ThrowsMessage<ModelError>(HasSubstr("is NaN")));
}

}  // namespace
}  // namespace goldilocks::pipeline
