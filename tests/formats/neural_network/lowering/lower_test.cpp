// Whole networks: inputs and their mappings, wiring, outputs, labels, and what is refused.
#include <cmath>
#include <limits>
#include <set>

#include <gmock/gmock.h>

#include "core/base/error.hpp"
#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using lowering::lower;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Layer = spec::NeuralNetworkLayer;

spec::Model small_classifier() {
  return ModelBuilder(3)
      .image_input("image", 4, 4)
      .convolution("conv", 3, 2)
      .activation("relu")
      .global_pooling("pool")
      .softmax("probabilities")
      .classifier({"cat", "dog"})
      .build();
}

TEST(Lower, AClassifierHasLabelsAndScores) {
  const std::shared_ptr<const Network> network = lower(small_classifier());
  EXPECT_THAT(network->labels, ElementsAre("cat", "dog"));
  ASSERT_TRUE(network->scores);
  const graph::GraphView view(network->graph());
  EXPECT_EQ(view.value(*network->scores).name(), "probabilities");
  EXPECT_THAT(view.outputs(), ElementsAre(*network->scores));
  ASSERT_EQ(network->outputs.size(), 2U);
  EXPECT_EQ(network->outputs[0].value, *network->scores);
  EXPECT_EQ(network->outputs[1].value, *network->scores);
}

TEST(Lower, ScoresAreTheNamedBlobElseTheLastOne) {
  spec::Model model = small_classifier();
  auto& classifier = *model.mutable_neuralnetworkclassifier();
  const auto scores_of = [&] {
    const std::shared_ptr<const Network> network = lower(model);
    return std::string(graph::GraphView(network->graph()).value(*network->scores).name());
  };
  classifier.set_labelprobabilitylayername("pool");
  EXPECT_EQ(scores_of(), "pool");
  classifier.clear_labelprobabilitylayername();
  EXPECT_EQ(scores_of(), "probabilities");
  for (auto& output : *model.mutable_description()->mutable_output()) {
    if (output.name() == model.description().predictedprobabilitiesname()) output.set_name("pool");
  }
  model.mutable_description()->set_predictedprobabilitiesname("pool");
  EXPECT_EQ(scores_of(), "pool");
  classifier.set_labelprobabilitylayername("nowhere");
  EXPECT_THAT(lowering_error(model), HasSubstr("labelProbabilityLayerName: no layer gives 'nowhere'"));
}

TEST(Lower, RefusesLabelsThatDoNotMatchTheScores) {
  spec::Model model = small_classifier();
  model.mutable_neuralnetworkclassifier()->mutable_stringclasslabels()->add_vector("bird");
  EXPECT_THAT(lowering_error(model), HasSubstr("3 labels, but its scores 'probabilities' have 2 values"));
  model.mutable_neuralnetworkclassifier()->mutable_stringclasslabels()->clear_vector();
  EXPECT_THAT(lowering_error(model), HasSubstr("no class labels"));
}

TEST(Lower, IntegerLabelsAreText) {
  spec::Model model = small_classifier();
  auto& labels = *model.mutable_neuralnetworkclassifier()->mutable_int64classlabels();
  labels.add_vector(7);
  labels.add_vector(-1);
  EXPECT_THAT(lower(model)->labels, ElementsAre("7", "-1"));
}

TEST(Lower, ARegressorsNumberIsItsLastBlobWhereNoneHasItsName) {
  spec::Model plain = ModelBuilder().array_input("x", {3}).activation("a").activation("b").build();
  spec::Model model = plain;
  auto& regressor = *model.mutable_neuralnetworkregressor();
  for (const Layer& layer : plain.neuralnetwork().layers()) *regressor.add_layers() = layer;
  model.mutable_description()->set_predictedfeaturename("price");
  model.mutable_description()->mutable_output(0)->set_name("price");
  const std::shared_ptr<const Network> network = lower(model);
  EXPECT_EQ(graph::GraphView(network->graph()).value(network->outputs[0].value).name(), "b");
  model.mutable_description()->set_predictedfeaturename("a");
  model.mutable_description()->mutable_output(0)->set_name("a");
  const std::shared_ptr<const Network> named = lower(model);
  EXPECT_EQ(graph::GraphView(named->graph()).value(named->outputs[0].value).name(), "a");
}

Dims input_dims(const ModelBuilder& builder) {
  return lower(ModelBuilder(builder).layer("relu", relu).build())->inputs.front().dims;
}

