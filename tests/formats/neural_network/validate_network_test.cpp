// Networks as a whole: the order of layers, mappings, classifiers, versions.
#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "tests/formats/coreml/broken_rules.hpp"
#include "tests/support/model_builder.hpp"
#include "tests/support/reference.hpp"

namespace goldilocks::model {
namespace {

using Layer = spec::NeuralNetworkLayer;
using testing::ModelBuilder;

void make_floor(Layer& layer) { layer.mutable_floor(); }
void make_copy(Layer& layer) { layer.mutable_copy(); }

ModelBuilder exact() {
  ModelBuilder builder;
  builder.exact_shapes().array_input("in", {2, 3});
  return builder;
}

spec::Model classifier() {
  return ModelBuilder()
      .image_input("image", 8, 8)
      .convolution("conv", 3, 4)
      .activation("relu")
      .global_pooling("pool")
      .inner_product("fc", 4, 3)
      .softmax("probabilities")
      .classifier({"a", "b", "c"})
      .build();
}

spec::Model changed(spec::Model model, const std::function<void(spec::Model&)>& change) {
  change(model);
  return model;
}

// A layer inside a nested network.
void add_floor(spec::NeuralNetwork& network, const std::string& input, const std::string& output) {
  Layer& layer = *network.add_layers();
  layer.set_name(output);
  layer.add_input(input);
  layer.add_output(output);
  layer.mutable_floor();
}

TEST(NetworkRules, TheReferenceModelsBreakNone) {
  for (const char* name : {"food", "food_kmeans_4", "food_linear_4", "food_linear_8", "food_linear_lut_4"}) {
    GOLDILOCKS_REFERENCE_OR_SKIP(path, fmt::format("models/{}.mlmodel", name));
    expect_valid(*load_model(path), name);
  }
}

TEST(NetworkRules, BuiltModelsBreakNone) {
  expect_valid(classifier());
  expect_valid(exact().layer("f", make_floor).build());
  expect_valid(ModelBuilder().array_input("x", {4}).inner_product("fc", 4, 2).build());
}

TEST(NetworkRules, NoTypeOfModel) { expect_only(spec::Model(), "structure.type"); }

TEST(NetworkRules, FunctionsBelongToPrograms) {
  expect_only(changed(classifier(),
                      [](auto& m) {
                        m.mutable_description()->add_functions();
                        m.set_specificationversion(9);
                      }),
              "structure.functions");
}

TEST(NetworkRules, LayersStandInOrder) {
  expect_only(exact().layer("f", {"later"}, {"f"}, make_floor).build(), "graph.order");
}

TEST(NetworkRules, ABlobIsProducedOnce) {
  expect_only(exact().layer("a", {"in"}, {"x"}, make_floor).layer("b", {"in"}, {"x"}, make_floor).build(),
              "graph.duplicate");
  expect_only(exact().layer("a", {"in"}, {"x"}, make_floor).layer("b", {"x"}, {"in"}, make_floor).output("x").build(),
              "graph.input-overwritten");
  expect_valid(exact().layer("a", {"in"}, {"x"}, make_floor).layer("b", {"in"}, {"x"}, make_copy).build(),
               "a copy may");
  expect_only(exact().layer("a", {"in"}, {"x"}, make_floor).layer("b", {"x"}, {"x"}, make_copy).build(), "copy.names");
}

TEST(NetworkRules, OutputsAreProducedByLayers) {
  expect_only(exact().layer("f", make_floor).output("missing").build(), "graph.output");
  expect_only(exact().layer("f", make_floor).output("in").build(), "graph.output", "an input handed through");
}

TEST(NetworkRules, ABlobHasOneRank) {
  const auto chain = [](unsigned rank) {
    return exact()
        .layer("a",
               [](Layer& layer) {
                 layer.mutable_floor();
                 layer.add_outputtensor()->set_rank(2);
               })
        .layer("b",
               [&](Layer& layer) {
                 layer.mutable_floor();
                 layer.add_inputtensor()->set_rank(rank);
               })
        .build();
  };
  expect_valid(chain(2));
  expect_only(chain(3), "tensors.rank");
}

TEST(NetworkRules, AfterABranchWhatBothSidesMakeIsThere) {
  const auto branch = [](const std::string& other) {
    return exact()
        .layer("choice", {"in"}, {},
               [&](Layer& layer) {
                 add_floor(*layer.mutable_branch()->mutable_ifbranch(), "in", "x");
                 if (!other.empty()) add_floor(*layer.mutable_branch()->mutable_elsebranch(), "in", other);
               })
        .layer("after", {"x"}, {"after"}, make_floor)
        .build();
  };
  expect_valid(branch("x"));
  expect_only(branch("y"), "graph.order");
  expect_only(branch(""), "graph.order", "without an else nothing is left");
}

TEST(NetworkRules, AfterALoopItsBodysBlobsAreThereOrTheConditionsAlone) {
  const auto loop = [](bool condition, const std::string& read) {
    return exact()
        .layer("loop", {}, {},
               [&](Layer& layer) {
                 add_floor(*layer.mutable_loop()->mutable_bodynetwork(), "in", "x");
                 layer.mutable_loop()->set_maxloopiterations(2);
                 if (condition) {
                   add_floor(*layer.mutable_loop()->mutable_conditionnetwork(), "in", "c");
                   layer.mutable_loop()->set_conditionvar("c");
                 }
               })
        .layer("after", {read}, {"after"}, make_floor)
        .build();
  };
  expect_valid(loop(false, "x"));
  expect_valid(loop(true, "c"));
  expect_only(loop(true, "x"), "graph.order");
}

TEST(NetworkRules, LoopsEndOnAVariableThatTheirConditionMakes) {
  const auto loop = [](const std::string& variable) {
    return exact()
        .layer("loop", {}, {},
               [&](Layer& layer) {
                 add_floor(*layer.mutable_loop()->mutable_bodynetwork(), "in", "x");
                 add_floor(*layer.mutable_loop()->mutable_conditionnetwork(), "in", "c");
                 layer.mutable_loop()->set_conditionvar(variable);
               })
        .layer("after", {"in"}, {"after"}, make_floor)
        .build();
  };
  expect_valid(loop("c"));
  expect_only(loop("other"), "loop.condition");
}

TEST(NetworkRules, NestedNetworksMakeNoOuterBlobAgain) {
  const spec::Model model =
      exact()
          .layer("a", {"in"}, {"x"}, make_floor)
          .layer("choice", {"in"}, {},
                 [](Layer& layer) { add_floor(*layer.mutable_branch()->mutable_ifbranch(), "in", "x"); })
          .layer("after", {"in"}, {"after"}, make_floor)
          .build();
  expect_only(model, "graph.duplicate");
}

TEST(NetworkRules, NestingTooDeepIsAViolationAndNoCrash) {
  spec::Model model = exact().layer("f", make_floor).build();
  Layer* layer = model.mutable_neuralnetwork()->add_layers();
  for (int i = 0; i < 40; ++i) layer = layer->mutable_loop()->mutable_bodynetwork()->add_layers();
  expect_only(model, "structure.depth");
  spec::Model outer = classifier();
  for (int i = 0; i < 40; ++i) {
    spec::Model wrapped;
    *wrapped.mutable_pipeline()->add_models() = outer;
    outer = wrapped;
  }
  EXPECT_TRUE(broken_rules(outer).contains("structure.depth"));
}

TEST(NetworkRules, LaterLayersBesideArraysNeedExactShapes) {
  spec::Model model = exact().layer("f", make_floor).build();
  model.mutable_description()->mutable_input(0)->mutable_type()->mutable_multiarraytype()->add_shape(4);
  model.mutable_neuralnetwork()->set_arrayinputshapemapping(spec::RANK5_ARRAY_MAPPING);
  expect_only(model, "network.mapping");
  expect_valid(ModelBuilder().image_input("image", 4, 4).layer("f", make_floor).build(), "with images alone");
}

TEST(NetworkRules, ShapesOfInputsFollowTheMapping) {
  expect_only(ModelBuilder().array_input("x", {2, 2}).activation("relu").build(), "network.input-rank");
  spec::Model model = exact().layer("f", make_floor).build();
  auto& array = *model.mutable_description()->mutable_input(0)->mutable_type()->mutable_multiarraytype();
  array.clear_shape();
  for (int i = 0; i < 2; ++i) array.mutable_shaperange()->add_sizeranges()->set_upperbound(-1);
  expect_only(model, "network.input-rank", "flexible alone");
}

TEST(NetworkRules, NetworksHaveLayersInputsAndOutputs) {
  spec::Model model = exact().layer("f", make_floor).build();
  expect_only(changed(model, [](auto& m) { m.mutable_description()->clear_output(); }), "network.outputs");
  expect_only(
      changed(model, [](auto& m) { m.mutable_description()->mutable_input(0)->mutable_type()->set_isoptional(true); }),
      "network.inputs");
  EXPECT_TRUE(broken_rules(changed(model, [](auto& m) {
                m.mutable_neuralnetwork()->clear_layers();
              })).contains("network.layers"));
  expect_only(changed(model,
                      [](auto& m) {
                        auto& added = *m.mutable_description()->add_input();
                        added.set_name("text");
                        added.mutable_type()->mutable_stringtype();
                      }),
              "network.input-type");
  expect_only(
      changed(model, [](auto& m) { m.mutable_description()->mutable_output(0)->mutable_type()->mutable_stringtype(); }),
      "network.output-type");
  expect_only(changed(model, [](auto& m) { *m.mutable_description()->add_output() = m.description().output(0); }),
              "network.output-name");
}

TEST(NetworkRules, ClassifiersNameTheirLabelsAndScores) {
  const spec::Model model = classifier();
  expect_only(changed(model, [](auto& m) { m.mutable_neuralnetworkclassifier()->clear_stringclasslabels(); }),
              "classifier.labels");
  expect_only(
      changed(model, [](auto& m) { m.mutable_description()->mutable_output(1)->mutable_type()->mutable_stringtype(); }),
      "classifier.probabilities");
  expect_only(
      changed(model, [](auto& m) { m.mutable_neuralnetworkclassifier()->set_labelprobabilitylayername("nothing"); }),
      "classifier.score-layer");
  expect_only(
      changed(model, [](auto& m) { m.mutable_neuralnetworkclassifier()->mutable_int64classlabels()->add_vector(1); }),
      "classifier.prediction", "numbers as labels for a text output");
}

TEST(NetworkRules, RegressorsPredictANumber) {
  spec::Model model = exact().layer("f", make_floor).build();
  spec::NeuralNetworkRegressor regressor;
  *regressor.mutable_layers() = model.neuralnetwork().layers();
  regressor.set_arrayinputshapemapping(spec::EXACT_ARRAY_MAPPING);
  *model.mutable_neuralnetworkregressor() = regressor;
  model.mutable_description()->set_predictedfeaturename("f");
  expect_valid(model);
  model.mutable_description()->set_predictedfeaturename("g");
  expect_only(model, "regressor.prediction");
}

TEST(VersionRules, EachPartNeedsItsVersion) {
  const spec::Model model = classifier();
  ASSERT_EQ(model.specificationversion(), 1);
  expect_only(changed(model, [](auto& m) { m.set_specificationversion(0); }), "version.range");
  expect_only(changed(model, [](auto& m) { m.set_specificationversion(11); }), "version.range");
  expect_only(
      changed(model,
              [](auto& m) {
                auto& weights =
                    *m.mutable_neuralnetworkclassifier()->mutable_layers(0)->mutable_convolution()->mutable_weights();
                store_table(weights, std::vector<std::uint8_t>(108), 2, std::vector<float>(4));
                m.set_specificationversion(2);
              }),
      "version.weights");
  spec::Model later = exact().layer("f", make_floor).build();
  later.set_specificationversion(3);
  EXPECT_EQ(broken_rules(later), (std::set<std::string>{"version.layer", "version.mapping"}));
  expect_only(changed(classifier(),
                      [](auto& m) {
                        m.mutable_description()->mutable_input(0)->mutable_type()->mutable_imagetype()->set_colorspace(
                            spec::ImageFeatureType::GRAYSCALE_FLOAT16);
                      }),
              "version.feature");
  spec::Model custom;
  custom.set_specificationversion(2);
  custom.mutable_custommodel();
  auto& input = *custom.mutable_description()->add_input();
  input.set_name("x");
  input.mutable_type()->mutable_doubletype();
  expect_only(custom, "version.type");
  custom.set_specificationversion(3);
  custom.mutable_description()->clear_input();
  expect_only(custom, "version.model", "no inputs");
}

}  // namespace
}  // namespace goldilocks::model
