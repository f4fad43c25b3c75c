#include "core/runtime/check_model.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/coreml/model_file.hpp"
#include "tests/runtime/model_runner.hpp"
#include "tests/support/as_model.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> texts(const std::vector<model::Violation>& violations) {
  std::vector<std::string> list;
  for (const model::Violation& violation : violations) list.push_back(violation.text());
  return list;
}

runtime::ModelCheck checked(const spec::Model& model) { return runtime::check_model(as_model(model)); }

spec::Model image_classifier(const std::vector<std::string>& labels) {
  return ModelBuilder(3)
      .image_input("image", 4, 4)
      .convolution("conv", 3, 2)
      .global_pooling("pool")
      .softmax("probabilities")
      .classifier(labels)
      .build();
}

// What is found must be what keeps the model from being loaded or used.
void expect_refused(const spec::Model& model, const std::string& problem) {
  EXPECT_THAT(texts(checked(model).errors), ElementsAre(HasSubstr(problem)));
  EXPECT_THAT(error_of([&] {
                const ModelFile file(model);
                Values inputs;
                for (const runtime::Feature& feature : file->description().inputs) {
                  if (feature.kind == runtime::Kind::image) {
                    inputs[feature.name] = Image{4, 4, *feature.pixels, std::vector<std::byte>(48)};
                  } else {
                    inputs[feature.name] = floats({4}, {0, 0, 0, 0});
                  }
                }
                file.predict(inputs);
              }),
              HasSubstr(problem));
}

TEST(CheckModel, HasNothingToSayOfASoundModel) {
  const runtime::ModelCheck found = checked(image_classifier({"a", "b"}));
  EXPECT_THAT(texts(found.errors), IsEmpty());
  EXPECT_THAT(texts(found.warnings), IsEmpty());
}

TEST(CheckModel, ScoresAndLabelsAreOfOneNumber) {
  expect_refused(image_classifier({"a", "b", "c"}),
                 "the classifier has 3 labels, but its scores 'probabilities' have 2 values");
  expect_refused(image_classifier({"a"}), "the classifier has 1 labels");
}

TEST(CheckModel, PreprocessingIsForAnImageThatThereIs) {
  spec::Model model = image_classifier({"a", "b"});
  auto& step = *model.mutable_neuralnetworkclassifier()->add_preprocessing();
  step.set_featurename("data");
  step.mutable_scaler()->set_channelscale(1);
  expect_refused(model, "preprocessing of 'data': the model has no such image input");
}

TEST(CheckModel, AMeanImageHasAValueForEachPixel) {
  spec::Model model = image_classifier({"a", "b"});
  auto& step = *model.mutable_neuralnetworkclassifier()->add_preprocessing();
  step.set_featurename("image");
  for (int i = 0; i < 47; ++i) step.mutable_meanimage()->add_meanimage(0);
  expect_refused(model, "the mean image has 47 values; the input needs 48");
}

TEST(CheckModel, AnOutputIsWhatTheNetworkGives) {
  spec::Model model = ModelBuilder().exact_shapes().array_input("x", {4}).activation("y").output("y").build();
  auto& image = *model.mutable_description()->mutable_output(0)->mutable_type()->mutable_imagetype();
  image.set_width(2);
  image.set_height(2);
  image.set_colorspace(spec::ImageFeatureType::RGB);
  expect_refused(model, "output 'y': is declared as image RGB 2 x 2, but the network gives a tensor of shape [4]");
}

TEST(CheckModel, LooksIntoPipelines) {
  const spec::Model broken = image_classifier({"a", "b", "c"});
  EXPECT_THAT(texts(checked(pipeline_of_models({broken})).errors),
              ElementsAre(HasSubstr("models[0]: the classifier has 3 labels")));
}

