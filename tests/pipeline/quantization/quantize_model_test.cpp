#include "core/pipeline/quantization/quantize_model.hpp"

#include <cmath>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/coreml/validate.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "core/formats/neural_network/weight_table.hpp"
#include "tests/pipeline/fake_function.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using plugins::QuantizedTensor;
using ::testing::HasSubstr;
using testing::ModelBuilder;
using weights::Kind;

TEST(QuantizeModel, EveryTensorOfALayerIsStoredInItsNewForm) {
  const coreml::Model model = convolution().build();
  const QuantizedMessage result = quantize_one(model, two_values, 4);
  ASSERT_EQ(result.tensors.size(), 2U);
  const TensorReport& weights = result.tensors[0];
  EXPECT_EQ(weights.layer, "conv");
  EXPECT_EQ(weights.layer_type, "convolution");
  EXPECT_EQ(weights.parameter, "weights");
  EXPECT_EQ(weights.count, 4U * 3 * 3 * 3);
  EXPECT_EQ(weights.before, "float32");
  EXPECT_EQ(weights.after, "4 bit table");
  EXPECT_EQ(weights.bytes_before, 108U * 4);
  EXPECT_EQ(weights.bytes_after, 108U / 2 + 16 * 4);
  EXPECT_EQ(result.tensors[1].parameter, "bias");
  EXPECT_TRUE(result.changed);
  EXPECT_EQ(result.model->specificationversion(), 3);
  EXPECT_TRUE(model::validate(*result.model).empty());
}

TEST(QuantizeModel, TheSquaredErrorIsThatOfTheStoredValues) {
  const coreml::Model model = convolution().build();
  const QuantizedMessage result = quantize_one(model, two_values, 1);
  double sum = 0;
  model::for_each_weight(model.neuralnetwork().layers(0), [&](const auto& before) {
    model::for_each_weight(result.model->neuralnetwork().layers(0), [&](const auto& after) {
      if (before.parameter != "weights" || after.parameter != "weights") return;
      const auto a = model::decode_weights(before, "a");
      const auto b = model::decode_weights(after, "b");
      for (std::size_t i = 0; i < a.size(); ++i)
        sum += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
    });
  });
  EXPECT_GT(sum, 0);
  EXPECT_DOUBLE_EQ(result.tensors.at(0).squared_error, sum);
}

TEST(QuantizeModel, SeveralWidthsAtOnceGiveTheBytesOfOneAtATimeOnAnyNumberOfThreads) {
  const coreml::Model model = testing::small_classifier();
  const std::vector<int> widths{8, 4, 2, 1};
  const auto together = quantize(model, two_values, widths, {}, 4);
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const auto alone = quantize(model, two_values, {widths[i]}, {}, 1);
    EXPECT_EQ(model::serialize_model(*together[i].model), model::serialize_model(*alone[0].model)) << widths[i];
    EXPECT_EQ(to_json({{}, together[i].tensors}), to_json({{}, alone[0].tensors}));
  }
}

TEST(QuantizeModel, AnUnchangedModelKeepsItsBytes) {
  const coreml::Model model = testing::small_classifier();
  const QuantizedMessage result = quantize_one(
      model, [](const auto&, int) { return of_form(Kind::none); }, 8);
  EXPECT_FALSE(result.changed);
  EXPECT_EQ(model::serialize_model(*result.model), model::serialize_model(model));
  EXPECT_EQ(result.tensors.at(0).note, "left as it is by the function");
}

TEST(QuantizeModel, AFunctionsWordsStandBesideTheTensor) {
  const auto in_words = [](const plugins::Weights& weights, int bits) {
    QuantizedTensor result = weights.is_vector ? of_form(Kind::none) : two_values(weights, bits);
    result.note = weights.is_vector ? "a vector" : "two values";
    return result;
  };
  const auto tensors = by_name(quantize_one(convolution().build(), in_words, 4).tensors);
  EXPECT_THAT(tensors.at("conv.weights").note, ::testing::StartsWith("two values; relative error "));
  EXPECT_EQ(tensors.at("conv.weights").after, "4 bit table");
  EXPECT_EQ(tensors.at("conv.bias").note, "a vector");
}

