// Mean images in fewer bytes: the network's answers stay the same bit for bit.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "core/formats/coreml/model_file.hpp"
#include "core/formats/coreml/validate.hpp"
#include "core/formats/neural_network/passes/passes.hpp"
#include "core/formats/neural_network/weight_codec.hpp"
#include "tests/formats/neural_network/lowering/network_runner.hpp"
#include "tests/support/reference.hpp"

namespace goldilocks::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Layer = spec::NeuralNetworkLayer;
using Color = spec::ImageFeatureType;

constexpr int width = 24;
constexpr int height = 20;

void leaky(Layer& layer) { layer.mutable_activation()->mutable_leakyrelu()->set_alpha(0.5F); }

std::size_t channels(Color::ColorSpace color) { return color == Color::GRAYSCALE ? 1 : 3; }

// A mean image of so many different values, random and in random places.
std::vector<float> mean_of(std::size_t distinct, std::size_t count, std::uint64_t seed = 1) {
  RandomFloats random(seed);
  std::vector<float> levels = random.next(distinct);
  for (float& level : levels) level = 120 + 60 * level;
  std::vector<float> mean(count);
  for (std::size_t i = 0; i < count; ++i) mean[i] = levels[i < distinct ? i : (i * 7919 + i / 13) % distinct];
  return mean;
}

std::vector<float> constant_mean(const std::vector<float>& channel) {
  std::vector<float> mean;
  for (const float value : channel) mean.insert(mean.end(), width * height, value);
  return mean;
}

// An image input and a layer that reads it.
ModelBuilder image(Color::ColorSpace color = Color::BGR) {
  ModelBuilder builder;
  builder.image_input("photo", width, height, color);
  return builder;
}

// The network's outputs for every value that a pixel can have, in pseudo-random places.
std::vector<TestTensor> answers(const spec::Model& model) {
  const std::shared_ptr<const Network> network = lowering::lower(model);
  std::vector<std::vector<float>> inputs;
  for (const lowering::NetworkInput& input : network->inputs) {
    std::vector<float>& values = inputs.emplace_back(graph::element_count(input.dims));
    std::vector<std::uint8_t> pixels(values.size());
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 151 + i / 256 * 17);
    lowering::preprocess_image(*input.image, pixels, values);
  }
  return run_network(model, inputs);
}

void expect_same_bits(const std::vector<TestTensor>& left, const std::vector<TestTensor>& right) {
  ASSERT_EQ(left.size(), right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    ASSERT_EQ(left[i].dims, right[i].dims);
    EXPECT_EQ(std::memcmp(left[i].values.data(), right[i].values.data(), left[i].values.size() * sizeof(float)), 0);
  }
}

std::vector<std::string> violations(const spec::Model& model) {
  std::vector<std::string> texts;
  for (const model::Violation& violation : model::validate(model)) texts.push_back(violation.text());
  return texts;
}

// Compacts, and checks that answers, validity and what the notes say go together. Gives the note's text.
std::string expect_same_when_compact(spec::Model& model, const model::CompactSettings& settings = {}) {
  EXPECT_THAT(violations(model), IsEmpty());
  const std::vector<TestTensor> before = answers(model);
  const std::size_t bytes = model.ByteSizeLong();
  const std::vector<model::PassNote> notes = model::compact_preprocessing(model, settings);
  EXPECT_EQ(notes.size(), 1U);
  EXPECT_LT(model.ByteSizeLong(), bytes);
  EXPECT_THAT(violations(model), IsEmpty());
  expect_same_bits(answers(model), before);
  return notes.empty() ? "" : notes[0].layer + ": " + notes[0].text;
}

void expect_as_before(spec::Model model, const model::CompactSettings& settings = {}) {
  const std::string before = model::serialize_model(model);
  for (const model::PassNote& note : model::compact_preprocessing(model, settings)) {
    ADD_FAILURE() << note.layer << ": " << note.text;
  }
  EXPECT_EQ(model::serialize_model(model), before);
}

