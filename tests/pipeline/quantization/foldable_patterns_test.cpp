// A network with every pair of layers that folds, quantized at 8 bits: smaller with the pass than without it, and as
// close to what the network answered before.
#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/formats/coreml/model_file.hpp"
#include "core/pipeline/single/single.hpp"
#include "tests/formats/neural_network/lowering/fold_runner.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

namespace coreml = ::CoreML::Specification;
using testing::bias_of;
using ::testing::ElementsAre;
using testing::layer_names;
using testing::ModelBuilder;
using testing::scale_of;
using testing::Workspace;

constexpr std::size_t model_inputs = 576;  // 4 channels of 12 x 12

// An activation after each pattern keeps it apart from the next.
coreml::Model every_pattern() {
  return ModelBuilder(21)
      .array_input("in", {4, 12, 12})
      .convolution("convolution", 4, 16)
      .batchnorm("norm1", 16)
      .activation("relu1")
      .convolution("without_bias", 16, 16, {.bias = false})
      .layer("scale2", scale_of(22, {16}, {16}))
      .activation("relu2")
      .convolution("grouped", 16, 16, {.groups = 4})
      .layer("bias3", bias_of(23, {16, 1, 1}))
      .activation("relu3")
      .convolution("chain", 16, 16)
      .batchnorm("norm4", 16)
      .layer("scale4", scale_of(24, {1}))
      .layer("bias4", bias_of(25, {1}))
      .activation("relu4")
      .convolution("deconvolution", 16, 8, {.kernel = 2, .stride = 2, .deconvolution = true})
      .batchnorm("norm5", 8)
      .activation("relu5")
      .convolution("grouped_deconvolution", 8, 8, {.groups = 2, .deconvolution = true})
      .layer("scale6", scale_of(26, {8}))
      .activation("relu6")
      .batchnorm("batchnorm", 8)
      .layer("scale7", scale_of(27, {8}, {8}))
      .activation("relu7")
      .layer("scale", scale_of(28, {8}))
      .layer("bias8", bias_of(29, {8}))
      .activation("relu8")
      .flatten("flat")
      .inner_product("inner_product", 4608, 32)  // 8 channels of 24 x 24
      .batchnorm("norm9", 32)
      .activation("relu9")
      .inner_product("last", 32, 10)
      .build();
}

// The largest difference of the answers of both, relative to the largest answer.
double difference(const coreml::Model& model, const coreml::Model& other) {
  double largest = 0;
  double off = 0;
  testing::RandomFloats random(30);
  for (int round = 0; round < 4; ++round) {
    const std::vector<std::vector<float>> input{random.next(model_inputs)};
    const auto before = testing::run_network(model, input).at(0).values;
    const auto after = testing::run_network(other, input).at(0).values;
    EXPECT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      largest = std::max(largest, std::fabs(static_cast<double>(before[i])));
      off = std::max(off, std::fabs(static_cast<double>(before[i]) - static_cast<double>(after[i])));
    }
  }
  return off / largest;
}

TEST(FoldablePatterns, AreSmallerAtEightBitsAndAnswerAsBefore) {
  const Workspace workspace;
  const coreml::Model model = every_pattern();
  QuantizeFileRequest request;
  request.model = workspace.write("model.mlmodel", model::serialize_model(model));
  request.step.function = "linear";
  request.step.bits = 8;
  ThreadPool pool(1);

  request.output = workspace / "folded.mlmodel";
  const QuantizeFileResult folded = quantize_file(request, testing::registry(), pool);
  request.output = workspace / "unfolded.mlmodel";
  request.fold.automatic = false;
  request.fold.kinds = {.batchnorm = false, .scale = false, .bias = false};
  const QuantizeFileResult unfolded = quantize_file(request, testing::registry(), pool);

  const auto with = model::load_model(workspace / "folded.mlmodel");
  const auto without = model::load_model(workspace / "unfolded.mlmodel");
  EXPECT_THAT(layer_names(*with),
              ElementsAre("convolution", "relu1", "without_bias", "relu2", "grouped", "relu3", "chain", "relu4",
                          "deconvolution", "relu5", "grouped_deconvolution", "relu6", "batchnorm", "relu7", "scale",
                          "relu8", "flat", "inner_product", "relu9", "last"));
  EXPECT_EQ(layer_names(*without), layer_names(model));
  EXPECT_LT(folded.bytes_after, unfolded.bytes_after);

  coreml::Model only_folded = model;
  EXPECT_EQ(model::fold_layers(only_folded, {}).size(), 11U);
  RecordProperty("only_folded", std::to_string(difference(model, only_folded)));
  RecordProperty("eight_bits_folded", std::to_string(difference(model, *with)));
  RecordProperty("eight_bits_unfolded", std::to_string(difference(model, *without)));
  RecordProperty("bytes", std::to_string(folded.bytes_before) + ", " + std::to_string(folded.bytes_after) + ", " +
                              std::to_string(unfolded.bytes_after));
  EXPECT_LT(difference(model, only_folded), 1e-5);
  EXPECT_LT(difference(model, *with), 0.05);
  EXPECT_LT(difference(model, *without), 0.05);
}

}  // namespace
}  // namespace goldilocks::pipeline
