#include "core/formats/open.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "tests/formats/ml_program/package_files.hpp"
#include "tests/support/as_model.hpp"
#include "tests/support/model_builder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::formats {
namespace {

using testing::as_model;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ModelBuilder;
using testing::spec::ModelDescription;

testing::spec::Model classifier() {
  return ModelBuilder(3)
      .image_input("image", 4, 4)
      .inner_product("scores", 3 * 4 * 4, 2)
      .softmax("probabilities")
      .classifier({"cat", "dog"})
      .build();
}

testing::spec::Model array_network() {
  return ModelBuilder(5).exact_shapes().array_input("x", {3}).inner_product("y", 3, 2).build();
}

// The classifier's model alone in a pipeline of the classifier's features.
testing::spec::Model pipeline() {
  const testing::spec::Model inner = classifier();
  testing::spec::Model model;
  model.set_specificationversion(inner.specificationversion());
  *model.mutable_description() = inner.description();
  *model.mutable_pipelineclassifier()->mutable_pipeline()->add_models() = inner;
  model.mutable_pipelineclassifier()->mutable_pipeline()->add_names("detector");
  return model;
}

testing::spec::Model scaler() {
  testing::spec::Model model;
  model.set_specificationversion(1);
  model.mutable_scaler()->add_scalevalue(2);
  return model;
}

std::string text_of(const Error& error) { return error.what(); }

TEST(Open, GivesTheSameModelFromAFileItsContentAndAPackage) {
  const testing::TemporaryFolder folder;
  const std::string content = model::serialize_model(classifier());
  write_file_atomically(folder / "a.mlmodel", content);
  ml_program::testing::write_package(folder / "a.mlpackage", classifier());
  EXPECT_EQ(open(folder / "a.mlmodel")->serialize(), content);
  EXPECT_EQ(open(folder / "a.mlpackage")->serialize(), content);
  EXPECT_EQ(open(std::as_bytes(std::span(content)), "a")->serialize(), content);
}

TEST(Open, SaysWhatIsNoModel) {
  const std::string content = "PK\x03\x04";
  try {
    open(std::as_bytes(std::span(content)), "a.mlmodel");
    FAIL();
  } catch (const ModelError& error) {
    EXPECT_THAT(text_of(error), ::testing::StartsWith("a.mlmodel"));
    EXPECT_THAT(text_of(error), HasSubstr("zip"));
  }
}

TEST(Model, SaysHowItIsRun) {
  EXPECT_EQ(as_model(classifier())->structure(), Structure::network);
  EXPECT_EQ(as_model(pipeline())->structure(), Structure::pipeline);
  EXPECT_EQ(as_model(scaler())->structure(), Structure::features);
  testing::spec::Model program;
  program.mutable_mlprogram();
  EXPECT_EQ(as_model(program)->structure(), Structure::network);
}

TEST(Model, SaysWhatItTakesAndGives) {
  const Description description = as_model(classifier())->description();
  ASSERT_EQ(description.inputs.size(), 1U);
  EXPECT_EQ(description.inputs[0].type, "image BGR 4 x 4");
  EXPECT_EQ(description.label_output, "label");
  EXPECT_EQ(description.probabilities_output, "scores");
  EXPECT_TRUE(description.takes_sequences);
  EXPECT_FALSE(as_model(array_network())->description().takes_sequences);
}

TEST(Model, OfAPipelineHasTheLabelsOfTheLastOne) {
  const auto model = as_model(pipeline());
  ASSERT_EQ(model->inner_models().size(), 1U);
  EXPECT_EQ(model->inner_models()[0].place, "models[0] 'detector'");
  EXPECT_EQ(model->inner_models()[0].name, "detector");
  EXPECT_THAT(model->labels(), ElementsAre("cat", "dog"));
  EXPECT_TRUE(has_network(*model));
}

TEST(Model, ListsTheLayersOfItsNetworkAlone) {
  const std::vector<Layer> layers = as_model(classifier())->layers();
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].name, "scores");
  EXPECT_THAT(layers[0].outputs, ElementsAre("scores"));
  EXPECT_THAT(as_model(pipeline())->layers(), IsEmpty());
  EXPECT_FALSE(has_network(*as_model(scaler())));
}

TEST(Model, CountsTheValuesOfItsWeights) {
  EXPECT_EQ(as_model(classifier())->stored_weights().count, 3U * 4 * 4 * 2 + 2);
  EXPECT_EQ(as_model(pipeline())->stored_weights().count, 3U * 4 * 4 * 2 + 2);
}

TEST(Model, HasOtherMetadataOnceItIsChanged) {
  const auto model = as_model(classifier());
  const std::string before = model->serialize();
  model->change({});
  EXPECT_EQ(model->serialize(), before);
  EXPECT_EQ(model->size(), before.size());
  model->change({.description = "small", .user_defined = {{"key", "value"}}});
  EXPECT_EQ(model->summary().description, "small");
  EXPECT_EQ(model->summary().user_defined.at("key"), "value");
}

TEST(Model, ThatIsNoNetworkSaysSoWhereItIsLowered) {
  try {
    as_model(scaler())->lower();
    FAIL();
  } catch (const ModelError& error) {
    EXPECT_THAT(text_of(error), HasSubstr("'scaler'"));
  }
}

}  // namespace
}  // namespace goldilocks::formats