TEST(CompactPreprocessing, TheSmallestCaseByEye) {
  // 16 x 1 pixels, means 3 and 5 by turns.
  ModelBuilder builder;
  std::vector<float> mean;
  for (int i = 0; i < 40; ++i) mean.push_back(i % 2 == 0 ? 3 : 5);
  spec::Model model =
      builder.image_input("photo", 40, 1, Color::GRAYSCALE).mean_image(mean).layer("relu", leaky).build();
  EXPECT_EQ(model.specificationversion(), 1);
  EXPECT_EQ(
      expect_same_when_compact(model),
      "photo_mean: the mean image of 40 values of 'photo' became a bias layer with a table of its 2 values, 1 bits "
      "each");
  EXPECT_EQ(model.specificationversion(), 3);
  EXPECT_EQ(model.neuralnetwork().preprocessing_size(), 0);
  const Layer& layer = model.neuralnetwork().layers(0);
  EXPECT_EQ(layer.name(), "photo_mean");
  EXPECT_THAT(layer.input(), ElementsAre("photo"));
  EXPECT_THAT(layer.output(), ElementsAre("photo_mean"));
  EXPECT_THAT(layer.bias().shape(), ElementsAre(1, 1, 40));
  const spec::WeightParams& params = layer.bias().bias();
  EXPECT_THAT(params.quantization().lookuptablequantization().floatvalue(), ElementsAre(-5, -3));
  EXPECT_EQ(params.quantization().numberofbits(), 1U);
  EXPECT_EQ(params.rawvalue(), "\xAA\xAA\xAA\xAA\xAA");
  EXPECT_THAT(model.neuralnetwork().layers(1).input(), ElementsAre("photo_mean"));
}

TEST(CompactPreprocessing, UpTo256ValuesGoIntoATableOfTheSmallestWidth) {
  for (const Color::ColorSpace color : {Color::BGR, Color::RGB, Color::GRAYSCALE}) {
    for (const auto& [distinct, bits] : std::vector<std::pair<std::size_t, int>>{
             {2, 1}, {3, 2}, {4, 2}, {5, 3}, {16, 4}, {17, 5}, {64, 6}, {128, 7}, {129, 8}}) {
      spec::Model model =
          image(color).mean_image(mean_of(distinct, channels(color) * width * height)).layer("first", leaky).build();
      EXPECT_THAT(expect_same_when_compact(model),
                  HasSubstr(fmt::format("a table of its {} values, {} bits each", distinct, bits)));
    }
  }
  // A table of 256 entries alone takes 1 KB; here 1,440 values take 5.8.
  spec::Model most = image().mean_image(mean_of(256, 3 * width * height)).layer("first", leaky).build();
  EXPECT_THAT(expect_same_when_compact(most), HasSubstr("its 256 values, 8 bits"));
  expect_as_before(image().mean_image(mean_of(257, 3 * width * height)).layer("first", leaky).build());
}

TEST(CompactPreprocessing, OneMeanAChannelGoesIntoTheScaler) {
  for (const Color::ColorSpace color : {Color::BGR, Color::RGB, Color::GRAYSCALE}) {
    std::vector<float> means = {103.939F, 116.779F, 123.68F};
    means.resize(channels(color));
    spec::Model model = image(color).mean_image(constant_mean(means)).layer("first", leaky).build();
    EXPECT_THAT(expect_same_when_compact(model),
                HasSubstr("photo: the mean image of " + std::to_string(means.size() * width * height) +
                          " values of 'photo' became the biases of the image's scaler"));
    EXPECT_EQ(model.specificationversion(), 1);
    ASSERT_EQ(model.neuralnetwork().preprocessing_size(), 1);
    const spec::NeuralNetworkPreprocessing& step = model.neuralnetwork().preprocessing(0);
    EXPECT_EQ(step.featurename(), "photo");
    EXPECT_EQ(step.scaler().channelscale(), 1);
    if (color == Color::GRAYSCALE) {
      EXPECT_EQ(step.scaler().graybias(), -103.939F);
    } else {
      EXPECT_EQ(step.scaler().bluebias(), color == Color::BGR ? -103.939F : -123.68F);
      EXPECT_EQ(step.scaler().greenbias(), -116.779F);
      EXPECT_EQ(step.scaler().redbias(), color == Color::BGR ? -123.68F : -103.939F);
    }
  }
}

// The mean joins the biases of a scaler where each pixel's value stays the same, and becomes a table where one doesn't.
TEST(CompactPreprocessing, AScalerTakesMeansWhereNoPixelChanges) {
  const auto compacted = [](float scale, float bias, float mean) {
    spec::Model model = image()
                            .scaler(scale, bias, bias, bias)
                            .mean_image(constant_mean({mean, mean, mean}))
                            .layer("first", leaky)
                            .build();
    const std::string note = expect_same_when_compact(model);
    EXPECT_EQ(model.neuralnetwork().preprocessing_size(), 1);
    return note.substr(note.find("became"));
  };
  EXPECT_THAT(compacted(1, 0, 123.68F), HasSubstr("biases"));
  EXPECT_THAT(compacted(0.017F, 0, 2.1F), HasSubstr("biases"));
  EXPECT_THAT(compacted(0.5F, 3, 100), HasSubstr("biases"));
  EXPECT_THAT(compacted(0.017F, -0.3F, 2.1F), HasSubstr("a table of its 1 values"));
}

