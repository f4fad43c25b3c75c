// What a user sees when something is wrong: one clear error with its place, the documented exit code, nothing half
// written.
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "core/data/image.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "tests/end_to_end/digits_files.hpp"
#include "tests/support/model_builder.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

using testing::goldilocks;
using ::testing::HasSubstr;
using testing::ProgramResult;
using testing::ProgramSettings;
using testing::TemporaryFolder;

TEST(BadInput, EveryErrorOfAPipelineIsShownAtOnceWithItsPlace) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "bad.yaml", std::string_view("name: bad\n"
                                                              "stages:\n"
                                                              "  - load: {model: missing.mlmodel}\n"
                                                              "  - quantize:\n"
                                                              "      sweep:\n"
                                                              "        function: [kmean_lut]\n"
                                                              "        bits: [4, 12]\n"
                                                              "        bitz: 3\n"));
  ProgramSettings inside;
  inside.folder = folder.path();
  for (const char* command : {"validate", "run", "plan"}) {
    const ProgramResult result = goldilocks(folder / "store", {command, (folder / "bad.yaml").string()}, inside);
    EXPECT_EQ(result.exit_code, 2) << result.errors;
    for (const char* place : {"bad.yaml:3:", "bad.yaml:6:", "bad.yaml:7:", "bad.yaml:8:"}) {
      EXPECT_THAT(result.errors, HasSubstr(place));
    }
    EXPECT_THAT(result.errors, HasSubstr("did you mean 'kmeans_lut'"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "runs"));
}

// What is wrong with what a pipeline names is said before any work, by every command, at the place that names it.
TEST(BadInput, WhatAPipelineNamesIsCheckedBeforeAnyWork) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "broken.mlmodel", std::string_view("no model"));
  std::filesystem::create_directories(folder / "classes/unicorn");
  write_file_atomically(folder / "classes/unicorn/x.png", std::string_view("is not decoded"));
  const std::vector<std::pair<std::string, std::string>> faults = {
      {"stages: [{load: {model: broken.mlmodel}}, {quantize: {sweep: {function: linear, bits: 8}}}]\n",
       "p.yaml:1:25: "},
      {"stages: [{load: {model: " + digits_model + ", dataset: {images: classes}}}, {evaluate: }]\n",
       "doesn't know the label 'unicorn' (model 'digits')"},
      {"stages: [{load: {results: broken.mlmodel}}, {select: }]\n", "p.yaml:1:11: "},
      {"stages: [{load: {model: " + digits_model + "}}, {report: [csv, {html: {path: result.csv}}]}]\n",
       "report 'html' writes 'result.csv', and report 'csv' in line 1 writes already"},
      {"stages: [{load: {model: " + digits_model + "}}, {report: {github: {path: ../x}}}]\n",
       "report 'github' can't write '../x': not a file inside the run's folder"},
      {"stages: [{load: {results: results.json}}, {select: {constraints: [{mse: {at_most: 1}}]}}]\n",
       "p.yaml:1:68: the results have no 'mse' of any variant"},
      {"stages: [{load: {results: results.json}}, {select: }, {publish: {path: classes}}]\n",
       "classes: is in the way of the release"},
  };
  write_file_atomically(folder / "results.json",
                        std::string_view(R"({"schemaVersion": 1, "variants": [{"name": "a", "file": "a.mlmodel",
                            "sizeBytes": 9, "evaluation": {"samples": 1, "meanAccuracy": 1}},
                           {"name": "b", "file": "b.mlmodel", "function": "f", "model": "a", "sizeBytes": 5,
                            "evaluation": {"samples": 1, "meanAccuracy": 1, "meanDrop": 0, "baseline": "a"}}]})"));
  ProgramSettings inside;
  inside.folder = folder.path();
  for (const auto& [yaml, message] : faults) {
    write_file_atomically(folder / "p.yaml", std::string_view(yaml));
    for (const char* command : {"validate", "plan", "run"}) {
      const ProgramResult result = goldilocks(folder / "store", {command, "p.yaml"}, inside);
      EXPECT_TRUE(result.exit_code == 2 || result.exit_code == 3) << command << ' ' << result.exit_code;
      EXPECT_THAT(result.errors, ::testing::StartsWith("goldilocks: p.yaml:1:")) << command;
      EXPECT_THAT(result.errors, HasSubstr(message)) << command;
    }
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "runs"));
}

TEST(BadInput, ModelsThatCantBeRead) {
  const TemporaryFolder folder;
  const std::string model = read_file(digits_model);
  write_file_atomically(folder / "empty.mlmodel", std::string_view(""));
  write_file_atomically(folder / "half.mlmodel", std::string_view(model).substr(0, model.size() / 2));
  write_file_atomically(folder / "text.mlmodel", std::string_view("{\"format\": \"json\"}"));
  for (const char* name : {"missing.mlmodel", "empty.mlmodel", "half.mlmodel", "text.mlmodel"}) {
    const std::string file = (folder / name).string();
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"inspect", file},
          {"validate", file},
          {"quantize", file, "--function", "linear", "--bits", "8", "-o", (folder / "out.mlmodel").string()}}) {
      const ProgramResult result = goldilocks(folder / "store", arguments);
      EXPECT_EQ(result.exit_code, 3) << arguments[0] << ' ' << name << result.errors;
      EXPECT_THAT(result.errors, HasSubstr(name));
    }
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "out.mlmodel"));
}

