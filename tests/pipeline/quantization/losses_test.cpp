// What is said where a tensor loses most of what it was, and where nothing was done.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/pipeline/quantization/quantization_notices.hpp"
#include "core/pipeline/single/single.hpp"
#include "core/quantization/weight_error.hpp"
#include "tests/pipeline/fake_function.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/as_model.hpp"

namespace goldilocks::pipeline {
namespace {

using plugins::QuantizedTensor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ModelBuilder;
using ::testing::StartsWith;
using weights::Kind;

// Floats that are the weights times a factor.
Function times(float factor) {
  return [factor](const plugins::Weights& weights, int) {
    QuantizedTensor result = of_form(Kind::float32);
    for (const float value : weights.values) result.float32.push_back(factor * value);
    return result;
  };
}

Function as_halves() {
  return [](const plugins::Weights&, int) { return of_form(Kind::float16); };
}

TEST(Losses, TheRelativeErrorIsThatOfTheWholeTensor) {
  const coreml::Model model = convolution().build();
  const TensorReport report = quantize_one(model, times(0.75F), 8).tensors.at(0);
  EXPECT_NEAR(report.relative_error, 0.25, 1e-6);
  EXPECT_EQ(report.note, "");
  EXPECT_EQ(quantize_one(model, times(1), 8).tensors.at(0).relative_error, 0);
}

TEST(Losses, AboveTheBoundTheNoteSaysSo) {
  const coreml::Model model = convolution().build();
  EXPECT_EQ(quantize_one(model, times(0), 8).tensors.at(0).note, "relative error 1, above 0.5");
  EXPECT_EQ(quantize_one(model, times(0.45F), 8).tensors.at(0).note, "relative error 0.55, above 0.5");
  EXPECT_EQ(quantize_one(model, times(0.55F), 8).tensors.at(0).note, "");
  const std::vector<TensorReport> tensors = quantize_one(model, times(0), 8).tensors;
  EXPECT_EQ(loss_notice(tensors), "2 tensors of 2 with a relative error above 0.5: conv.weights (1), conv.bias (1)");
  EXPECT_EQ(loss_notice(quantize_one(model, times(1), 8).tensors), "");
}

TEST(Losses, WeightsThatFloat16WipesOutAreNamed) {
  coreml::Model model = convolution().build();
  for (float& value : *model.mutable_neuralnetwork()
                           ->mutable_layers(0)
                           ->mutable_convolution()
                           ->mutable_weights()
                           ->mutable_floatvalue()) {
    value *= 1e-10F;
  }
  EXPECT_EQ(by_name(quantize_one(model, as_halves(), 16).tensors).at("conv.weights").note,
            "relative error 1, above 0.5");
}

TEST(Losses, AZeroThatIsNoneAnyMoreIsInfinitelyWrong) {
  coreml::Model model = convolution().build();
  for (float& value :
       *model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution()->mutable_bias()->mutable_floatvalue()) {
    value = 0;
  }
  const auto ones = [](const plugins::Weights& weights, int) {
    QuantizedTensor result = of_form(Kind::float32);
    result.float32.assign(weights.values.size(), 1);
    return result;
  };
  const QuantizedMessage result = quantize_one(model, ones, 8);
  EXPECT_EQ(by_name(result.tensors).at("conv.bias").note, "relative error inf, above 0.5");
  const ModelReport back = report_from_json(to_json({{}, result.tensors}));
  EXPECT_TRUE(std::isinf(back.tensors.at(1).relative_error));
  EXPECT_EQ(back.tensors.at(0).relative_error, result.tensors.at(0).relative_error);
}

// One small variance among large ones: nothing is lost of the values, and most of what the layer multiplies by.
TEST(Losses, AVarianceIsJudgedByWhatTheLayerMakesOfIt) {
  coreml::Model model = ModelBuilder().array_input("x", {2, 1, 1}).batchnorm("norm", 2).build();
  auto& norm = *model.mutable_neuralnetwork()->mutable_layers(0)->mutable_batchnorm();
  norm.set_epsilon(1e-12F);
  norm.mutable_variance()->set_floatvalue(0, 1);
  norm.mutable_variance()->set_floatvalue(1, 1e-9F);
  const TensorReport lost = by_name(quantize_one(model, as_halves(), 16).tensors).at("norm.variance");
  EXPECT_THAT(lost.note, StartsWith("relative error 31"));
  norm.set_epsilon(1e-3F);
  EXPECT_EQ(by_name(quantize_one(model, as_halves(), 16).tensors).at("norm.variance").note, "");
}

TEST(Losses, AreInTheResultsAndTheirNotices) {
  const testing::Workspace workspace;
  const goldilocks::Results results =
      workspace.run("stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: linear, bits: [8, 1]}}}]")
          .results;
  EXPECT_LT(results.variants(1).tensors(0).relative_error(), 0.5);
  EXPECT_GT(results.variants(2).tensors(0).relative_error(), 0.5);
  EXPECT_THAT(results.variants(2).tensors(0).note(), HasSubstr("above 0.5"));
  EXPECT_THAT(results.notices(), ElementsAre(HasSubstr("tiny_linear_1: ")));
  EXPECT_THAT(results.notices(0), HasSubstr("with a relative error above 0.5: conv.weights ("));
}

TEST(Losses, ASweepThatLeavesEverythingHasANotice) {
  const testing::Workspace workspace;
  const goldilocks::Results results =
      workspace
          .run(
              "stages: [{load: {model: tiny.mlmodel}}, {quantize: {rules: [{match: {layer: \"*\"}, skip: true}], "
              "sweep: {function: linear, bits: 8}}}]")
          .results;
  EXPECT_THAT(results.notices(), ElementsAre("tiny_linear_8: nothing was quantized; 4 tensors: skipped by rule 1"));
}

std::string refusal(const coreml::Model& model) {
  try {
    check_has_network(*testing::as_model(model), "some.mlmodel");
    return "";
  } catch (const ModelError& error) {
    return error.what();
  }
}

TEST(Losses, AModelWithoutNetworkOrProgramIsRefusedByItsKind) {
  coreml::Model program;
  program.mutable_mlprogram();
  EXPECT_THAT(refusal(program), IsEmpty());
  coreml::Model text;
  text.mutable_textclassifier();
  EXPECT_THAT(refusal(text),
              StartsWith("some.mlmodel: there is nothing to quantize: it is of the kind 'textClassifier'"));
  EXPECT_THAT(refusal(text), HasSubstr("and what is quantized are the weights of neural"));
  coreml::Model machine;
  machine.mutable_supportvectorclassifier();
  EXPECT_THAT(refusal(machine), HasSubstr("'supportVectorClassifier'"));
  coreml::Model vision;
  vision.mutable_pipelineclassifier()->mutable_pipeline()->add_models()->mutable_visionfeatureprint();
  EXPECT_THAT(refusal(vision), HasSubstr("'pipelineClassifier' without a neural network in it"));
  EXPECT_THAT(refusal(testing::pipeline_of_models({convolution().build()})), IsEmpty());
}

TEST(Losses, WhatCanNotBeQuantizedIsRefusedByCommandAndPlan) {
  const testing::Workspace workspace;
  coreml::Model machine;
  machine.set_specificationversion(1);
  machine.mutable_supportvectorregressor();
  const auto file = workspace.write("machine.mlmodel", model::serialize_model(machine));
  QuantizeFileRequest request;
  request.model = file;
  request.step.function = "linear";
  request.step.bits = 8;
  request.output = workspace / "out.mlmodel";
  ThreadPool pool(1);
  EXPECT_THAT([&] { quantize_file(request, testing::registry(), pool); },
              ::testing::ThrowsMessage<ModelError>(HasSubstr("machine.mlmodel: ")));
  EXPECT_FALSE(std::filesystem::exists(request.output));
  const std::string load = "stages: [{load: {models: [tiny.mlmodel, machine.mlmodel]}}, {quantize: {";
  const std::string sweep = "sweep: {function: linear, bits: 8}}}]";
  try {
    workspace.plan(load + sweep);
    FAIL() << "nothing was thrown";
  } catch (const PipelineErrors& error) {
    EXPECT_THAT(error.what(), HasSubstr("machine.mlmodel: there is nothing to quantize"));
  }
  EXPECT_NO_THROW(workspace.plan(load + "input: tiny, " + sweep));
}

TEST(Losses, ANetworkWithoutWeightsHasNothingToDo) {
  EXPECT_EQ(
      idle_notice(quantize_one(ModelBuilder().array_input("x", {4}).activation("relu").build(), times(1), 8).tensors),
      "nothing was quantized: the model has no weights");
}

}  // namespace
}  // namespace goldilocks::pipeline