TEST(CompactPreprocessing, ScalersBeforeAndAfterTheMeanImage) {
  const std::vector<float> mean = mean_of(30, 3 * width * height);
  spec::Model before = image().scaler(0.017F, 1, -2, 0.3F).mean_image(mean).layer("first", leaky).build();
  EXPECT_THAT(expect_same_when_compact(before), HasSubstr("table of its 30 values"));
  EXPECT_TRUE(before.neuralnetwork().preprocessing(0).has_scaler());
  spec::Model after = image().mean_image(mean).scaler(0.017F, 1, -2, 0.3F).layer("first", leaky).build();
  EXPECT_THAT(expect_same_when_compact(after), HasSubstr("table of its 30 values"));
  spec::Model two = image().mean_image(mean).mean_image(mean).scaler(3, 0, 0, 0).layer("first", leaky).build();
  EXPECT_THAT(expect_same_when_compact(two), HasSubstr("table of its 30 values"));
  EXPECT_EQ(two.neuralnetwork().preprocessing_size(), 1);
}

// The scaler makes zeros of both signs of the means, and a negative zero of a black pixel.
TEST(CompactPreprocessing, BothZerosKeepTheirSigns) {
  std::vector<float> mean(width * height, 1e-30F);
  for (std::size_t i = 0; i < mean.size(); i += 3) mean[i] = -1e-30F;
  spec::Model model =
      image(Color::GRAYSCALE).mean_image(mean).scaler(-1e-30F, -0.0F, 0, 0).layer("first", leaky).build();
  EXPECT_THAT(expect_same_when_compact(model), HasSubstr("table of its 2 values"));
}

TEST(CompactPreprocessing, AllReadersReadTheBiasLayer) {
  const std::vector<float> mean = mean_of(9, 3 * width * height);
  ModelBuilder builder = image();
  builder.mean_image(mean)
      .layer("first", leaky)
      .layer("photo_mean", {"photo"}, {"photo_mean"}, leaky)
      .layer("add", {"photo_mean", "first", "photo"}, {"add"}, [](Layer& layer) { layer.mutable_add(); });
  spec::Model model = builder.build();
  EXPECT_THAT(expect_same_when_compact(model), HasSubstr("photo_mean_2: "));
  const auto& layers = model.neuralnetwork().layers();
  EXPECT_THAT(layers[0].output(), ElementsAre("photo_mean_2"));
  EXPECT_THAT(layers[1].input(), ElementsAre("photo_mean_2"));
  EXPECT_THAT(layers[3].input(), ElementsAre("photo_mean", "first", "photo_mean_2"));
}

TEST(CompactPreprocessing, ReadersInNestedNetworksToo) {
  ModelBuilder builder = image();
  builder.mean_image(mean_of(9, 3 * width * height)).layer("first", leaky).layer("loop", {}, {}, [](Layer& layer) {
    layer.mutable_loop()->set_maxloopiterations(2);
    Layer& inner = *layer.mutable_loop()->mutable_bodynetwork()->add_layers();
    inner.set_name("inner");
    inner.add_input("photo");
    inner.add_output("inner");
    leaky(inner);
  });
  spec::Model model = builder.output("first").build();
  EXPECT_EQ(model::compact_preprocessing(model, {}).size(), 1U);
  EXPECT_THAT(violations(model), IsEmpty());
  EXPECT_EQ(model.neuralnetwork().layers(2).loop().bodynetwork().layers(0).input(0), "photo_mean");
}

TEST(CompactPreprocessing, ImagesOfRank4AndWhatLayersSayOfThem) {
  ModelBuilder builder = image();
  spec::Model model = builder.mean_image(mean_of(9, 3 * width * height)).layer("first", leaky).build();
  model.mutable_neuralnetwork()->set_imageinputshapemapping(spec::RANK4_IMAGE_MAPPING);
  model.set_specificationversion(4);
  spec::Tensor& tensor = *model.mutable_neuralnetwork()->mutable_layers(0)->add_inputtensor();
  tensor.set_rank(4);
  for (const std::int64_t dim : {1, 3, height, width}) tensor.add_dimvalue(dim);
  expect_same_when_compact(model);
  EXPECT_EQ(model.specificationversion(), 4);
  EXPECT_THAT(model.neuralnetwork().layers(0).outputtensor(0).dimvalue(), ElementsAre(1, 3, height, width));
}

