// compare and diff, on the example that ships with the project.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/file.hpp"
#include "tests/end_to_end/digits_files.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

using testing::goldilocks;
using ::testing::HasSubstr;
using testing::ProgramResult;
using testing::TemporaryFolder;

class Compare : public ::testing::Test {
 protected:
  std::string quantized(const char* bits) {
    const std::string file = (folder_ / (std::string("digits_") + bits + ".mlmodel")).string();
    const ProgramResult result =
        run({"quantize", digits_model, "--function", "linear", "--bits", bits, "--output", file});
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return file;
  }
  ProgramResult run(std::vector<std::string> arguments) { return goldilocks(folder_ / "store", std::move(arguments)); }

  TemporaryFolder folder_;
};

TEST_F(Compare, LabelledImagesHaveAVerdict) {
  const std::string model = quantized("2");
  const std::vector<std::string> arguments = {"compare",  digits_model,  model,          "--dataset", digits_images,
                                              "--labels", digits_labels, "--confidence", "0.9"};
  const ProgramResult text = run(arguments);
  ASSERT_EQ(text.exit_code, 0) << text.errors;
  EXPECT_THAT(text.output, HasSubstr("top5_agreement"));
  EXPECT_THAT(text.output, HasSubstr("90 %"));
  auto with_json = arguments;
  with_json.emplace_back("--json");
  const auto document = nlohmann::json::parse(run(with_json).output);
  const auto& evaluation = document.at("evaluation");
  EXPECT_EQ(evaluation.at("baseline"), "digits");
  EXPECT_TRUE(evaluation.contains("comparison"));
  EXPECT_THAT(text.output, HasSubstr(evaluation.at("comparison").at("verdict").get<std::string>()));
  EXPECT_GT(evaluation.at("differences").size(), 0U);
  EXPECT_THAT(document.at("dataset").at("preparation").get<std::string>(), HasSubstr("scale_fill, lanczos"));
}

TEST_F(Compare, LayersSayWhereTwoModelsPart) {
  const std::string model = quantized("2");
  const std::vector<std::string> arguments = {"compare",  digits_model,  model,      "--dataset", digits_images,
                                              "--labels", digits_labels, "--layers", "--samples", "2"};
  const ProgramResult text = run(arguments);
  ASSERT_EQ(text.exit_code, 0) << text.errors;
  EXPECT_THAT(text.output, HasSubstr("values of 2 samples of "));
  EXPECT_THAT(text.output, HasSubstr("the first value below 40 dB: "));
  auto with_json = arguments;
  with_json.emplace_back("--json");
  const auto document = nlohmann::json::parse(run(with_json).output);
  EXPECT_EQ(document.at("samples"), 2);
  EXPECT_THAT(text.output, HasSubstr("the first value below 40 dB: " + document.at("firstBelow").get<std::string>()));
  EXPECT_TRUE(document.at("firstNotFiniteAfter").is_null());
  EXPECT_GT(document.at("values").size(), 3U);
}

TEST_F(Compare, ComputesTheMetricsThatAreNamed) {
  const std::string model = quantized("4");
  std::vector<std::string> arguments = {"compare",  digits_model,  model,       "--dataset",           digits_images,
                                        "--labels", digits_labels, "--metrics", "retrieval_agreement", "--metrics",
                                        "kl_p99",   "--json"};
  const ProgramResult result = run(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const auto document = nlohmann::json::parse(result.output);
  const auto& figures = document.at("evaluation").at("figures");
  ASSERT_EQ(figures.size(), 2U);
  EXPECT_EQ(figures[0].at("metric"), "retrieval_agreement");
  EXPECT_EQ(figures[1].at("metric"), "kl_p99");
  arguments[8] = "ssim";
  const ProgramResult refused = run(arguments);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.errors,
              HasSubstr("the metric 'ssim' can't be computed of these samples and models; it needs a model that makes "
                        "images"));
  const ProgramResult alone =
      run({"evaluate", digits_model, "--dataset", digits_images, "--labels", digits_labels, "--metrics", "kl_p99"});
  EXPECT_EQ(alone.exit_code, 2);
  EXPECT_THAT(alone.errors, HasSubstr("the metric 'kl_p99' compares two models, and here is one"));
}