TEST(Lower, MapsInputsToShapes) {
  EXPECT_EQ(input_dims(ModelBuilder().array_input("x", {7})), (Dims{1, 1, 7, 1, 1}));
  EXPECT_EQ(input_dims(ModelBuilder().array_input("x", {2, 3, 4})), (Dims{1, 1, 2, 3, 4}));
  EXPECT_EQ(input_dims(ModelBuilder().array_input("x", {2, 3}).exact_shapes()), (Dims{2, 3}));
  EXPECT_EQ(input_dims(ModelBuilder().image_input("x", 5, 4)), (Dims{1, 1, 3, 4, 5}));
  EXPECT_EQ(input_dims(ModelBuilder().image_input("x", 5, 4, spec::ImageFeatureType::GRAYSCALE)),
            (Dims{1, 1, 1, 4, 5}));
  spec::Model rank4 = ModelBuilder().image_input("x", 5, 4).layer("relu", relu).build();
  rank4.mutable_neuralnetwork()->set_imageinputshapemapping(spec::RANK4_IMAGE_MAPPING);
  EXPECT_EQ(lower(rank4)->inputs.front().dims, (Dims{1, 3, 4, 5}));
  EXPECT_THAT(lowering_error(ModelBuilder().array_input("x", {2, 3}).layer("relu", relu).build()),
              HasSubstr("input 'x': an array of shape [2, 3] needs the exact shape mapping"));
}

TEST(Lower, TakesTheDefaultOfFlexibleShapes) {
  spec::Model model = ModelBuilder().array_input("x", {}).exact_shapes().layer("relu", relu).build();
  auto& array = *model.mutable_description()->mutable_input(0)->mutable_type()->mutable_multiarraytype();
  EXPECT_THAT(lowering_error(model), HasSubstr("input 'x': its shape is not stated"));
  auto& shape = *array.mutable_enumeratedshapes()->add_shapes();
  shape.add_shape(3);
  shape.add_shape(2);
  EXPECT_EQ(lower(model)->inputs.front().dims, (Dims{3, 2}));
  array.mutable_shaperange()->add_sizeranges()->set_lowerbound(5);
  EXPECT_EQ(lower(model)->inputs.front().dims, (Dims{5}));
  array.mutable_shaperange()->mutable_sizeranges(0)->set_lowerbound(~std::uint64_t{0});
  EXPECT_THAT(lowering_error(model), HasSubstr("too large"));

  spec::Model image = ModelBuilder().image_input("x", 0, 0).layer("relu", relu).build();
  auto& type = *image.mutable_description()->mutable_input(0)->mutable_type()->mutable_imagetype();
  EXPECT_THAT(lowering_error(image), HasSubstr("input 'x': an image of 0 x 0"));
  auto& size = *type.mutable_enumeratedsizes()->add_sizes();
  size.set_width(6);
  size.set_height(2);
  EXPECT_EQ(lower(image)->inputs.front().dims, (Dims{1, 1, 3, 2, 6}));
  type.mutable_imagesizerange()->mutable_widthrange()->set_lowerbound(8);
  type.mutable_imagesizerange()->mutable_heightrange()->set_lowerbound(9);
  EXPECT_EQ(lower(image)->inputs.front().dims, (Dims{1, 1, 3, 9, 8}));
}

TEST(Lower, RefusesInputsItCannotFeed) {
  spec::Model model = ModelBuilder().array_input("x", {0}).layer("relu", relu).build();
  EXPECT_THAT(lowering_error(model), HasSubstr("input 'x': its shape can't be"));
  model.mutable_description()->mutable_input(0)->mutable_type()->mutable_stringtype();
  EXPECT_THAT(lowering_error(model), HasSubstr("takes images and arrays"));
  EXPECT_THAT(lowering_error(ModelBuilder().image_input("x", 2, 1 << 20).layer("relu", relu).build()),
              HasSubstr("can't be used"));
  EXPECT_THAT(lowering_error(ModelBuilder().array_input("x", {2}).array_input("x", {3}).layer("relu", relu).build()),
              HasSubstr("two inputs of this name"));
  EXPECT_THAT(lowering_error(ModelBuilder().array_input("x", {1 << 20, 1 << 20, 1 << 20}).layer("r", relu).build()),
              HasSubstr("input 'x': a tensor of shape"));
}

// A convolution of 3 x 2 channels and 3 x 3 weights: 54 weights and, perhaps, 2 biases.
TEST(Lower, RefusesWeightsBeyondTheLimitBeforeTheyAreWidened) {
  const std::uint64_t weights = 3 * 2 * 3 * 3;
  const spec::Model model = small_classifier();
  EXPECT_NO_THROW(lower(model, {.weights_limit = (weights + 2) * 4}));
  try {
    lower(model, {.weights_limit = weights * 4 - 1});
    FAIL() << "no error";
  } catch (const ModelError& error) {
    EXPECT_THAT(error.what(), HasSubstr("layer 'conv' (convolution): weights: the model's weights take more than"));
  }
}