TEST(CheckModel, ATypeThatCannotBeRunHereIsAWarning) {
  spec::Model model;
  model.set_specificationversion(1);
  auto& input = *model.mutable_description()->add_input();
  input.set_name("text");
  input.mutable_type()->mutable_stringtype();
  auto& output = *model.mutable_description()->add_output();
  output.set_name("label");
  output.mutable_type()->mutable_stringtype();
  model.mutable_custommodel()->set_classname("Own");
  model.set_specificationversion(3);
  const runtime::ModelCheck found = checked(model);
  EXPECT_THAT(texts(found.errors), IsEmpty());
  EXPECT_THAT(texts(found.warnings), ElementsAre(HasSubstr("'customModel', or one inside of it, can't be run here")));
}

TEST(CheckModel, TheTwoReadingsOfADilatedDeconvolutionAreAWarning) {
  const auto with_dilation = [](std::uint64_t dilation, std::uint64_t kernel) {
    return ModelBuilder(4)
        .array_input("x", {2, 5, 5})
        .convolution("up", 2, 2, {.kernel = kernel, .dilation = dilation, .deconvolution = true})
        .build();
  };
  EXPECT_THAT(
      texts(checked(with_dilation(2, 3)).warnings),
      ElementsAre(AllOf(HasSubstr("layer 'up': its dilation of 2 x 2"), HasSubstr("[deconvolution.dilation]"))));
  EXPECT_THAT(texts(checked(with_dilation(1, 3)).warnings), IsEmpty());
  EXPECT_THAT(texts(checked(with_dilation(2, 1)).warnings), IsEmpty()) << "along one tap it makes no difference";
}

TEST(CheckModel, UnequalPaddingBesideAnOutputShapeIsAWarning) {
  const auto with_padding = [](std::uint64_t before, bool states_shape) {
    spec::Model model = ModelBuilder(4)
                            .array_input("x", {2, 5, 5})
                            .convolution("up", 2, 2, {.kernel = 3, .stride = 2, .deconvolution = true})
                            .build();
    auto& params = *model.mutable_neuralnetwork()->mutable_layers(0)->mutable_convolution();
    for (int axis = 0; axis < 2; ++axis) {
      auto& amounts = *params.mutable_valid()->mutable_paddingamounts()->add_borderamounts();
      amounts.set_startedgesize(before);
      amounts.set_endedgesize(1);
      if (states_shape) params.add_outputshape(10);
    }
    return model;
  };
  EXPECT_THAT(texts(checked(with_padding(0, true)).warnings),
              ElementsAre(AllOf(HasSubstr("layer 'up': it states an outputShape, and padding that differs"),
                                HasSubstr("[deconvolution.output-shape]"))));
  EXPECT_THAT(texts(checked(with_padding(1, true)).warnings), IsEmpty());
  EXPECT_THAT(texts(checked(with_padding(0, false)).warnings), IsEmpty());
}

TEST(CheckModel, WarnsOfAScalerThatWipesTheImageOut) {
  spec::Model model = image_classifier({"a", "b"});
  auto& step = *model.mutable_neuralnetworkclassifier()->add_preprocessing();
  step.set_featurename("image");
  step.mutable_scaler()->set_redbias(3);
  EXPECT_THAT(texts(checked(model).warnings), ElementsAre(HasSubstr("channelScale is 0")));
}

TEST(CheckModel, WarnsOfMoreDimensionsThanADeviceTakes) {
  const auto stacked = [](int times) {
    ModelBuilder builder;
    builder.exact_shapes().array_input("x", {1, 1, 1, 2});
    std::string blob = "x";
    for (int i = 0; i < times; ++i) {
      const std::string next = "y" + std::to_string(i);
      builder.layer(next, {blob}, {next},
                    [](spec::NeuralNetworkLayer& layer) { layer.mutable_expanddims()->add_axes(0); });
      blob = next;
    }
    return builder.output(blob).build();
  };
  EXPECT_THAT(texts(checked(stacked(1)).warnings), IsEmpty());
  EXPECT_THAT(texts(checked(stacked(2)).warnings),
              ElementsAre(AllOf(HasSubstr("layer 'y1': gives a tensor of 6 dimensions"), HasSubstr("[network.rank]"))));
}

