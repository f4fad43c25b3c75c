// ML Programs that are in no package, and what their format can't store.
#include <cstring>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/single/single.hpp"
#include "core/weights/codec.hpp"
#include "tests/formats/ml_program/package_files.hpp"
#include "tests/formats/ml_program/program_text.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::pipeline {
namespace {

namespace fs = std::filesystem;
using namespace ml_program::testing;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Workspace;

// A workspace with programs of one linear operation, 48 x 64, whose weight is in the model or in a file beside it.
class CompressedPrograms : public ::testing::Test {
 protected:
  CompressedPrograms() {
    for (float& value : values_) value = static_cast<float>(random_() % 1000) / 500 - 1;
  }

  // `input` times the values, from the model's own memory.
  model::spec::Model linear(const std::string& input, const std::string& output, const std::string& opset = "CoreML5",
                            std::int64_t rows = 48, std::int64_t columns = 64) {
    const auto count = static_cast<std::ptrdiff_t>(rows * columns);
    return program(opset, {{input, fp32({2, columns})}})
        .constant("w", floats({rows, columns}, {values_.begin(), values_.begin() + count}))
        .op("linear", {{"x", input.c_str()}, {"weight", "w"}}, output, fp32({2, rows}))
        .outputs({output})
        .model();
  }

  void write_model(const std::string& name, const model::spec::Model& model) const {
    workspace_.write(name, model::serialize_model(model));
  }

  // A package with the same weight in a file.
  void write_program_package(const std::string& name, const std::string& opset = "CoreML5") {
    BlobBytes blobs;
    std::vector<std::uint8_t> bytes(4 * values_.size());
    std::memcpy(bytes.data(), values_.data(), bytes.size());
    const std::uint64_t offset = blobs.add(2, bytes);
    write_package(workspace_ / name,
                  program(opset, {{"x", fp32({2, 64})}})
                      .constant("w", blob(fp32({48, 64}), offset))
                      .op("linear", {{"x", "x"}, {"weight", "w"}}, "y", fp32({2, 48}))
                      .outputs({"y"})
                      .model(),
                  blobs.bytes());
  }

  QuantizeFileRequest request(const std::string& input, const std::string& function, std::optional<int> bits,
                              const quantization::Layout& layout = {}) const {
    QuantizeFileRequest request;
    request.model = workspace_ / input;
    request.step = {.function = function, .options = {}, .bits = bits, .layout = layout};
    request.output = workspace_ / ("small" + fs::path(input).extension().string());
    request.force = true;
    return request;
  }

  static QuantizeFileResult run(const QuantizeFileRequest& request) {
    ThreadPool pool(2);
    return quantize_file(request, testing::registry(), pool);
  }