TEST(Lower, NamesALayerWithoutATypeBeforeAnythingElse) {
  // The first layer is broken, but that no one looks at it yet is the point.
  spec::Model model = ModelBuilder()
                          .array_input("x", {3})
                          .layer("broken", {"nowhere"}, {"y"}, relu)
                          .layer("memory", {"y"}, {"z"}, [](Layer& layer) { layer.clear_layer(); })
                          .build();
  EXPECT_THAT(lowering_error(model), HasSubstr("layer 'memory': its type is missing"));
}

TEST(Lower, RefusesBrokenWiring) {
  EXPECT_EQ(lowering_error(ModelBuilder().array_input("x", {3}).layer("a", {"nowhere"}, {"y"}, relu).build()),
            "layer 'a' (activation): reads 'nowhere', which is no input and no earlier layer's output");
  EXPECT_THAT(
      lowering_error(ModelBuilder().array_input("x", {3}).layer("a", relu).layer("b", {"x"}, {"a"}, relu).build()),
      HasSubstr("layer 'b' (activation): gives 'a', which is there already"));
  EXPECT_THAT(lowering_error(ModelBuilder().array_input("x", {3}).layer("b", {"x"}, {"x"}, relu).build()),
              HasSubstr("which is there already"));
  EXPECT_THAT(lowering_error(ModelBuilder().array_input("x", {3}).layer("b", {"x", "x"}, {"y"}, relu).build()),
              HasSubstr("has 2 inputs; it takes 1"));
  EXPECT_THAT(lowering_error(ModelBuilder()
                                 .array_input("x", {4})
                                 .layer("s", {"x"}, {"y", "y"}, [](Layer& layer) { layer.mutable_split(); })
                                 .build()),
              HasSubstr("names the output 'y' twice"));
  EXPECT_THAT(lowering_error(ModelBuilder().array_input("x", {3}).layer("a", relu).output("nowhere").build()),
              HasSubstr("output 'nowhere': no layer gives 'nowhere'"));
}

TEST(Lower, RefusesOtherKindsOfModels) {
  spec::Model model;
  EXPECT_THAT(lowering_error(model), HasSubstr("type 'unknown'"));
  model.mutable_treeensembleregressor();
  EXPECT_THAT(lowering_error(model), HasSubstr("treeEnsembleRegressor"));
  EXPECT_THAT(lowering_error(pipeline_of_models({small_classifier()})), HasSubstr("pipeline"));
  spec::Model empty;
  empty.mutable_neuralnetwork();
  EXPECT_THAT(lowering_error(empty), HasSubstr("no layers"));
}

TEST(Lower, ValueNamesAreUniqueAndBlobsKeepTheirs) {
  // A blob has the very name that the weights of another would get.
  spec::Model model =
      ModelBuilder().image_input("x", 4, 4).convolution("conv", 3, 3).activation("conv.weights").build();
  const std::shared_ptr<const Network> network = lower(model);
  const graph::GraphView view(network->graph());
  std::set<std::string_view> names;
  for (std::uint32_t value = 0; value < view.value_count(); ++value) names.insert(view.value(value).name());
  EXPECT_EQ(names.size(), view.value_count());
  EXPECT_EQ(view.value(network->outputs[0].value).name(), "conv.weights");
}

TEST(Lower, LayersWithoutANameGoByTheirOutput) {
  spec::Model model = ModelBuilder()
                          .array_input("x", {3})
                          .layer("", {"x"}, {"y"}, [](Layer& layer) { layer.mutable_custom(); })
                          .build();
  EXPECT_THAT(lowering_error(model), HasSubstr("layer 'y' (custom)"));
}

TEST(Lower, ReadsWholeNetworks) {
  // 2 x + 1, then the larger of that and x, through blobs that two layers read.
  const spec::Model model =
      ModelBuilder()
          .array_input("x", {3})
          .layer("double", {"x", "x"}, {"twice"}, [](Layer& layer) { layer.mutable_add(); })
          .layer("one", {"twice"}, {"more"}, [](Layer& layer) { layer.mutable_add()->set_alpha(1); })
          .layer("larger", {"more", "x"}, {"y"}, [](Layer& layer) { layer.mutable_max(); })
          .output("y")
          .output("twice")
          .build();
  const std::vector<TestTensor> results = run_network(model, {{-5, 0, 2}});
  EXPECT_EQ(results[0].values, (std::vector<float>{-5, 1, 5}));
  EXPECT_EQ(results[1].values, (std::vector<float>{-10, 0, 4}));
}

}  // namespace
}  // namespace goldilocks::testing
