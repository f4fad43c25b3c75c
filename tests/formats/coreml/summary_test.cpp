#include "core/formats/coreml/summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/coreml/feature_text.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "tests/support/model_builder.hpp"
#include "tests/support/reference.hpp"

namespace goldilocks::model {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(Summary, EveryByteOfTheReferenceModelIsAccountedFor) {
  GOLDILOCKS_REFERENCE_OR_SKIP(path, "models/food.mlmodel");
  const ModelSummary summary = summarize(*load_model(path));
  EXPECT_EQ(summary.type, "neuralNetworkClassifier");
  EXPECT_EQ(summary.specification_version, 1);
  EXPECT_EQ(summary.total_bytes, 3723258U);
  EXPECT_EQ(summary.parameters, 774309U);
  EXPECT_EQ(summary.weight_bytes, 4 * summary.parameters);
  EXPECT_GE(summary.preprocessing_bytes, 4U * 3 * 227 * 227);
  EXPECT_EQ(summary.weight_bytes + summary.preprocessing_bytes + summary.other_bytes, summary.total_bytes);
  EXPECT_EQ(summary.weights.size(), 52U);
  EXPECT_EQ(summary.inputs.at(0).type, "image BGR 227 x 227");
  EXPECT_THAT(summary.layer_counts, ::testing::Contains(Pair("convolution", 26)));
}

TEST(Summary, FormsAndPlacesOfWeights) {
  testing::ModelBuilder builder;
  builder.image_input("image", 4, 4).convolution("conv", 3, 2, {.kernel = 1});
  spec::Model inner = builder.build();
  auto& params = *inner.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution();
  store_table(*params.mutable_weights(), std::vector<std::uint8_t>(6), 4, std::vector<float>(16));
  const ModelSummary summary = summarize(testing::pipeline_of_models({inner}));
  ASSERT_EQ(summary.weights.size(), 2U);
  EXPECT_EQ(summary.weights[0].model, "models[0]");
  EXPECT_EQ(summary.weights[0].layer, "conv");
  EXPECT_EQ(summary.weights[0].parameter, "weights");
  EXPECT_EQ(summary.weights[0].form, "4 bit table");
  EXPECT_EQ(summary.weights[0].count, 6U);
  EXPECT_EQ(summary.weights[0].bytes, 3U + 64U);
  EXPECT_THAT(summary.bytes_by_form, ElementsAre(Pair("4 bit table", 67U), Pair("float32", 8U)));
}

TEST(Summary, LayersAreCountedByTypeTheMostFrequentFirst) {
  const ModelSummary summary = summarize(testing::ModelBuilder()
                                             .image_input("image", 4, 4)
                                             .softmax("s")
                                             .activation("b")
                                             .flatten("f")
                                             .activation("c")
                                             .build());
  EXPECT_EQ(summary.layers, 4);
  EXPECT_THAT(summary.layer_counts, ElementsAre(Pair("activation", 2), Pair("flatten", 1), Pair("softmax", 1)));
}

TEST(Summary, BrokenWeightsAreShownAndDoNotThrow) {
  spec::Model model = testing::ModelBuilder().image_input("image", 4, 4).convolution("conv", 3, 2).build();
  auto& params = *model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution();
  params.mutable_weights()->set_float16value("ab");
  params.set_outputchannels(UINT64_MAX);
  const ModelSummary summary = summarize(model);
  EXPECT_EQ(summary.weights.at(0).form, "ambiguous");
  EXPECT_EQ(summary.weights.at(0).count, 0U);
}

TEST(FeatureText, SaysTypesInWords) {
  spec::FeatureType type;
  EXPECT_EQ(feature_text(type), "none");
  type.mutable_stringtype();
  EXPECT_EQ(feature_text(type), "string");
  type.mutable_dictionarytype()->mutable_int64keytype();
  EXPECT_EQ(feature_text(type), "dictionary of int64");
  auto& array = *type.mutable_multiarraytype();
  array.set_datatype(spec::ArrayFeatureType::DOUBLE);
  array.add_shape(3);
  array.add_shape(10);
  EXPECT_EQ(feature_text(type), "array float64 [3, 10]");
  auto& range = *array.mutable_shaperange()->add_sizeranges();
  range.set_lowerbound(1);
  range.set_upperbound(-1);
  EXPECT_EQ(feature_text(type), "array float64 [3, 10] (1..)");
  auto& image = *type.mutable_imagetype();
  image.set_colorspace(spec::ImageFeatureType::GRAYSCALE);
  image.set_width(64);
  image.set_height(32);
  image.mutable_enumeratedsizes()->add_sizes();
  EXPECT_EQ(feature_text(type), "image grayscale 64 x 32 (1 sizes)");
}

}  // namespace
}  // namespace goldilocks::model