// A limit on the size of files makes writes fail as a full disk does; it holds for root, too.
// Whatever comes upon it says which file, layer and parameter it is.
TEST(BadInput, WeightsInMoreThanOneFormAreNamedByEveryCommand) {
  const TemporaryFolder folder;
  testing::ModelBuilder builder(1);
  builder.image_input("image", 4, 4)
      .flatten("flat")
      .inner_product("scores", 48, 2)
      .softmax("p")
      .classifier({"cat", "dog"});
  auto model = builder.build();
  auto& scores = *model.mutable_neuralnetworkclassifier()->mutable_layers(1)->mutable_innerproduct();
  scores.mutable_weights()->set_float16value(std::string(2 * 48 * 2, '\0'));
  write_file_atomically(folder / "two.mlmodel", model::serialize_model(model));
  write_file_atomically(folder / "images/cat/a.png", data::encode_png({4, 4, 3, std::vector<std::uint8_t>(48)}));
  write_file_atomically(folder / "p.yaml", std::string_view("stages: [{load: {model: two.mlmodel}}, {quantize: {sweep: "
                                                            "{function: linear, bits: 8}}}]\n"));
  ProgramSettings inside;
  inside.folder = folder.path();
  const std::vector<std::vector<std::string>> commands = {
      {"validate", "two.mlmodel"},
      {"predict", "two.mlmodel", "--input", "images/cat/a.png"},
      {"evaluate", "two.mlmodel", "--dataset", "images"},
      {"compare", "two.mlmodel", "two.mlmodel", "--dataset", "images"},
      {"quantize", "two.mlmodel", "--function", "linear", "--bits", "8", "-o", "out.mlmodel"},
      {"validate", "p.yaml"},
      {"plan", "p.yaml"},
      {"plan", "p.yaml", "--tensors"},
      {"run", "p.yaml"}};
  for (const std::vector<std::string>& command : commands) {
    const ProgramResult result = goldilocks(folder / "store", command, inside);
    const std::string said = result.output + result.errors;
    EXPECT_NE(result.exit_code, 0) << command[0];
    EXPECT_NE(result.exit_code, 70) << command[0];
    for (const char* part : {"two.mlmodel", "layer 'scores'", "weights", "stored in more than one form"}) {
      EXPECT_THAT(said, HasSubstr(part)) << command[0] << " " << command[1];
    }
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "out.mlmodel"));
}

TEST(BadInput, AFullDiskLeavesNothingHalfWritten) {
  const TemporaryFolder folder;
  ProgramSettings full;
  full.file_size_limit = 2000;
  const std::string out = (folder / "out.mlmodel").string();
  const ProgramResult quantize =
      goldilocks(folder / "store", {"quantize", digits_model, "--function", "linear", "--bits", "8", "-o", out}, full);
  EXPECT_EQ(quantize.exit_code, 3) << quantize.errors;
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()) || !std::filesystem::exists(out));

  const ProgramResult run =
      goldilocks(folder / "store", {"run", digits_pipeline, "--output", (folder / "run").string()}, full);
  EXPECT_EQ(run.exit_code, 3) << run.errors;
  EXPECT_FALSE(std::filesystem::exists(folder / "run" / "results.json"));
  const ProgramResult again =
      goldilocks(folder / "store", {"run", digits_pipeline, "--output", (folder / "run").string()});
  EXPECT_EQ(again.exit_code, 0) << again.errors;
}

// /proc takes no new files from anybody, root included.
TEST(BadInput, AFolderThatCantBeWritten) {
  const TemporaryFolder folder;
  const ProgramResult quantize = goldilocks(
      folder / "store", {"quantize", digits_model, "--function", "linear", "--bits", "8", "-o", "/proc/out.mlmodel"});
  EXPECT_EQ(quantize.exit_code, 3);
  EXPECT_THAT(quantize.errors, HasSubstr("/proc/out.mlmodel"));
  const ProgramResult run = goldilocks(folder / "store", {"run", digits_pipeline, "--output", "/proc/run"});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.errors, HasSubstr("/proc/run"));
}

TEST(BadInput, APluginThatIsMissing) {
  const TemporaryFolder folder;
  const ProgramResult result = goldilocks(folder / "store", {"quantize", digits_model, "--function", "my_lut", "--bits",
                                                             "4", "-o", (folder / "out.mlmodel").string()});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.errors, HasSubstr("my_lut"));
}

}  // namespace
}  // namespace goldilocks
