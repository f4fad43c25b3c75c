// Packages through pipelines and `quantize`: everything that a single file has, in a folder.
#include <cstring>
#include <map>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/files_below.hpp"
#include "core/formats/model_files.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/single/single.hpp"
#include "core/weights/codec.hpp"
#include "tests/formats/ml_program/package_files.hpp"
#include "tests/formats/ml_program/program_text.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::Workspace;

constexpr const char* weights_of_package = "Data/com.apple.CoreML/weights/weight.bin";

// A workspace with a program of one linear operation, 48 x 64, and a bias beside it.
class Packages : public ::testing::Test {
 protected:
  Packages() {
    using namespace ml_program::testing;
    BlobBytes blobs;
    const std::uint64_t weight = blobs.add(2, numbers(48 * 64));
    const std::uint64_t bias = blobs.add(2, numbers(48));
    write_package(workspace_ / "net.mlpackage",
                  program("CoreML5", {{"x", fp32({2, 64})}})
                      .constant("w", blob(fp32({48, 64}), weight))
                      .constant("b", blob(fp32({48}), bias))
                      .op("linear", {{"x", "x"}, {"weight", "w"}, {"bias", "b"}}, "y", fp32({2, 48}))
                      .outputs({"y"})
                      .model(),
                  blobs.bytes());
  }

  std::vector<std::uint8_t> numbers(std::size_t count) {
    std::vector<std::uint8_t> bytes(4 * count);
    for (std::size_t i = 0; i < count; ++i) {
      const float value = static_cast<float>(random_() % 1000) / 500 - 1;
      std::memcpy(bytes.data() + 4 * i, &value, 4);
    }
    return bytes;
  }

  // What `quantize` makes of the package.
  QuantizeFileResult quantize(const std::string& function, std::optional<int> bits, const fs::path& output,
                              const std::string& input = "net.mlpackage") {
    QuantizeFileRequest request;
    request.model = workspace_ / input;
    request.step.function = function;
    request.step.bits = bits;
    request.output = output.empty() ? output : workspace_ / output;
    ThreadPool pool(2);
    return quantize_file(request, testing::registry(), pool);
  }

  std::vector<float> values_in(const fs::path& model) const {
    const auto taken = formats::open(workspace_ / model)->take_weights("m");
    return weights::decode(taken->read(1), "m");  // the bias comes first
  }

  Workspace workspace_;
  std::mt19937 random_{1};
};

std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const fs::path& file : files_below(folder)) {
    if (file != "timing.json") files[file.string()] = read_file(folder / file);
  }
  return files;
}

TEST_F(Packages, AreQuantizedIntoPackages) {
  const QuantizeFileResult result = quantize("kmeans_lut", 4, "small.mlpackage");
  EXPECT_EQ(result.bytes_before, formats::size_of_files(workspace_ / "net.mlpackage"));
  EXPECT_EQ(result.bytes_after, formats::size_of_files(workspace_ / "small.mlpackage"));
  EXPECT_LT(result.bytes_after * 3, result.bytes_before);
  ASSERT_EQ(result.report.tensors.size(), 2U);
  EXPECT_EQ(result.report.tensors[1].after, "4 bit table");
  EXPECT_EQ(result.report.tensors[0].after, "float32") << "of one dimension";
  const auto small = formats::open(workspace_ / "small.mlpackage");
  EXPECT_TRUE(small->validate().empty());
  EXPECT_EQ(small->stored_weights().form, "4 bit table");
  EXPECT_EQ(small->summary().specification_version, 7) << "iOS 16 brought tables";
}

TEST_F(Packages, AreDequantizedToTheValuesOfTheirTables) {
  quantize("kmeans_lut", 4, "small.mlpackage");
  quantize("dequantize", std::nullopt, "back.mlpackage", "small.mlpackage");
  EXPECT_EQ(values_in("back.mlpackage"), values_in("small.mlpackage"));
  EXPECT_EQ(formats::open(workspace_ / "back.mlpackage")->stored_weights().form, "float32");
}

TEST_F(Packages, WhoseWeightsStayAreCopied) {
  quantize("kmeans_lut", 4, "small.mlpackage");
  const QuantizeFileResult again = quantize("kmeans_lut", 2, "again.mlpackage", "small.mlpackage");
  EXPECT_THAT(again.notices, ::testing::Contains(HasSubstr("nothing was quantized")));
  EXPECT_EQ(read_file(workspace_ / "again.mlpackage" / weights_of_package),
            read_file(workspace_ / "small.mlpackage" / weights_of_package));
}