TEST(QuantizeModel, AFunctionLearnsHowATensorIsStored) {
  std::mutex mutex;
  std::map<std::string, std::pair<Kind, int>> stored;
  FakePlugin plugin;
  plugin.takes_quantized = true;
  const auto look = [&](const plugins::Weights& weights, int) {
    const std::scoped_lock lock(mutex);
    stored[weights.parameter] = {weights.stored_form, weights.stored_bits};
    return of_form(Kind::none);
  };
  coreml::Model model = convolution().build();
  quantize_one(model, look, 8, plugin);
  EXPECT_EQ(stored.at("weights"), std::pair(Kind::float32, 32));
  model = *quantize_one(model, two_values, 3).model;
  quantize_one(model, look, 8, plugin);
  EXPECT_EQ(stored.at("weights"), std::pair(Kind::table, 3));
  model = *quantize_one(convolution().build(), float16_but_vectors, 16).model;
  quantize_one(model, look, 8, plugin);
  EXPECT_EQ(stored.at("weights"), std::pair(Kind::float16, 16));
}

TEST(QuantizeModel, TheVersionIsRaisedAsFarAsTheFormsNeedAndNeverLowered) {
  coreml::Model model = convolution().build();
  EXPECT_EQ(model.specificationversion(), 1);
  EXPECT_EQ(quantize_one(
                model, [](const auto&, int) { return of_form(Kind::float16); }, 16)
                .model->specificationversion(),
            2);
  EXPECT_EQ(quantize_one(model, two_values, 8).model->specificationversion(), 3);
  model.set_specificationversion(7);
  EXPECT_EQ(quantize_one(model, two_values, 8).model->specificationversion(), 7);
}

TEST(QuantizeModel, PipelinesAreWalkedAndTheirVersionRaisedWithThem) {
  const coreml::Model inner = convolution().build();
  const coreml::Model outer = testing::pipeline_of_models({inner, inner});
  const QuantizedMessage result = quantize_one(outer, two_values, 4);
  EXPECT_EQ(result.tensors.size(), 4U);
  EXPECT_THAT(result.tensors.at(2).layer, HasSubstr("models[1]"));
  EXPECT_EQ(result.model->specificationversion(), 3);
  EXPECT_EQ(result.model->pipeline().models(1).specificationversion(), 3);
}

TEST(QuantizeModel, NestedNetworksAreWalked) {
  const auto loop = [](coreml::NeuralNetworkLayer& layer) {
    layer.mutable_loop()->set_maxloopiterations(2);
    coreml::NeuralNetworkLayer& inner = *layer.mutable_loop()->mutable_bodynetwork()->add_layers();
    inner.set_name("inside");
    inner.add_input("x");
    inner.add_output("inner");
    auto& dense = *inner.mutable_innerproduct();
    dense.set_inputchannels(3);
    dense.set_outputchannels(2);
    for (int i = 0; i < 6; ++i) dense.mutable_weights()->add_floatvalue(static_cast<float>(i));
  };
  const coreml::Model model = ModelBuilder()
                                  .exact_shapes()
                                  .array_input("x", {3})
                                  .inner_product("dense", 3, 3)
                                  .layer("loop", {}, {}, loop)
                                  .build();
  const auto tensors = by_name(quantize_one(model, two_values, 2).tensors);
  EXPECT_EQ(tensors.at("loop/body/inside.weights").after, "2 bit table");
}

TEST(QuantizeModel, ADescriptionReplacesTheModels) {
  const WeightSource source = source_of(convolution().build());
  const FakePlugin plugin;
  const FakeQuantizer quantizer([](const auto&, int) { return of_form(Kind::none); });
  QuantizeRequest request;
  request.plugin = &plugin;
  request.quantizer = &quantizer;
  request.settings = {{8, "8 bit"}};
  ThreadPool pool(1);
  quantize_model(source, request, pool, [](std::size_t, const QuantizedModel& result) {
    EXPECT_TRUE(result.changed);
    EXPECT_EQ(result.model->summary().description, "8 bit");
  });
}