// A tensor of the lowering's own is nobody's concern: a dilated deconvolution of five dimensions works on six.
TEST(CheckModel, DoesNotCountTheDimensionsOfItsOwnTensors) {
  const spec::Model model = ModelBuilder(4)
                                .array_input("x", {2, 5, 5})
                                .convolution("up", 2, 2, {.kernel = 3, .dilation = 2, .deconvolution = true})
                                .build();
  EXPECT_THAT(texts(checked(model).warnings), ElementsAre(HasSubstr("deconvolution.dilation")));
}

// ---- sizes that the description leaves open

spec::Model with_ranges(spec::Model model, const std::vector<std::pair<std::uint64_t, std::int64_t>>& ranges) {
  auto& array = *model.mutable_description()->mutable_input(0)->mutable_type()->mutable_multiarraytype();
  array.clear_shape();
  for (const auto& [least, most] : ranges) {
    array.add_shape(static_cast<std::int64_t>(least));
    auto& range = *array.mutable_shaperange()->add_sizeranges();
    range.set_lowerbound(least);
    range.set_upperbound(most);
  }
  model.set_specificationversion(std::max(model.specificationversion(), 3));
  for (auto& output : *model.mutable_description()->mutable_output()) {
    output.mutable_type()->mutable_multiarraytype()->clear_shape();
  }
  return model;
}

TEST(FlexibleSizes, ChannelsThatTheLayersSettleNeedNoFittingDefault) {
  for (const std::uint64_t groups : {1, 2, 3, 6}) {
    const spec::Model model = with_ranges(ModelBuilder(4)
                                              .exact_shapes()
                                              .array_input("x", {1, 1, 4, 4})
                                              .convolution("conv", 6, 6, {.groups = groups})
                                              .build(),
                                          {{1, 1}, {1, 64}, {4, 4}, {4, 4}});
    EXPECT_THAT(texts(checked(model).errors), IsEmpty()) << groups;
    const ModelFile file(model);
    const Values outputs = file.predict({{"x", floats({1, 6, 4, 4}, std::vector<float>(96, 1))}});
    EXPECT_THAT(std::get<Array>(outputs.at("conv")).shape, ElementsAre(1, 6, 4, 4));
    EXPECT_THAT(error_of([&] {
                  file.predict({{"x", floats({1, 1, 4, 4}, std::vector<float>(16))}});
                }),
                HasSubstr("layer 'conv' (convolution)"));
  }
}

TEST(FlexibleSizes, SidesThatTheLayersNeedAreFound) {
  const spec::Model model = with_ranges(ModelBuilder(4)
                                            .array_input("x", {3, 1, 1})
                                            .convolution("conv", 3, 2, {.kernel = 5, .same_padding = false})
                                            .build(),
                                        {{1, -1}, {1, -1}, {1, -1}});
  EXPECT_THAT(texts(checked(model).errors), IsEmpty());
  const Values outputs = ModelFile(model).predict({{"x", floats({3, 6, 7}, std::vector<float>(126, 1))}});
  EXPECT_THAT(std::get<Array>(outputs.at("conv")).shape, ElementsAre(2, 2, 3));
}

TEST(FlexibleSizes, WhatFitsAtNoSizeIsAnError) {
  const spec::Model model = with_ranges(
      ModelBuilder(4).exact_shapes().array_input("x", {1, 1, 4, 4}).convolution("conv", 6, 6, {.groups = 2}).build(),
      {{1, 1}, {1, 5}, {4, 4}, {4, 4}});
  EXPECT_THAT(texts(checked(model).errors), ElementsAre(HasSubstr("groups = 2 doesn't divide 1 input")));
  EXPECT_THAT(error_of([&] { const ModelFile file(model); }), HasSubstr("groups = 2 doesn't divide 1 input"));
}

}  // namespace
}  // namespace goldilocks::testing
