// Networks from inputs of every kind to outputs of every kind.
#include <cmath>
#include <limits>

#include "core/base/thread_pool.hpp"
#include "core/runtime/arrays.hpp"
#include "tests/runtime/model_runner.hpp"

namespace goldilocks::testing {
namespace {

using runtime::PixelFormat;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

void relu(spec::NeuralNetworkLayer& layer) { layer.mutable_activation()->mutable_relu(); }

spec::FeatureDescription& output(spec::Model& model, int index = 0) {
  return *model.mutable_description()->mutable_output(index);
}

std::vector<double> values(const Values& outputs, const std::string& name) {
  return runtime::to_doubles(std::get<Array>(outputs.at(name)));
}

std::vector<std::int64_t> shape(const Values& outputs, const std::string& name) {
  return std::get<Array>(outputs.at(name)).shape;
}

Image rgb(int width, int height, const std::vector<int>& pixels) {
  Image image{width, height, PixelFormat::rgb, {}};
  for (const int pixel : pixels) image.pixels.push_back(static_cast<std::byte>(pixel));
  return image;
}

TEST(NetworkStage, KeepsTheLimitsThatAreGiven) {
  ModelBuilder builder;
  builder.exact_shapes().array_input("x", {1});
  builder.layer("endless", {}, {}, [](spec::NeuralNetworkLayer& layer) {
    const auto fill = [](spec::NeuralNetwork& net, const std::string& output) {
      spec::NeuralNetworkLayer& inner = *net.add_layers();
      inner.set_name(output);
      inner.add_input("x");
      inner.add_output(output);
      relu(inner);
    };
    layer.mutable_loop()->set_conditionvar("goes on");
    fill(*layer.mutable_loop()->mutable_conditionnetwork(), "goes on");
    fill(*layer.mutable_loop()->mutable_bodynetwork(), "z");
  });
  const spec::Model model = builder.layer("last", {"x"}, {"y"}, relu).output("y", {1}).build();
  for (const char* backend : {"reference", "onednn"}) {
    const ModelFile bounded(model, backend, {.loop_bound = 50});
    EXPECT_EQ(bounded.predict({{"x", floats({1}, {0})}}).at("y"), Value(floats({1}, {0})));
    EXPECT_THAT(error_of([&] {
                  bounded.predict({{"x", floats({1}, {1})}});
                }),
                HasSubstr("layer 'endless' (loop): has not ended after 50 iterations"));
  }
}

TEST(NetworkStage, GivesArraysInTheDeclaredTypeAndShape) {
  spec::Model model = ModelBuilder().array_input("x", {4}).activation("y").output("y", {2, 2}).build();
  const Values plain = ModelFile(model).predict({{"x", floats({4}, {-1, 0.5F, 2.5F, 7})}});
  EXPECT_EQ(plain.at("y"), Value(floats({2, 2}, {0, 0.5F, 2.5F, 7})));
  output(model).mutable_type()->mutable_multiarraytype()->set_datatype(spec::ArrayFeatureType::INT32);
  const Values whole = ModelFile(model).predict({{"x", floats({4}, {-1, 0.5F, 2.5F, 7})}});
  EXPECT_EQ(whole.at("y"), Value(integers({2, 2}, {0, 0, 2, 7})));
}

TEST(NetworkStage, LeavesOutASequenceAndBatchOfOne) {
  const spec::Model model = ModelBuilder().array_input("x", {2, 1, 1}).activation("y").output("y").build();
  EXPECT_THAT(shape(ModelFile(model).predict({{"x", floats({2, 1, 1}, {1, 2})}}), "y"), ElementsAre(2, 1, 1));
}

TEST(NetworkStage, TakesAnImageInTheNetworksOrderOfChannels) {
  const spec::Model model =
      ModelBuilder().image_input("x", 1, 1, spec::ImageFeatureType::BGR).scaler(2, 10, 20, 30).activation("y").build();
  EXPECT_THAT(values(ModelFile(model).predict({{"x", rgb(1, 1, {1, 2, 3})}}), "y"), ElementsAre(16, 24, 32));
}

TEST(NetworkStage, TakesGrayOfFloatingPoint) {
  const spec::Model model =
      ModelBuilder().image_input("x", 1, 2, spec::ImageFeatureType::GRAYSCALE_FLOAT16).activation("y").build();
  Image image{1, 2, PixelFormat::gray_float16,
              runtime::with_type(floats({2}, {0.5F, 3}), runtime::ElementType::float16).data};
  EXPECT_THAT(values(ModelFile(model).predict({{"x", image}}), "y"), ElementsAre(0.5, 3));
}

TEST(NetworkStage, RoundsAndClampsImages) {
  spec::Model model = ModelBuilder().array_input("x", {3, 1, 2}).activation("y").build();
  spec::ImageFeatureType& image = *output(model).mutable_type()->mutable_imagetype();
  image.set_width(2);
  image.set_height(1);
  image.set_colorspace(spec::ImageFeatureType::BGR);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Values outputs = ModelFile(model).predict({{"x", floats({3, 1, 2}, {0.5F, 1.5F, 300, nan, -4, 254.6F})}});
  EXPECT_EQ(outputs.at("y"), Value(rgb(2, 1, {0, 255, 0, 255, 0, 2})));
}

TEST(NetworkStage, ReadsWhatAnInputBorrowsAndOwnsWhatItGives) {
  const spec::Model model = ModelBuilder().array_input("x", {4}).activation("y").output("y", {4}).build();
  const std::vector<float> numbers = {-1, 0.5F, 2.5F, 7};
  const Array borrowed{runtime::ElementType::float32, {4}, {}, std::as_bytes(std::span(numbers))};
  EXPECT_EQ(borrowed, floats({4}, numbers));
  const Values outputs = ModelFile(model).predict({{"x", borrowed}});
  EXPECT_EQ(outputs.at("y"), Value(floats({4}, {0, 0.5F, 2.5F, 7})));
  EXPECT_TRUE(std::get<Array>(outputs.at("y")).borrowed.empty());

  const std::vector<std::byte> pixels = {std::byte{1}, std::byte{2}, std::byte{3}};
  const Image image{1, 1, PixelFormat::rgb, {}, pixels};
  EXPECT_EQ(image, rgb(1, 1, {1, 2, 3}));
  const ModelFile taking(ModelBuilder().image_input("x", 1, 1, spec::ImageFeatureType::RGB).activation("y").build());
  EXPECT_THAT(values(taking.predict({{"x", image}}), "y"), ElementsAre(1, 2, 3));
  const Image fitted = taking->fit(image, "", {});
  EXPECT_TRUE(fitted.borrowed.empty());
  EXPECT_EQ(fitted, image);
}

spec::Model classifier() {
  return ModelBuilder().array_input("x", {3}).activation("p").classifier({"a", "b", "c"}).build();
}

TEST(NetworkStage, GivesTheLabelAndAProbabilityForEachClass) {
  const ModelFile model(classifier());
  const Values outputs = model.predict({{"x", floats({3}, {0.25F, 0.5F, 0.5F})}});
  EXPECT_EQ(outputs.at("label"), Value(std::string("b"))) << "the first of equal ones";
  EXPECT_EQ(outputs.at("scores"), Value(runtime::TextDictionary{{"a", 0.25}, {"b", 0.5}, {"c", 0.5}}));
  EXPECT_EQ(model->description().label_output, "label");
  EXPECT_EQ(model->description().probabilities_output, "scores");
}

TEST(NetworkStage, GivesWholeNumbersAsLabels) {
  spec::Model model = classifier();
  auto& labels = *model.mutable_neuralnetworkclassifier()->mutable_int64classlabels();
  for (const std::int64_t label : {10, -20, 30}) labels.add_vector(label);
  for (spec::FeatureDescription& feature : *model.mutable_description()->mutable_output()) {
    if (feature.name() == "label") feature.mutable_type()->mutable_int64type();
    if (feature.name() == "scores") feature.mutable_type()->mutable_dictionarytype()->mutable_int64keytype();
  }
  const Values outputs = ModelFile(model).predict({{"x", floats({3}, {0, 0.5F, 0.25F})}});
  EXPECT_EQ(outputs.at("label"), Value(std::int64_t{-20}));
  EXPECT_EQ(outputs.at("scores"), Value(runtime::IntegerDictionary{{10, 0}, {-20, 0.5}, {30, 0.25}}));
}

TEST(NetworkStage, OfALabelThatStandsTwiceTheLargestScoreCounts) {
  spec::Model model = classifier();
  auto& labels = *model.mutable_neuralnetworkclassifier()->mutable_stringclasslabels();
  labels.set_vector(1, "a");
  const ModelFile file(model);
  const Values outputs = file.predict({{"x", floats({3}, {0.25F, 0.5F, 0.375F})}});
  EXPECT_EQ(outputs.at("label"), Value(std::string("a")));
  EXPECT_EQ(outputs.at("scores"), Value(runtime::TextDictionary{{"a", 0.5}, {"c", 0.375}}));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Values partly = file.predict({{"x", floats({3}, {nan, 0.125F, 0.25F})}});
  EXPECT_EQ(partly.at("scores"), Value(runtime::TextDictionary{{"a", 0.125}, {"c", 0.25}}));
}

// A square root of what is below 0 in the middle of a network, behind weights and inputs that are numbers.
TEST(NetworkStage, GivesTheSameLabelOfNanOnEveryBackend) {
  using Unary = spec::UnaryFunctionLayerParams;
  const auto root = [](spec::NeuralNetworkLayer& layer) { layer.mutable_unary()->set_type(Unary::SQRT); };
  for (const bool softmax : {false, true}) {
    ModelBuilder builder;
    builder.array_input("x", {3}).layer("root", root);
    if (softmax) builder.softmax("soft");
    const spec::Model model = builder.classifier({"a", "b", "c"}).build();
    for (const std::vector<float>& x :
         {std::vector<float>{-1, 4, 1}, {4, -1, 9}, {9, 1, -1}, {-1, -1, -1}, {-4, -1, 4}}) {
      const Values plain = ModelFile(model, "reference").predict({{"x", floats({3}, x)}});
      const Values fast = ModelFile(model, "onednn").predict({{"x", floats({3}, x)}});
      EXPECT_EQ(fast.at("label"), plain.at("label")) << x[0] << ", softmax: " << softmax;
      const auto& scores = std::get<runtime::TextDictionary>(fast.at("scores"));
      for (const auto& [label, score] : std::get<runtime::TextDictionary>(plain.at("scores"))) {
        EXPECT_EQ(std::isnan(scores.at(label)), std::isnan(score))
            << label << " of " << x[0] << ", softmax: " << softmax;
      }
    }
  }
}

spec::Model flexible() {
  spec::Model model = ModelBuilder().exact_shapes().array_input("x", {2}).activation("y").build();
  auto& range = *model.mutable_description()
                     ->mutable_input(0)
                     ->mutable_type()
                     ->mutable_multiarraytype()
                     ->mutable_shaperange()
                     ->add_sizeranges();
  range.set_lowerbound(1);
  range.set_upperbound(9);
  output(model).mutable_type()->mutable_multiarraytype()->clear_shape();
  return model;
}

TEST(NetworkStage, RunsEverySizeThatIsAllowed) {
  const ModelFile model(flexible());
  for (int round = 0; round < 2; ++round) {
    for (std::int64_t size = 1; size <= 9; ++size) {
      const Values outputs =
          model.predict({{"x", floats({size}, std::vector<float>(static_cast<std::size_t>(size), 3))}});
      EXPECT_THAT(shape(outputs, "y"), ElementsAre(size));
    }
  }
  EXPECT_EQ(error_of([&] {
              model.predict({{"x", floats({10}, std::vector<float>(10))}});
            }),
            "input 'x': the shape [10] is not allowed; allowed: [1 to 9]");
}

TEST(NetworkStage, PredictsOnSeveralThreadsAtOnceInSeveralSizes) {
  const ModelFile model(flexible(), "onednn");
  ThreadPool pool(4);
  pool.parallel_for(200, [&](std::size_t index) {
    const auto size = static_cast<std::int64_t>(index % 9 + 1);
    const std::vector<float> given(static_cast<std::size_t>(size), static_cast<float>(index));
    const Values outputs = model.predict({{"x", floats({size}, given)}});
    EXPECT_EQ(outputs.at("y"), Value(floats({size}, given)));
  });
}

// An LSTM whose state goes in and out.
spec::Model recurrent() {
  ModelBuilder builder(5);
  builder.array_input("x", {2}).array_input("h", {3}).array_input("c", {3});
  builder.layer("lstm", {"x", "h", "c"}, {"y", "h_out", "c_out"}, [&](spec::NeuralNetworkLayer& layer) {
    auto& lstm = *layer.mutable_unidirectionallstm();
    lstm.set_inputvectorsize(2);
    lstm.set_outputvectorsize(3);
    lstm.add_activations()->mutable_sigmoid();
    lstm.add_activations()->mutable_tanh();
    lstm.add_activations()->mutable_tanh();
    lstm.mutable_params()->set_sequenceoutput(true);
    spec::LSTMWeightParams& weights = *lstm.mutable_weightparams();
    for (spec::WeightParams* gate :
         {weights.mutable_inputgateweightmatrix(), weights.mutable_forgetgateweightmatrix(),
          weights.mutable_blockinputweightmatrix(), weights.mutable_outputgateweightmatrix()}) {
      builder.fill_random(*gate, 6);
    }
    for (spec::WeightParams* gate :
         {weights.mutable_inputgaterecursionmatrix(), weights.mutable_forgetgaterecursionmatrix(),
          weights.mutable_blockinputrecursionmatrix(), weights.mutable_outputgaterecursionmatrix()}) {
      builder.fill_random(*gate, 9);
    }
  });
  return builder.output("y").output("h_out", {3}).output("c_out", {3}).build();
}

TEST(NetworkStage, AStateMakesStepsASequence) {
  const ModelFile model(recurrent());
  ASSERT_EQ(model->description().states.size(), 2U);
  EXPECT_EQ(model->description().states[0].input, "h");
  EXPECT_EQ(model->description().states[1].output, "c_out");

  runtime::State state;
  std::vector<double> steps;
  for (const float step : {1.0F, -2.0F, 3.0F}) {
    const Values outputs = model->predict({{"x", floats({2}, {step, 1})}}, &state, nullptr);
    const std::vector<double> y = values(outputs, "y");
    steps.insert(steps.end(), y.begin(), y.end());
  }
  const Array zeros = floats({3}, {0, 0, 0});
  const Values whole = model.predict({{"x", floats({3, 1, 2, 1, 1}, {1, 1, -2, 1, 3, 1})}, {"h", zeros}, {"c", zeros}});
  const std::vector<double> expected = values(whole, "y");
  ASSERT_EQ(expected.size(), steps.size());
  for (std::size_t index = 0; index < steps.size(); ++index) EXPECT_NEAR(steps[index], expected[index], 1e-6);

  const runtime::State copy = state;
  state.reset();
  EXPECT_TRUE(state.values().empty());
  const std::vector<double> handed_on = values(copy.values(), "h");
  const std::vector<double> last = values(whole, "h_out");
  ASSERT_EQ(handed_on.size(), 3U);
  for (std::size_t index = 0; index < 3; ++index) EXPECT_NEAR(handed_on[index], last[index], 1e-6);
}

TEST(NetworkStage, ReturnsTensorsFromInside) {
  const ModelFile model(ModelBuilder()
                            .array_input("x", {2})
                            .layer("first", {"x"}, {"a"}, relu)
                            .layer("second", {"a"}, {"b"}, relu)
                            .build());
  runtime::InnerTensors inner;
  inner.request.names = {"first"};
  const Values outputs = model->predict({{"x", floats({2}, {-1, 4})}}, nullptr, &inner);
  EXPECT_EQ(outputs.size(), 1U);
  EXPECT_EQ(inner.values.size(), 1U);
  EXPECT_THAT(values(inner.values, "a"), ElementsAre(0, 4));
  runtime::InnerTensors all;
  all.request.all = true;
  model->predict({{"x", floats({2}, {-1, 4})}}, nullptr, &all);
  EXPECT_EQ(all.values.size(), 2U);
  runtime::InnerTensors none;
  none.request.names = {"fist"};
  EXPECT_EQ(error_of([&] {
              model->predict({{"x", floats({2}, {-1, 4})}}, nullptr, &none);
            }),
            "the model has no layer 'fist'; did you mean 'first'?");
}

TEST(NetworkStage, SaysWhichInputsThereAre) {
  const ModelFile model(classifier());
  EXPECT_EQ(error_of([&] { model.predict({}); }), "input 'x' is missing (array float32 [3])");
  EXPECT_EQ(error_of([&] { model.predict({{"y", 1.0}}); }), "the model has no input 'y'; did you mean 'x'?");
}

TEST(NetworkStage, NamesTheFileOfAModelThatCantRun) {
  spec::Model model = classifier();
  model.clear_neuralnetworkclassifier();
  model.mutable_treeensembleclassifier();
  EXPECT_EQ(error_of([&] { ModelFile file(model); }),
            "m.mlmodel: a model of the type 'treeEnsembleClassifier' can't be run");
}

}  // namespace
}  // namespace goldilocks::testing
