// From pixels to the network's values: channel order, scaler, mean image.
#include <gmock/gmock.h>

#include "core/base/error.hpp"
#include "tests/formats/neural_network/lowering/network_runner.hpp"

namespace goldilocks::testing {
namespace {

using lowering::ColorLayout;
using lowering::ImageInput;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Two pixels, R G B each.
const std::vector<std::uint8_t> pixels = {10, 20, 30, 40, 50, 255};

std::vector<float> preprocess(const ImageInput& input, const std::vector<std::uint8_t>& image = pixels) {
  std::vector<float> values(image.size());
  preprocess_image(input, image, values);
  return values;
}

ImageInput image_of(ModelBuilder& builder) {
  return *lowering::lower(builder.layer("relu", relu).build())->inputs.front().image;
}

ImageInput plain(int width, int height, ColorLayout color = ColorLayout::rgb) {
  ImageInput input;
  input.width = width;
  input.height = height;
  input.color = color;
  return input;
}

TEST(PreprocessImage, OrdersPlanesByTheColourSpace) {
  EXPECT_THAT(preprocess(plain(2, 1, ColorLayout::rgb)), ElementsAre(10, 40, 20, 50, 30, 255));
  EXPECT_THAT(preprocess(plain(1, 2, ColorLayout::bgr)), ElementsAre(30, 255, 20, 50, 10, 40));
  EXPECT_THAT(preprocess(plain(3, 2, ColorLayout::gray)), ElementsAre(10, 20, 30, 40, 50, 255));
}

TEST(PreprocessImage, ScalesAddsTheBiasAndSubtractsTheMean) {
  ImageInput input = plain(2, 1, ColorLayout::bgr);
  input.scale = 0.5F;
  input.bias = {1, 2, 3};
  EXPECT_THAT(preprocess(input), ElementsAre(16, 128.5F, 12, 27, 8, 23));
  input.mean = {1, 2, 3, 4, 5, 6};
  EXPECT_THAT(preprocess(input), ElementsAre(15, 126.5F, 9, 23, 3, 17));
}

TEST(PreprocessImage, RefusesAnotherSize) {
  std::vector<float> values(6);
  EXPECT_THAT([&] { lowering::preprocess_image(plain(3, 1), pixels, values); },
              ::testing::ThrowsMessage<UsageError>(
                  HasSubstr("an image of another size than the network's input: 6 values instead of 9")));
  values.resize(5);
  EXPECT_THAT([&] { lowering::preprocess_image(plain(2, 1), pixels, values); },
              ::testing::ThrowsMessage<UsageError>(HasSubstr("an image of another size than the network's input: ")));
}

TEST(Preprocessing, AScalersBiasesFollowTheChannelOrder) {
  const auto bias = [](spec::ImageFeatureType::ColorSpace color) {
    ModelBuilder builder;
    builder.image_input("image", 2, 1, color).scaler(0.5F, 1, 2, 3);
    const ImageInput image = image_of(builder);
    EXPECT_EQ(image.scale, 0.5F);
    return image.bias;
  };
  EXPECT_THAT(bias(spec::ImageFeatureType::BGR), ElementsAre(1, 2, 3));
  EXPECT_THAT(bias(spec::ImageFeatureType::RGB), ElementsAre(3, 2, 1));
  EXPECT_THAT(bias(spec::ImageFeatureType::GRAYSCALE), ElementsAre(1));
}

TEST(Preprocessing, AnAbsentScaleIsZero) {
  ModelBuilder builder;
  builder.image_input("image", 2, 1).scaler(0, 1, 2, 3);
  EXPECT_THAT(preprocess(image_of(builder)), ElementsAre(1, 1, 2, 2, 3, 3));
}

TEST(Preprocessing, StepsFollowOneAnother) {
  const std::vector<float> mean = {1, 2, 3, 4, 5, 6};
  ModelBuilder mean_first;
  mean_first.image_input("image", 2, 1, spec::ImageFeatureType::RGB).mean_image(mean).scaler(2, 0, 0, 100);
  EXPECT_THAT(preprocess(image_of(mean_first)), ElementsAre(118, 176, 34, 92, 50, 498));
  ModelBuilder scaler_first;
  scaler_first.image_input("image", 2, 1, spec::ImageFeatureType::RGB).scaler(2, 0, 0, 100).mean_image(mean);
  EXPECT_THAT(preprocess(image_of(scaler_first)), ElementsAre(119, 178, 37, 96, 55, 504));
}

TEST(Preprocessing, RefusesWhatDoesNotFit) {
  ModelBuilder builder;
  builder.image_input("image", 2, 1).mean_image({1, 2, 3});
  spec::Model model = builder.layer("relu", relu).build();
  EXPECT_THAT(lowering_error(model), HasSubstr("preprocessing of 'image': the mean image has 3 values; the input"));
  auto& step = *model.mutable_neuralnetwork()->mutable_preprocessing(0);
  step.mutable_scaler()->set_channelscale(3);
  step.set_featurename("other");
  EXPECT_THAT(lowering_error(model), HasSubstr("preprocessing of 'other': the model has no such image input"));
  // Without a name the only image is meant.
  step.clear_featurename();
  EXPECT_EQ(lowering::lower(model)->inputs.front().image->scale, 3);
  *model.mutable_description()->add_input() = model.description().input(0);
  model.mutable_description()->mutable_input(1)->set_name("second");
  EXPECT_THAT(lowering_error(model), HasSubstr("which of several images"));
}

}  // namespace
}  // namespace goldilocks::testing
