// The page on selection rules: its presets are read from it and do what coremltools' selectors do.
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/pipeline/single/single.hpp"
#include "core/pipeline/yaml/grammar.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::ElementsAre;
using testing::ModelBuilder;
using testing::Workspace;

// The YAML of docs/selection-rules.md that begins with "# name".
std::string documented(const Workspace& workspace, const std::string& name) {
  std::istringstream text(read_file(std::filesystem::path(GOLDILOCKS_SOURCE_DIR) / "docs/selection-rules.md"));
  std::string example;
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line == "# " + name) inside = true;
    if (inside && line == "```") break;
    if (inside) example += line + "\n";
  }
  return workspace.write(name + ".yaml", example).string();
}

// What stays of a model under documented rules: "layer.parameter".
std::vector<std::string> skipped(const std::string& preset, const CoreML::Specification::Model& model) {
  const Workspace workspace;
  workspace.write("model.mlmodel", model::serialize_model(model));
  QuantizeFileRequest request;
  request.model = workspace / "model.mlmodel";
  request.step.function = "linear";
  request.step.bits = 8;
  request.fold.automatic = false;
  request.fold.kinds = {.batchnorm = false, .scale = false, .bias = false};
  request.rules = documented(workspace, preset);
  ThreadPool pool(1);
  std::vector<std::string> names;
  for (const TensorReport& tensor : quantize_file(request, testing::registry(), pool).report.tensors) {
    if (tensor.function.empty()) names.push_back(tensor.layer + "." + tensor.parameter);
  }
  return names;
}

TEST(Presets, AdvancedLeavesSmallAndDepthwiseConvolutionsAndTypes) {
  const auto model = ModelBuilder(2)
                         .image_input("image", 8, 8)
                         .convolution("three_channels", 3, 64, {.kernel = 5, .bias = false})
                         .convolution("small", 64, 4, {.bias = false})  // 2304 weights
                         .convolution("large", 4, 128, {.kernel = 3})   // 4608 weights
                         .batchnorm("norm", 128)
                         .convolution("depthwise", 128, 128, {.groups = 128, .bias = false})
                         .inner_product("dense", 8192, 2)
                         .build();
  EXPECT_THAT(skipped("advanced", model),
              ElementsAre("three_channels.weights", "small.weights", "large.bias", "norm.gamma", "norm.beta",
                          "norm.mean", "norm.variance", "depthwise.weights", "dense.bias"));
}

TEST(Presets, MatrixMultiplyTakesNothingButTheLayersInItsBounds) {
  const auto model = ModelBuilder(2)
                         .exact_shapes()
                         .array_input("x", {16})
                         .inner_product("fc0", 16, 64)  // another name
                         .inner_product("fc1", 64, 32)  // fits
                         .inner_product("fc2", 32, 31)  // too few output channels
                         .inner_product("fc3", 31, 31)
                         .build();
  EXPECT_THAT(skipped("matrix_multiply", model),
              ElementsAre("fc0.weights", "fc0.bias", "fc2.weights", "fc2.bias", "fc3.weights", "fc3.bias"));
}

TEST(SelectionPage, DescribesEveryKeyOfAMatch) {
  const std::string page = read_file(std::filesystem::path(GOLDILOCKS_SOURCE_DIR) / "docs/selection-rules.md");
  for (const std::string& key : names_of(grammar::match())) {
    EXPECT_NE(page.find("`" + key + "`"), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace goldilocks::pipeline