  // What the command is refused with; "" where it isn't.
  static std::string refusal(const QuantizeFileRequest& request) {
    try {
      run(request);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  static quantization::Layout in_granularity(const char* text) {
    quantization::Layout layout;
    layout.granularity = weights::granularity_from_text(text);
    return layout;
  }

  std::vector<std::string> variants(const std::string& load, const std::string& sweep, const std::string& more = "") {
    spec_ = workspace_.parse("stages:\n  - load: {model: " + load + "}\n  - quantize:\n      sweep: {" + sweep + "}\n" +
                             more);
    std::vector<std::string> names;
    for (const VariantSpec& variant : spec_.variants) {
      if (!variant.loaded) names.push_back(variant.name);
    }
    return names;
  }

  Workspace workspace_;
  std::mt19937 random_{1};
  std::vector<float> values_ = std::vector<float>(48 * 64);
  PipelineSpec spec_;
};

TEST_F(CompressedPrograms, WithoutAPackageHoldWhatTheyBecome) {
  write_model("bare.mlmodel", linear("x", "y"));
  const QuantizeFileResult result = run(request("bare.mlmodel", "kmeans_lut", 4));
  ASSERT_EQ(result.report.tensors.size(), 1U);
  EXPECT_EQ(result.report.tensors[0].after, "4 bit table");
  EXPECT_EQ(result.bytes_after, fs::file_size(workspace_ / "small.mlmodel"));
  EXPECT_LT(result.bytes_after * 5, result.bytes_before);
  const auto small = formats::open(workspace_ / "small.mlmodel");
  EXPECT_TRUE(small->validate().empty());
  EXPECT_EQ(small->summary().specification_version, 7) << "iOS 16 brought tables";
  EXPECT_THAT(result.notices, Contains(HasSubstr("it needs iOS 16")));
  // What is there has no file beside it, and is read and decompressed by itself.
  run(request("small.mlmodel", "dequantize", std::nullopt));
  EXPECT_EQ(formats::open(workspace_ / "small.mlmodel")->stored_weights().form, "float32");
}

TEST_F(CompressedPrograms, WithFilesBesideThemComeWithoutThem) {
  write_program_package("net.mlpackage");
  const fs::path data = workspace_ / "net.mlpackage/Data/com.apple.CoreML";
  fs::create_directory(workspace_ / "weights");
  fs::copy(data / "weights/weight.bin", workspace_ / "weights/weight.bin");
  fs::copy(data / "model.mlmodel", workspace_ / "beside.mlmodel");
  run(request("beside.mlmodel", "linear_symmetric", 8));
  fs::remove_all(workspace_ / "weights");
  EXPECT_EQ(formats::open(workspace_ / "small.mlmodel")->stored_weights().bits, 8U);
}

TEST_F(CompressedPrograms, InPipelinesOfModelsAreCompressed) {
  write_model("pipe.mlmodel", testing::pipeline_of_models({linear("x", "h"), linear("h", "y", "CoreML6", 64, 48)}));
  const QuantizeFileResult result = run(request("pipe.mlmodel", "kmeans_lut", 4));
  ASSERT_EQ(result.report.tensors.size(), 2U);
  EXPECT_EQ(result.report.tensors[0].after, "4 bit table");
  EXPECT_THAT(result.report.tensors[1].layer, HasSubstr("models[1]"));
  EXPECT_LT(result.bytes_after * 5, result.bytes_before);
  const auto small = formats::open(workspace_ / "small.mlmodel");
  EXPECT_TRUE(small->validate().empty());
  EXPECT_EQ(small->summary().specification_version, 7);
  EXPECT_EQ(small->summary().weights.size(), 2U);
  EXPECT_EQ(small->stored_weights().form, "4 bit table");
  for (const formats::InnerModel& inner : small->inner_models()) EXPECT_TRUE(inner.model->validate().empty());
}

TEST_F(CompressedPrograms, InPipelinesStandBesideNetworks) {
  using testing::ModelBuilder;
  write_model("pipe.mlmodel",
              testing::pipeline_of_models(
                  {linear("x", "h"),
                   ModelBuilder(1).exact_shapes().array_input("h", {2, 48}).inner_product("dense", 48, 64).build()}));
  const QuantizeFileResult result = run(request("pipe.mlmodel", "kmeans_lut", 4));
  std::vector<std::string> forms;
  for (const TensorReport& tensor : result.report.tensors) forms.push_back(tensor.layer + " " + tensor.after);
  EXPECT_THAT(forms, Contains(HasSubstr("dense 4 bit table")));
  EXPECT_THAT(forms, Contains(HasSubstr("h 4 bit table")));
}

TEST_F(CompressedPrograms, AreNotMadeOfWidthsThatTheFormatLacks) {
  write_program_package("net.mlpackage");
  for (const int bits : {5, 7}) {
    EXPECT_THAT(refusal(request("net.mlpackage", "kmeans_lut", bits)),
                HasSubstr("kmeans_lut at " + std::to_string(bits) + " bits can't be stored: the format has no "));
  }
  EXPECT_EQ(refusal(request("net.mlpackage", "kmeans_lut", 6)), "");
  EXPECT_EQ(refusal(request("net.mlpackage", "kmeans_lut", 3)), "");
  QuantizeFileRequest early = request("net.mlpackage", "kmeans_lut", 3);
  early.limit.system = "ios16";
  EXPECT_THAT(refusal(early), HasSubstr("the format has no 3 bits here")) << "they came with iOS 18";
  EXPECT_THAT(refusal(request("net.mlpackage", "linear", 6)), HasSubstr("the format has no 6 bits here"));
  EXPECT_EQ(refusal(request("net.mlpackage", "linear", 4)), "");
  EXPECT_EQ(refusal(request("net.mlpackage", "linear_lut", 6)), "");
}

TEST_F(CompressedPrograms, OfASweepLackWhatTheFormatLacks) {
  write_program_package("net.mlpackage");
  EXPECT_THAT(variants("net.mlpackage", "function: [linear, linear_lut], bits: [8, 7, 6, 4]"),
              ElementsAre("net_linear_8", "net_linear_4", "net_linear_lut_8", "net_linear_lut_6", "net_linear_lut_4"));
  EXPECT_THAT(spec_.notices,
              Contains("linear at 6 bits: the format has no 6 bits here: left out of the sweep for net"));
  EXPECT_THAT(variants("net.mlpackage", "function: kmeans_lut, bits: [4, 3]", "      compress_for: ios16\n"),
              ElementsAre("net_kmeans_lut_4"));
  EXPECT_THAT(workspace_.faults("stages:\n  - load: {model: net.mlpackage}\n  - quantize: {sweep: {function: "
                                "kmeans_lut, bits: 5}}\n"),
              HasSubstr("nothing is left of the sweep: kmeans_lut at 5 bits: the format has no 5 bits here"));
}

TEST_F(CompressedPrograms, AloneHaveGranularitiesBeyondTensorAndChannel) {
  EXPECT_THAT(refusal(request("tiny.mlmodel", "kmeans_lut", 4, in_granularity("group:2"))),
              HasSubstr("one table for a whole tensor"));
  EXPECT_THAT(refusal(request("tiny.mlmodel", "kmeans_lut", 4, in_granularity("channel"))),
              HasSubstr("one table for a whole tensor"));
  EXPECT_THAT(refusal(request("tiny.mlmodel", "linear", 4, in_granularity("block:2"))),
              HasSubstr("no granularity block:2"));
  EXPECT_EQ(refusal(request("tiny.mlmodel", "linear", 4, in_granularity("channel"))), "");
  EXPECT_EQ(refusal(request("tiny.mlmodel", "linear", 4, in_granularity("tensor"))), "");
  quantization::Layout vectors;
  vectors.vector = 2;
  EXPECT_THAT(refusal(request("tiny.mlmodel", "kmeans_lut", 4, vectors)), HasSubstr("no tables of vectors"));
  EXPECT_THAT(
      variants("tiny.mlmodel", "function: [kmeans_lut, linear], bits: 4, granularity: [tensor, channel, {group: 2}]"),
      ElementsAre("tiny_kmeans_lut_4_tensor", "tiny_linear_4_tensor", "tiny_linear_4_channel"));
  EXPECT_EQ(spec_.notices.size(), 3U);
}

TEST_F(CompressedPrograms, WithValuesThatAreNoNumbersAreRefusedByName) {
  values_[7] = std::numeric_limits<float>::quiet_NaN();
  write_program_package("net.mlpackage");
  EXPECT_THAT(refusal(request("net.mlpackage", "linear", 8)), HasSubstr("operation 'y', weight"));
  // A rule that skips it doesn't look at it.
  QuantizeFileRequest skipping = request("net.mlpackage", "linear", 8);
  skipping.rules = workspace_.write("rules.yaml", "rules: [{match: {operation: y}, skip: true}]\n");
  EXPECT_EQ(refusal(skipping), "");
}

TEST_F(CompressedPrograms, KeepInfiniteMasks) {
  values_[7] = -std::numeric_limits<float>::infinity();
  write_program_package("net.mlpackage");
  const QuantizeFileResult result = run(request("net.mlpackage", "kmeans_lut", 4));
  EXPECT_EQ(result.report.tensors.at(0).after, "float32");
  EXPECT_THAT(result.report.tensors.at(0).note, HasSubstr("infinite"));
}

TEST_F(CompressedPrograms, WithTenThousandNestedBlocksAreRefused) {
  model::spec::Model model = linear("x", "y");
  auto* block =
      &(*(*model.mutable_mlprogram()->mutable_functions())["main"].mutable_block_specializations())["CoreML5"];
  for (int i = 0; i < 10'000; ++i) {
    auto& operation = *block->add_operations();
    operation.set_type("cond");
    block = operation.add_blocks();
  }
  std::string bytes;
  model.SerializePartialToString(&bytes);
  workspace_.write("deep.mlmodel", bytes);
  EXPECT_THAT(refusal(request("deep.mlmodel", "kmeans_lut", 4)), HasSubstr("deep.mlmodel"));
}

}  // namespace
}  // namespace goldilocks::pipeline