TEST_F(Compare, LayersOfOneModelByTwoBackends) {
  const ProgramResult result = run({"compare", digits_model, "--dataset", digits_images, "--labels", digits_labels,
                                    "--layers", "--backend", "reference", "--backend", "onednn"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("no value is below 40 dB"));
  const ProgramResult answers = run({"compare", digits_model, "--dataset", digits_images, "--labels", digits_labels,
                                     "--backend", "reference", "--backend", "onednn"});
  EXPECT_EQ(answers.exit_code, 0) << answers.errors;
  EXPECT_THAT(answers.output, HasSubstr("backend onednn"));
}

TEST_F(Compare, AFileWithItselfAgreesInEverything) {
  const ProgramResult result =
      run({"compare", digits_model, digits_model, "--dataset", digits_images, "--labels", digits_labels, "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const auto evaluation = nlohmann::json::parse(result.output).at("evaluation");
  for (const auto& figure : evaluation.at("figures")) {
    const std::string metric = figure.at("metric");
    const bool is_share = metric == "top1_agreement" || metric == "top5_agreement";
    const bool is_distance = metric == "kl" || metric == "max_difference";
    if (is_share || is_distance) {
      EXPECT_EQ(figure.at("value"), is_share ? 1 : 0) << metric;
    }
  }
  EXPECT_EQ(evaluation.at("differences").size(), 0U);
}

TEST_F(Compare, AFolderOfImagesHasNoLabels) {
  const ProgramResult nothing =
      run({"compare", digits_model, digits_model, "--dataset", (folder_ / "missing").string()});
  EXPECT_EQ(nothing.exit_code, 3);
  EXPECT_THAT(nothing.errors, HasSubstr("missing"));
  std::filesystem::create_directory(folder_ / "images");
  write_file_atomically(folder_ / "images/text.png", "no image");
  const ProgramResult broken = run({"compare", digits_model, digits_model, "--dataset", (folder_ / "images").string()});
  EXPECT_EQ(broken.exit_code, 3);
  EXPECT_THAT(broken.errors, HasSubstr("text.png"));
}

TEST_F(Compare, DiffFailsOnARegressionBeyondItsLimit) {
  const auto sweep = [&](const char* bits, const char* name) {
    const std::string pipeline = "name: digits\nstages:\n  - load: {model: \"" + digits_folder +
                                 "/digits.mlmodel\", dataset: {images: \"" + digits_folder +
                                 "/test/images.npy\", labels: \"" + digits_folder +
                                 "/test/labels.npy\"}}\n  - quantize: {name: small, sweep: {function: linear, "
                                 "bits: " +
                                 bits + "}}\n  - evaluate: {metrics: mean_accuracy}\n";
    write_file_atomically(folder_ / "pipeline.yaml", pipeline);
    const std::string output = (folder_ / name).string();
    const ProgramResult result = run({"run", (folder_ / "pipeline.yaml").string(), "--output", output});
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return output;
  };
  const std::string eight = sweep("8", "eight");
  const std::string one = sweep("1", "one");
  EXPECT_EQ(run({"diff", eight, eight, "--max-drop", "0"}).exit_code, 0);
  EXPECT_EQ(run({"diff", one, eight, "--max-drop", "0"}).exit_code, 0);
  const ProgramResult worse = run({"diff", eight, one});
  EXPECT_EQ(worse.exit_code, 1) << worse.errors;
  EXPECT_THAT(worse.output, HasSubstr("over the limit"));
  EXPECT_THAT(worse.output, HasSubstr("paired"));
  const ProgramResult json = run({"diff", eight, one + "/results.json", "--json", "--max-drop", "1"});
  EXPECT_EQ(json.exit_code, 0);
  const auto changes = nlohmann::json::parse(json.output).at("changes");
  EXPECT_EQ(changes.at(1).at("variant"), "small");
  EXPECT_GT(changes.at(1).at("lost"), changes.at(1).at("won"));
  EXPECT_EQ(run({"diff", eight, (folder_ / "missing").string()}).exit_code, 3);
}

}  // namespace
}  // namespace goldilocks