TEST(CompactPreprocessing, EachImageHasItsOwn) {
  ModelBuilder builder = image();
  builder.mean_image(mean_of(9, 3 * width * height)).image_input("second", width, height, Color::RGB);
  spec::Model model =
      builder.layer("add", {"photo", "second"}, {"add"}, [](Layer& layer) { layer.mutable_add(); }).build();
  *model.mutable_neuralnetwork()->add_preprocessing() = model.neuralnetwork().preprocessing(0);
  model.mutable_neuralnetwork()->mutable_preprocessing(1)->set_featurename("second");
  const std::vector<TestTensor> before = answers(model);
  EXPECT_EQ(model::compact_preprocessing(model, {}).size(), 2U);
  EXPECT_THAT(violations(model), IsEmpty());
  expect_same_bits(answers(model), before);
  // Which of the two a step without a name is for is not known.
  spec::Model unnamed = image().mean_image(mean_of(9, 3 * width * height)).layer("first", leaky).build();
  unnamed.mutable_neuralnetwork()->mutable_preprocessing(0)->clear_featurename();
  spec::Model two = unnamed;
  *two.mutable_description()->add_input() = model.description().input(1);
  expect_as_before(two);
  expect_same_when_compact(unnamed);
}

TEST(CompactPreprocessing, Float16OnlyWhereItIsAskedFor) {
  const std::vector<float> mean = mean_of(400, 3 * width * height);
  spec::Model model = image().mean_image(mean).layer("first", leaky).build();
  expect_as_before(model);
  const std::vector<TestTensor> before = answers(model);
  const std::vector<model::PassNote> notes = model::compact_preprocessing(model, {.float16 = true});
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(notes[0].text, HasSubstr("a bias layer of float16 values"));
  EXPECT_EQ(model.specificationversion(), 2);
  EXPECT_THAT(violations(model), IsEmpty());
  expect_near(answers(model)[0], before[0], 0.0625);
  // What a table holds stays lossless.
  spec::Model few = image().mean_image(mean_of(256, 3 * width * height)).layer("first", leaky).build();
  EXPECT_THAT(expect_same_when_compact(few, {.float16 = true}), HasSubstr("table"));
  std::vector<float> large = mean;
  large[17] = 65520;
  expect_as_before(image().mean_image(large).layer("first", leaky).build(), {.float16 = true});
}

// A field that rises and falls once over the image, a rounding to whole numbers on top.
std::vector<float> smooth_mean(double amplitude) {
  std::vector<float> mean;
  for (int channel = 0; channel < 3; ++channel) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const double wave = std::sin(3.0 * y / height + channel) * std::cos(2.0 * x / width);
        mean.push_back(static_cast<float>(std::round(110 + amplitude * wave)));
      }
    }
  }
  return mean;
}

TEST(CompactPreprocessing, ASmoothMeanImageBecomesAGridWithinItsBound) {
  for (const float scale : {1.0F, 0.5F}) {
    ModelBuilder builder = image();
    spec::Model model = builder.scaler(scale, 1, 2, 3).mean_image(smooth_mean(20)).layer("relu", leaky).build();
    const std::vector<TestTensor> before = answers(model);
    const std::size_t bytes = model.ByteSizeLong();
    const std::vector<model::PassNote> notes = model::compact_preprocessing(model, {.grid = true});
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_EQ(notes[0].layer, "photo_mean_grid");
    EXPECT_THAT(notes[0].text, HasSubstr("a grid of "));
    EXPECT_LT(model.ByteSizeLong(), bytes - 4U * width * height * 2);
    EXPECT_EQ(model.specificationversion(), 3);
    EXPECT_THAT(violations(model), IsEmpty());
    const std::vector<TestTensor> after = answers(model);
    ASSERT_EQ(after.size(), before.size());
    float largest = 0;
    for (std::size_t i = 0; i < before[0].values.size(); ++i) {
      largest = std::max(largest, std::abs(before[0].values[i] - after[0].values[i]));
    }
    EXPECT_GT(largest, 0);
    EXPECT_LE(largest, 1.51F * scale);
  }
}

TEST(CompactPreprocessing, AMeanImageThatIsNoSmoothFieldBecomesNoGrid) {
  spec::Model model = image().mean_image(mean_of(200, 3 * width * height)).layer("relu", leaky).build();
  EXPECT_THAT(expect_same_when_compact(model, {.grid = true}), HasSubstr("a bias layer with a table"));
}

