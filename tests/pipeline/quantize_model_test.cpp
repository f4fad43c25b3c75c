// Functions are plain C++ objects here: what a plugin may answer is the subject, not how it is loaded.
#include "core/pipeline/quantize_model.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/model/model_file.hpp"
#include "core/model/validate.hpp"
#include "core/model/weight_codec.hpp"
#include "core/model/weight_table.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::pipeline {
namespace {

using plugins::QuantizedTensor;
using plugins::ResultForm;
using ::testing::HasSubstr;
using testing::ModelBuilder;

using Function = std::function<QuantizedTensor(const plugins::Weights&, int bits)>;

class FakeTask final : public plugins::QuantizerTask {
 public:
  FakeTask(const Function& function, const plugins::Weights& weights) : function_(function), weights_(weights) {}
  QuantizedTensor quantize(int bits) override { return function_(weights_, bits); }

 private:
  const Function& function_;
  plugins::Weights weights_;
};

class FakeQuantizer final : public plugins::Quantizer {
 public:
  explicit FakeQuantizer(Function function) : function_(std::move(function)) {}
  std::unique_ptr<plugins::QuantizerTask> begin(const plugins::Weights& weights) const override {
    return std::make_unique<FakeTask>(function_, weights);
  }

 private:
  Function function_;
};

class FakePlugin final : public plugins::QuantizerPlugin {
 public:
  FakePlugin() { name = "fake"; }
  std::unique_ptr<plugins::Quantizer> create(const plugins::OptionValues& /*options*/) const override {
    return nullptr;
  }
};

// Two entries: the smallest and the largest value.
QuantizedTensor two_values(const plugins::Weights& weights, int bits) {
  QuantizedTensor result;
  result.form = ResultForm::table;
  result.bits = bits;
  const auto [low, high] = std::minmax_element(weights.values.begin(), weights.values.end());
  result.table.assign(std::size_t{1} << bits, 0.0F);
  result.table[0] = *low;
  result.table[1] = *high;
  for (const float value : weights.values) result.codes.push_back(value - *low < *high - value ? 0 : 1);
  return result;
}

QuantizedTensor of_form(ResultForm form) {
  QuantizedTensor result;
  result.form = form;
  return result;
}

// Quantizes at these widths; results by width.
std::vector<QuantizedModel> quantize(const coreml::Model& model, const Function& function, std::vector<int> widths,
                                     const FakePlugin& plugin = {}, std::size_t threads = 2) {
  const WeightSource source(std::make_unique<coreml::Model>(model), "model");
  const FakeQuantizer quantizer(function);
  QuantizeRequest request;
  request.plugin = &plugin;
  request.quantizer = &quantizer;
  for (const int bits : widths) request.settings.push_back({bits, ""});
  ThreadPool pool(threads);
  std::vector<QuantizedModel> results(widths.size());
  std::mutex mutex;
  quantize_model(source, request, pool, [&](std::size_t index, QuantizedModel result) {
    const std::scoped_lock lock(mutex);
    results[index] = std::move(result);
  });
  return results;
}

QuantizedModel quantize_one(const coreml::Model& model, const Function& function, int bits,
                            const FakePlugin& plugin = {}) {
  return std::move(quantize(model, function, {bits}, plugin).front());
}

// "conv.weights" -> its report.
std::map<std::string, TensorReport> by_name(const std::vector<TensorReport>& tensors) {
  std::map<std::string, TensorReport> map;
  for (const TensorReport& tensor : tensors) map[tensor.layer + "." + tensor.parameter] = tensor;
  return map;
}

ModelBuilder convolution() { return ModelBuilder(5).image_input("image", 8, 8).convolution("conv", 3, 4); }

TEST(QuantizeModel, EveryTensorOfALayerIsStoredInItsNewForm) {
  const coreml::Model model = convolution().build();
  const QuantizedModel result = quantize_one(model, two_values, 4);
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
  const QuantizedModel result = quantize_one(model, two_values, 1);
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
    EXPECT_EQ(to_json(together[i].tensors), to_json(alone[0].tensors));
  }
}

