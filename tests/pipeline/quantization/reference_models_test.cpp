// The article's own files: what coremltools wrote must come out byte for byte.
#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "core/pipeline/single/single.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/reference.hpp"

namespace goldilocks::pipeline {
namespace {

struct Expected {
  const char* function;
  int bits;
  TextOptions options;
  const char* file;
};

class ReferenceModels : public ::testing::TestWithParam<Expected> {};

TEST_P(ReferenceModels, AreMadeAgainByteForByte) {
  GOLDILOCKS_REFERENCE_OR_SKIP(models, "models");
  const testing::TemporaryFolder folder;
  QuantizeFileRequest request;
  request.model = models / "food.mlmodel";
  request.step.function = GetParam().function;
  request.step.options = GetParam().options;
  request.step.bits = GetParam().bits;
  request.keep = Keep::always;
  request.description = "{bits} bit per quantized weight, using {function}.";
  request.output = folder / "out.mlmodel";
  ThreadPool pool(2);
  const QuantizeFileResult result = quantize_file(request, testing::registry(), pool);
  EXPECT_EQ(result.report.tensors.size(), 52U);
  // Not EXPECT_EQ, which would print megabytes.
  EXPECT_TRUE(read_file(request.output) == read_file(models / GetParam().file));
}

INSTANTIATE_TEST_SUITE_P(
    Article, ReferenceModels,
    ::testing::Values(Expected{"linear", 8, {}, "food_linear_8.mlmodel"},
                      Expected{"linear", 4, {}, "food_linear_4.mlmodel"},
                      Expected{"linear_lut", 4, {{"range", "half_open"}}, "food_linear_lut_4.mlmodel"}));

TEST(ReferenceKmeans, IsAsLargeAndNotWorseThanTheArticles) {
  GOLDILOCKS_REFERENCE_OR_SKIP(models, "models");
  const testing::TemporaryFolder folder;
  QuantizeFileRequest request;
  request.model = models / "food.mlmodel";
  request.step.function = "kmeans_lut";
  request.step.bits = 4;
  request.keep = Keep::always;
  request.description = "4 bit per quantized weight, using kmeans.";
  request.output = folder / "out.mlmodel";
  ThreadPool pool(2);
  const QuantizeFileResult result = quantize_file(request, testing::registry(), pool);
  EXPECT_EQ(result.bytes_after, std::filesystem::file_size(models / "food_kmeans_4.mlmodel"));
  double sum = 0;
  for (const TensorReport& tensor : result.report.tensors) {
    if (tensor.parameter == "weights") sum += tensor.squared_error;
  }
  EXPECT_NEAR(sum, 35.3956, 35.3956e-4);
}

}  // namespace
}  // namespace goldilocks::pipeline