TEST(CompactPreprocessing, WhatCannotBeDoneExactlyStays) {
  const spec::Model good = image().mean_image(mean_of(9, 3 * width * height)).layer("first", leaky).build();
  const auto changed = [&](const std::function<void(spec::Model&)>& change) {
    spec::Model model = good;
    change(model);
    return model;
  };
  const auto input = [](spec::Model& model) { return model.mutable_description()->mutable_input(0)->mutable_type(); };
  const auto mean = [](spec::Model& model) {
    return model.mutable_neuralnetwork()->mutable_preprocessing(0)->mutable_meanimage()->mutable_meanimage();
  };
  expect_as_before(changed([&](spec::Model& model) { input(model)->set_isoptional(true); }));
  expect_as_before(changed([&](spec::Model& model) { input(model)->mutable_imagetype()->mutable_enumeratedsizes(); }));
  expect_as_before(changed(
      [&](spec::Model& model) { input(model)->mutable_imagetype()->set_colorspace(Color::GRAYSCALE_FLOAT16); }));
  expect_as_before(changed([&](spec::Model& model) { input(model)->mutable_imagetype()->set_width(0); }));
  expect_as_before(changed([&](spec::Model& model) { input(model)->mutable_multiarraytype(); }));
  expect_as_before(changed([&](spec::Model& model) { mean(model)->RemoveLast(); }));
  expect_as_before(changed([&](spec::Model& model) { mean(model)->Set(7, std::numeric_limits<float>::quiet_NaN()); }));
  expect_as_before(changed([&](spec::Model& model) { model.set_isupdatable(true); }));
  expect_as_before(changed(
      [&](spec::Model& model) { model.mutable_neuralnetwork()->mutable_preprocessing(0)->set_featurename("other"); }));
  expect_as_before(changed([&](spec::Model& model) {
    Layer& copy = *model.mutable_neuralnetwork()->add_layers();
    copy.mutable_copy();
    copy.add_input("first");
    copy.add_output("photo");
  }));
  expect_as_before(changed([&](spec::Model& model) { model.mutable_description()->add_output()->set_name("photo"); }));
  EXPECT_EQ(model::compact_preprocessing(*std::make_unique<spec::Model>(good), {}).size(), 1U);
}

TEST(CompactPreprocessing, NothingBecomesLarger) {
  ModelBuilder builder;
  expect_as_before(builder.image_input("photo", 4, 2).mean_image(mean_of(20, 24)).layer("first", leaky).build());
  ModelBuilder pixel;
  expect_as_before(pixel.image_input("photo", 1, 1).mean_image({1, 2, 3}).layer("first", leaky).build());
}

TEST(CompactPreprocessing, PipelinesTakeOverTheVersion) {
  spec::Model inner = image().mean_image(mean_of(9, 3 * width * height)).layer("first", leaky).build();
  spec::Model model = pipeline_of_models({pipeline_of_models({inner})});
  EXPECT_EQ(model.specificationversion(), 1);
  const std::vector<model::PassNote> notes = model::compact_preprocessing(model, {});
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].layer, "models[0]: models[0]: photo_mean");
  EXPECT_EQ(model.specificationversion(), 3);
  EXPECT_EQ(model.pipeline().models(0).specificationversion(), 3);
  EXPECT_EQ(model.pipeline().models(0).pipeline().models(0).specificationversion(), 3);
  EXPECT_THAT(violations(model), IsEmpty());
}

// 8-bit codes for every tensor of floats: what any function's table of 8 bits takes.
void store_as_tables(spec::Model& model) {
  model::for_each_layer(*model::mutable_layers(model), [](Layer& layer, const std::string&) {
    model::for_each_weight(layer, [](const model::WeightSlot<spec::WeightParams>& slot) {
      if (model::stored_form(*slot.params) != model::form_float32) return;
      const std::vector<std::uint8_t> codes(static_cast<std::size_t>(slot.params->floatvalue_size()), 1);
      const std::vector<float> table(256, 0.0F);
      model::store_table(*slot.params, codes, 8, table);
    });
  });
}

TEST(CompactPreprocessing, TheArticlesModelShrinksAndAnswersTheSame) {
  GOLDILOCKS_REFERENCE_OR_SKIP(file, "models/food.mlmodel");
  spec::Model model = *model::load_model(file);
  spec::Model compact = model;
  const std::vector<model::PassNote> notes = model::compact_preprocessing(compact, {});
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(notes[0].text, HasSubstr("mean image of 154587 values"));
  EXPECT_THAT(violations(compact), IsEmpty());
  expect_same_bits(answers(compact), answers(model));
  store_as_tables(compact);
  EXPECT_LT(compact.ByteSizeLong(), 1'010'000U);
}

}  // namespace
}  // namespace goldilocks::testing