TEST(QuantizeModel, AnUnchangedModelKeepsItsBytes) {
  const coreml::Model model = testing::small_classifier();
  const QuantizedModel result = quantize_one(
      model, [](const auto&, int) { return of_form(ResultForm::unchanged); }, 8);
  EXPECT_FALSE(result.changed);
  EXPECT_EQ(model::serialize_model(*result.model), model::serialize_model(model));
  EXPECT_EQ(result.tensors.at(0).note, "left as it is by the function");
}

TEST(QuantizeModel, TheVersionIsRaisedAsFarAsTheFormsNeedAndNeverLowered) {
  coreml::Model model = convolution().build();
  EXPECT_EQ(model.specificationversion(), 1);
  EXPECT_EQ(quantize_one(
                model, [](const auto&, int) { return of_form(ResultForm::float16); }, 16)
                .model->specificationversion(),
            2);
  EXPECT_EQ(quantize_one(model, two_values, 8).model->specificationversion(), 3);
  model.set_specificationversion(7);
  EXPECT_EQ(quantize_one(model, two_values, 8).model->specificationversion(), 7);
}

TEST(QuantizeModel, PipelinesAreWalkedAndTheirVersionRaisedWithThem) {
  const coreml::Model inner = convolution().build();
  const coreml::Model outer = testing::pipeline_of_models({inner, inner});
  const QuantizedModel result = quantize_one(outer, two_values, 4);
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
  const WeightSource source(std::make_unique<coreml::Model>(convolution().build()), "model");
  const FakePlugin plugin;
  const FakeQuantizer quantizer([](const auto&, int) { return of_form(ResultForm::unchanged); });
  QuantizeRequest request;
  request.plugin = &plugin;
  request.quantizer = &quantizer;
  request.settings = {{8, "8 bit"}};
  ThreadPool pool(1);
  quantize_model(source, request, pool, [](std::size_t, const QuantizedModel& result) {
    EXPECT_TRUE(result.changed);
    EXPECT_EQ(result.model->description().metadata().shortdescription(), "8 bit");
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
  const QuantizedModel coded = quantize_one(model, two_values, 4);
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

TEST(QuantizeModel, Float16AndFloat32AreNotMixedWithinALayer) {
  const coreml::Model model = convolution().build();
  const QuantizedModel result = quantize_one(
      model,
      [](const plugins::Weights& weights, int) {
        return of_form(weights.is_vector ? ResultForm::unchanged : ResultForm::float16);
      },
      16);
  const auto tensors = by_name(result.tensors);
  EXPECT_EQ(tensors.at("conv.bias").after, "float16");
  EXPECT_EQ(tensors.at("conv.bias").note, "float16, as the format doesn't mix it with float32 in one layer");
  EXPECT_TRUE(model::validate(*result.model).empty());
}

TEST(QuantizeModel, WhereOneTensorCanNotBeFloat16TheLayerStaysFloat32) {
  coreml::Model model = convolution().build();
  model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution()->mutable_bias()->set_floatvalue(0, 70000);
  const auto tensors = by_name(quantize_one(
                                   model,
                                   [](const plugins::Weights& weights, int) {
                                     return of_form(weights.is_vector ? ResultForm::unchanged : ResultForm::float16);
                                   },
                                   16)
                                   .tensors);
  EXPECT_EQ(tensors.at("conv.weights").after, "float32");
  EXPECT_THAT(tensors.at("conv.weights").note, HasSubstr("another tensor of the layer can't be float16"));
}

TEST(QuantizeModel, FormsThatTheFormatRefusesLeaveTheTensorWithANote) {
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
                        model, [](const auto&, int) { return of_form(ResultForm::float16); }, 16)
                        .tensors);
  EXPECT_EQ(tensors.at("norm.beta").note, "the format takes only float32 here");
}

QuantizedTensor int8_of(const plugins::Weights& weights, int /*bits*/) {
  QuantizedTensor result = of_form(ResultForm::int8);
  result.scale = {0.5F};
  result.int8.assign(weights.values.size(), 3);
  return result;
}

TEST(QuantizeModel, Int8SetsTheLayersFlagAndNeedsALayerWithoutBias) {
  const coreml::Model model = ModelBuilder()
                                  .exact_shapes()
                                  .array_input("x", {4})
                                  .inner_product("plain", 4, 4, false)
                                  .inner_product("biased", 4, 4, true)
                                  .build();
  FakePlugin plugin;
  plugin.parameters = {"weights"};
  const QuantizedModel result = quantize_one(model, int8_of, 8, plugin);
  const auto tensors = by_name(result.tensors);
  EXPECT_EQ(tensors.at("plain.weights").after, "int8");
  EXPECT_TRUE(result.model->neuralnetwork().layers(0).innerproduct().int8dynamicquantize());
  EXPECT_EQ(result.model->specificationversion(), 5);
  EXPECT_EQ(tensors.at("biased.weights").note, "the format takes int8 only without a bias");
  EXPECT_FALSE(result.model->neuralnetwork().layers(1).innerproduct().int8dynamicquantize());

  FakePlugin dequantizer;
  dequantizer.takes_quantized = true;
  const QuantizedModel back = quantize_one(
      *result.model,
      [](const plugins::Weights& weights, int) {
        QuantizedTensor tensor = of_form(ResultForm::float32);
        tensor.float32.assign(weights.values.begin(), weights.values.end());
        return tensor;
      },
      32, dequantizer);
  EXPECT_FALSE(back.model->neuralnetwork().layers(0).innerproduct().int8dynamicquantize());
  EXPECT_EQ(back.model->neuralnetwork().layers(0).innerproduct().weights().floatvalue(0), 1.5F);
}

// Dynamic int8 makes an inner product one of the newer layers, which such a network must not have.
TEST(QuantizeModel, NothingThatBreaksARuleOfTheFormatIsGivenOut) {
  const coreml::Model model = ModelBuilder().array_input("x", {4}).inner_product("plain", 4, 4, false).build();
  try {
    quantize_one(model, int8_of, 8);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::internal);
    EXPECT_THAT(error.what(), HasSubstr("model: quantizing it with fake would break a rule of the format: layer"));
  }
}

