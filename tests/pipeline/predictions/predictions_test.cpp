#include "core/pipeline/predictions/predictions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/as_model.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::ElementsAre;

// The content of a file, aligned as a mapped one is.
struct Content {
  explicit Content(const OpenFile& file) : size(file.size()), floats(size / sizeof(float) + 1) {
    file.read(0, std::as_writable_bytes(std::span(floats)).first(size));
  }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(floats)).first(size); }

  std::size_t size;
  std::vector<float> floats;
};

TEST(Predictions, SurviveTheirArtifactInWhateverOrderTheyAreWritten) {
  OpenFile file = OpenFile::in_memory("predictions");
  PredictionsWriter writer(file, 2, {{"scores", {3}}, {"inner \"x\"", {1, 1}}});
  EXPECT_EQ(file.size() % 64, 0U) << "values begin at a multiple of 64";
  writer.write(1, 1, std::vector<float>{8});
  writer.write(0, 1, std::vector<float>{4, 5, 6});
  writer.write(0, 0, std::vector<float>{1, 2, 3});
  writer.write(1, 0, std::vector<float>{7});
  const Content content(file);
  const Predictions back = parse_predictions(content.bytes(), "file");
  EXPECT_EQ(back.samples, 2U);
  ASSERT_EQ(back.outputs.size(), 2U);
  EXPECT_EQ(back.scores().dims, (std::vector<std::int64_t>{3}));
  EXPECT_THAT(back.scores().values, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(back.outputs[1].name, "inner \"x\"");
  EXPECT_THAT(back.outputs[1].values, ElementsAre(7, 8));
}

TEST(Predictions, CutShortAtAnyByteIsAnError) {
  OpenFile file = OpenFile::in_memory("predictions");
  PredictionsWriter(file, 2, {{"scores", {2}}}).write(0, 0, std::vector<float>{1, 2, 3, 4});
  const Content content(file);
  for (std::size_t size = 0; size < content.size; ++size) {
    EXPECT_THAT([&] { parse_predictions(content.bytes().first(size), "file"); },
                ::testing::ThrowsMessage<DataError>(::testing::HasSubstr("file: not a predictions file: ")))
        << size;
  }
}

TEST(Predictions, AnotherFormatIsAnError) {
  constexpr std::string_view text = "{\"format\": \"something else\"}\n";
  EXPECT_THAT([&] { parse_predictions(std::as_bytes(std::span(text)), "file"); },
              ::testing::ThrowsMessage<DataError>(::testing::HasSubstr("file: not a predictions file: ")));
}

// Images of one size, as a file of prepared samples has them.
PreparedSamples images_of(std::size_t count, std::int64_t side) {
  std::string pixels;
  for (std::size_t i = 0; i < count * static_cast<std::size_t>(side * side) * 3; ++i) {
    pixels += static_cast<char>(i * 7 % 251);
  }
  data::Dataset dataset;
  const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(count), side, side, 3};
  dataset.packed = data::keep_packed_pixels({{"|u1", shape}, std::as_bytes(std::span(pixels))}, "images");
  for (std::size_t i = 0; i < count; ++i) dataset.samples.push_back({std::to_string(i), {}, 0});
  OpenFile file = OpenFile::in_memory("images");
  ThreadPool pool(1);
  const int size = static_cast<int>(side);
  prepare_samples({{.width = size, .height = size, .channels = 3}}, dataset, {}, 0, pool, file);
  return PreparedSamples(std::move(file));
}

// The same network on 1 and 4 threads, many small images.
TEST(PredictImages, GivesTheSameBytesOnAnyNumberOfThreads) {
  const ImageNetwork network = lower_image_network(*testing::as_model(testing::small_classifier()), "tiny");
  const PreparedSamples prepared = images_of(50, 8);
  const auto model = testing::registry().backend("reference").create_model({}, network.network->graph(), "");
  ThreadPool one(1);
  ThreadPool four(4);
  double last = 0;
  OpenFile alone = OpenFile::in_memory("alone");
  predict_images(network, *model, prepared, false, one, alone, [&](double f) { last = f; });
  EXPECT_EQ(last, 1);
  OpenFile together = OpenFile::in_memory("together");
  predict_images(network, *model, prepared, false, four, together);
  EXPECT_EQ(sha256_of_file(alone), sha256_of_file(together));
  const Content content(alone);
  const Predictions predictions = parse_predictions(content.bytes(), "file");
  EXPECT_EQ(predictions.samples, 50U);
  double sum = 0;
  for (const float score : predictions.scores().values.first(3)) sum += static_cast<double>(score);
  EXPECT_NEAR(sum, 1, 1e-5) << "the scores are probabilities";
}

TEST(PredictImages, ImagesOfAnotherSizeAreAnError) {
  const ImageNetwork network = lower_image_network(*testing::as_model(testing::small_classifier()), "tiny");
  const auto model = testing::registry().backend("reference").create_model({}, network.network->graph(), "");
  ThreadPool pool(1);
  OpenFile file = OpenFile::in_memory("answers");
  EXPECT_THAT([&] { predict_images(network, *model, images_of(2, 4), false, pool, file); },
              ::testing::ThrowsMessage<DataError>(
                  ::testing::HasSubstr("prepared images of 48 bytes for input 'image', which takes ")));
}

}  // namespace
}  // namespace goldilocks::pipeline
