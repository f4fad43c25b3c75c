#include "core/pipeline/predictions/predictions.hpp"

#include <cstring>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

// A copy in memory that is aligned as a mapped file is.
std::vector<float> aligned(const std::string& content) {
  std::vector<float> copy(content.size() / sizeof(float) + 1);
  std::memcpy(copy.data(), content.data(), content.size());
  return copy;
}

std::span<const std::byte> bytes_of(const std::vector<float>& content, std::size_t size) {
  return std::as_bytes(std::span(content)).first(size);
}

TEST(Predictions, SurviveTheirArtifact) {
  const std::vector<float> scores{1, 2, 3, 4, 5, 6};
  const std::vector<float> features{7, 8};
  Predictions predictions;
  predictions.samples = 2;
  predictions.outputs = {{"scores", {3}, scores}, {"inner \"x\"", {1, 1}, features}};
  const std::string content = serialize_predictions(predictions);
  EXPECT_EQ((content.size() - 8 * sizeof(float)) % 64, 0U) << "values begin at a multiple of 64";
  const auto copy = aligned(content);
  const Predictions back = parse_predictions(bytes_of(copy, content.size()), "file");
  EXPECT_EQ(back.samples, 2U);
  ASSERT_EQ(back.outputs.size(), 2U);
  EXPECT_EQ(back.scores().dims, (std::vector<std::int64_t>{3}));
  EXPECT_EQ(back.scores().values[5], 6);
  EXPECT_EQ(back.outputs[1].name, "inner \"x\"");
  EXPECT_EQ(back.outputs[1].values[1], 8);
}

TEST(Predictions, CutShortAtAnyByteIsAnError) {
  const std::vector<float> scores{1, 2, 3, 4};
  Predictions predictions;
  predictions.samples = 2;
  predictions.outputs = {{"scores", {2}, scores}};
  const std::string content = serialize_predictions(predictions);
  const auto copy = aligned(content);
  for (std::size_t size = 0; size < content.size(); ++size) {
    EXPECT_THROW(parse_predictions(bytes_of(copy, size), "file"), DataError) << size;
  }
}

TEST(Predictions, AnotherFormatIsAnError) {
  const auto copy = aligned("{\"format\": \"something else\"}\n");
  EXPECT_THROW(parse_predictions(bytes_of(copy, 30), "file"), DataError);
}

// The same network on 1 and 4 threads, many small images.
TEST(PredictImages, GivesTheSameBytesOnAnyNumberOfThreads) {
  const ImageNetwork network = lower_image_network(testing::small_classifier(), "tiny");
  std::string pixels;
  for (int i = 0; i < 50 * 8 * 8 * 3; ++i) pixels += static_cast<char>(i * 7 % 251);
  data::NpyView prepared;
  prepared.type = "|u1";
  prepared.shape = {50, 8, 8, 3};
  prepared.values = std::as_bytes(std::span(pixels));
  const auto model = testing::registry().backend("reference").create_model({}, network.network->graph(), "");
  ThreadPool one(1);
  ThreadPool four(4);
  double last = 0;
  const std::string alone = predict_images(network, *model, prepared, false, one, [&](double f) { last = f; });
  EXPECT_EQ(last, 1);
  EXPECT_TRUE(alone == predict_images(network, *model, prepared, false, four));
  const auto copy = aligned(alone);
  const Predictions predictions = parse_predictions(bytes_of(copy, alone.size()), "file");
  EXPECT_EQ(predictions.samples, 50U);
  double sum = 0;
  for (const float score : predictions.scores().values.first(3)) sum += static_cast<double>(score);
  EXPECT_NEAR(sum, 1, 1e-5) << "the scores are probabilities";
}

TEST(PredictImages, ImagesOfAnotherSizeAreAnError) {
  const ImageNetwork network = lower_image_network(testing::small_classifier(), "tiny");
  const std::string pixels(2 * 4 * 4 * 3, 'x');
  data::NpyView prepared;
  prepared.shape = {2, 4, 4, 3};
  prepared.values = std::as_bytes(std::span(pixels));
  const auto model = testing::registry().backend("reference").create_model({}, network.network->graph(), "");
  ThreadPool pool(1);
  EXPECT_THROW(predict_images(network, *model, prepared, false, pool), DataError);
}

}  // namespace
}  // namespace goldilocks::pipeline