TEST_F(Packages, HaveNoNameOfASingleFile) {
  const auto refusal = [&](const std::string& input, const std::string& output) -> std::string {
    try {
      quantize("kmeans_lut", 4, output, input);
      return "";
    } catch (const UsageError& error) {
      return error.what();
    }
  };
  EXPECT_THAT(refusal("net.mlpackage", "small.mlmodel"), HasSubstr("give it a name that ends with .mlpackage"));
  EXPECT_THAT(refusal("tiny.mlmodel", "small.mlpackage"), HasSubstr("give it a name that ends with .mlmodel"));
}

constexpr const char* package_sweep = R"(
name: both
stages:
  - load: {models: [tiny.mlmodel, net.mlpackage]}
  - quantize: {sweep: {function: [linear, kmeans_lut], bits: [8, 4]}}
)";

TEST_F(Packages, AreSweptBesideSingleFiles) {
  const RunOutcome outcome = workspace_.run(package_sweep);
  ASSERT_EQ(outcome.exit_code, ExitCode::done) << ::testing::PrintToString(outcome.failures);
  ASSERT_EQ(outcome.results.variants_size(), 10);
  EXPECT_EQ(outcome.computed, 8U);
  for (const goldilocks::Variant& variant : outcome.results.variants()) {
    const fs::path path = workspace_ / "run" / variant.file();
    const bool is_package = variant.name().starts_with("net");
    EXPECT_EQ(variant.file(), variant.name() + (is_package ? ".mlpackage" : ".mlmodel"));
    EXPECT_EQ(variant.size_bytes(), formats::size_of_files(path)) << variant.name();
    EXPECT_GT(variant.cost().zip_bytes(), 0U);
    EXPECT_EQ(variant.cost().parts(0).name(), "weights");
    EXPECT_GT(variant.cost().parts(0).bytes(), 0U);
  }
  const goldilocks::Variant& small = outcome.results.variants(9);
  EXPECT_EQ(small.name(), "net_kmeans_lut_4");
  EXPECT_GT(small.compression(), 3);
  EXPECT_GT(small.tensors(1).relative_error(), 0);
  EXPECT_EQ(small.cost().parts(0).bytes(), 48U * 64 / 2 + 16 * 4 + 48 * 4);
}

TEST_F(Packages, ArePutTogetherInTheSameBytesByAnyNumberOfThreads) {
  workspace_.run(package_sweep, "one", 1, "store1");
  workspace_.run(package_sweep, "three", 3, "store3");
  EXPECT_EQ(files_in(workspace_ / "one"), files_in(workspace_ / "three"));
}

TEST_F(Packages, AreFoundAgainBySecondRuns) {
  workspace_.run(package_sweep);
  const auto before = files_in(workspace_ / "run");
  const RunOutcome again = workspace_.run(package_sweep);
  EXPECT_EQ(again.computed, 0U);
  EXPECT_EQ(again.reused, 8U);
  EXPECT_EQ(files_in(workspace_ / "run"), before);
}

TEST_F(Packages, AreMadeAnewFromChangedWeights) {
  workspace_.run(package_sweep);
  std::string bytes = read_file(workspace_ / "net.mlpackage" / weights_of_package);
  bytes[200] = static_cast<char>(bytes[200] ^ 1);
  workspace_.write(fs::path("net.mlpackage") / weights_of_package, bytes);
  EXPECT_EQ(workspace_.run(package_sweep).computed, 4U);
}

TEST_F(Packages, AreChained) {
  const RunOutcome outcome = workspace_.run(R"(
name: chain
stages:
  - load: {model: net.mlpackage}
  - quantize: {id: first, sweep: {function: kmeans_lut, bits: [4]}}
  - quantize: {input: first, sweep: {function: dequantize}}
)");
  ASSERT_EQ(outcome.exit_code, ExitCode::done) << ::testing::PrintToString(outcome.failures);
  ASSERT_EQ(outcome.results.variants_size(), 3);
  EXPECT_EQ(values_in(fs::path("run") / outcome.results.variants(2).file()),
            values_in(fs::path("run") / outcome.results.variants(1).file()));
}

TEST_F(Packages, ThatAreFoldersOfOtherThingsAreFaults) {
  fs::create_directory(workspace_ / "photos");
  EXPECT_THAT(workspace_.faults(R"(
name: none
stages:
  - load: {model: photos}
  - quantize: {sweep: {function: kmeans_lut, bits: [4]}}
)"),
              HasSubstr("is a folder, and no package"));
}

}  // namespace
}  // namespace goldilocks::pipeline