TEST(QuantizeModel, LeavesWhatAFunctionMustNotTouchAndSaysWhy) {
  coreml::Model model = convolution()
                            .convolution("trained", 4, 4)
                            .convolution("halves", 4, 4)
                            .convolution("unused_bias", 4, 4)
                            .layer("own",
                                   [](auto& layer) {
                                     layer.mutable_custom()->set_classname("Own");
                                     layer.mutable_custom()->add_weights()->add_floatvalue(1);
                                   })
                            .build();
  auto& layers = *model.mutable_neuralnetwork()->mutable_layers();
  layers[1].set_isupdatable(true);
  layers[3].mutable_convolution()->set_hasbias(false);
  const QuantizedMessage coded = quantize_one(model, two_values, 4);
  auto tensors = by_name(coded.tensors);
  EXPECT_EQ(tensors.at("trained.weights").note, "of an updatable layer");
  EXPECT_EQ(tensors.at("trained.weights").after, "float32");
  EXPECT_EQ(tensors.at("unused_bias.bias").note, "not used by the layer");
  EXPECT_EQ(tensors.at("own.weights[0]").note, "of a custom layer");
  EXPECT_EQ(tensors.at("own.weights[0]").squared_error, 0);

  tensors = by_name(quantize_one(*coded.model, two_values, 2).tensors);
  EXPECT_EQ(tensors.at("conv.weights").note, "quantized already");
  EXPECT_EQ(tensors.at("conv.weights").after, "4 bit table");
  FakePlugin greedy;
  greedy.takes_quantized = true;
  tensors = by_name(quantize_one(*coded.model, two_values, 2, greedy).tensors);
  EXPECT_EQ(tensors.at("conv.weights").after, "2 bit table");
}

TEST(QuantizeModel, AFunctionGetsTheLayersAndParametersThatItDeclares) {
  const coreml::Model model = testing::small_classifier();
  FakePlugin plugin;
  plugin.layer_types = {"innerProduct"};
  plugin.parameters = {"weights"};
  const auto tensors = by_name(quantize_one(model, two_values, 4, plugin).tensors);
  EXPECT_EQ(tensors.at("conv.weights").note, "fake doesn't take convolution layers");
  EXPECT_EQ(tensors.at("dense.bias").note, "fake doesn't take this parameter");
  EXPECT_EQ(tensors.at("dense.weights").after, "4 bit table");
}

TEST(QuantizeModel, ProgressReachesOne) {
  const WeightSource source = source_of(testing::small_classifier());
  const FakePlugin plugin;
  const FakeQuantizer quantizer(two_values);
  QuantizeRequest request;
  request.plugin = &plugin;
  request.quantizer = &quantizer;
  request.settings = {{8, ""}};
  double last = 0;
  request.progress = [&](double fraction) {
    EXPECT_GE(fraction, last);
    last = fraction;
  };
  ThreadPool pool(3);
  quantize_model(source, request, pool, [](std::size_t, const QuantizedModel&) {});
  EXPECT_DOUBLE_EQ(last, 1);
}

TEST(ModelReports, SurviveTheJsonBesideAnArtifact) {
  ModelReport report;
  report.passes = {{"fold", "batchnorm", {{"norm", "folded into 'conv'"}}}, {"compact_preprocessing", "off", {}}};
  report.tensors = {{.layer = "a/b",
                     .layer_type = "convolution",
                     .parameter = "weights",
                     .count = 12,
                     .before = "float32",
                     .after = "4 bit table",
                     .bytes_before = 48,
                     .bytes_after = 70,
                     .squared_error = 0.1,
                     .note = "note \"x\"",
                     .function = "linear",
                     .rule = 2}};
  const ModelReport back = report_from_json(to_json(report));
  ASSERT_EQ(back.tensors.size(), 1U);
  EXPECT_EQ(to_json(back), to_json(report));
  EXPECT_EQ(back.tensors[0].squared_error, 0.1);
  EXPECT_EQ(back.tensors[0].rule, 2U);
  EXPECT_EQ(back.passes.at(0).notes.at(0).text, "folded into 'conv'");
  EXPECT_EQ(back.passes.at(1).setting, "off");
}

}  // namespace
}  // namespace goldilocks::pipeline