TEST(QuantizeModel, NaNAndInfinityAreRefusedByLayerAndParameter) {
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

TEST(QuantizeModel, AFloat16OverflowFailsThatWidthAlone) {
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

TEST(QuantizeModel, APluginsFailureIsThatOfItsWidthAndNamesTheFirstTensor) {
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

TEST(QuantizeModel, WeightsOfTheWrongLengthAreRefused) {
  coreml::Model model = convolution().build();
  model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution()->mutable_weights()->add_floatvalue(1);
  try {
    quantize_one(model, two_values, 4);
    FAIL() << "nothing was thrown";
  } catch (const ModelError& error) {
    EXPECT_THAT(error.what(), HasSubstr("layer 'conv', weights: 109 values are stored"));
  }
}

TEST(QuantizeModel, ProgressReachesOne) {
  const WeightSource source(std::make_unique<coreml::Model>(testing::small_classifier()), "model");
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

TEST(TensorReports, SurviveTheJsonBesideAnArtifact) {
  const TensorReport report{"a/b", "convolution", "weights", 12, "float32", "4 bit table", 48, 70, 0.1, "note \"x\""};
  const std::vector<TensorReport> back = tensors_from_json(to_json(std::vector{report}));
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(to_json(back), to_json(std::vector{report}));
  EXPECT_EQ(back[0].squared_error, 0.1);
  EXPECT_EQ(back[0].note, "note \"x\"");
}

}  // namespace
}  // namespace goldilocks::pipeline
