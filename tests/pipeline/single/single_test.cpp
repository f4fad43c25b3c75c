#include "core/pipeline/single/single.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::HasSubstr;
using testing::registry;
using testing::Workspace;

template <class Call>
std::string fault_of(const Call& call) {
  try {
    call();
    return "nothing was thrown";
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(QuantizeFile, WritesTheFileOfThePipelinesVariant) {
  const Workspace workspace;
  QuantizeFileRequest request;
  request.model = workspace / "tiny.mlmodel";
  request.function = "kmeans_lut";
  request.bits = 2;
  request.description = "{bits} by {function}";
  request.output = workspace / "out/tiny.mlmodel";
  ThreadPool pool(2);
  const QuantizeFileResult result = quantize_file(request, registry(), pool);
  EXPECT_EQ(result.bytes_before, std::filesystem::file_size(request.model));
  EXPECT_EQ(result.bytes_after, std::filesystem::file_size(request.output));
  EXPECT_EQ(result.report.tensors.size(), 4U);
  workspace.run(
      "stages: [{load: {model: tiny.mlmodel}}, {quantize: {name: q, description: '{bits} by {function}', sweep: "
      "{function: kmeans_lut, bits: 2}}}]");
  EXPECT_TRUE(read_file(request.output) == read_file(workspace / "run/q.mlmodel"));
}

TEST(QuantizeFile, WithoutAnOutputNothingIsWritten) {
  const Workspace workspace;
  QuantizeFileRequest request;
  request.model = workspace / "tiny.mlmodel";
  request.function = "chooser";
  ThreadPool pool(1);
  EXPECT_LT(quantize_file(request, registry(), pool).bytes_after, std::filesystem::file_size(request.model));
}

TEST(QuantizeFile, AskingForAWidthThatIsNotOfferedIsAUsageError) {
  const Workspace workspace;
  ThreadPool pool(1);
  QuantizeFileRequest request;
  request.model = workspace / "tiny.mlmodel";
  request.function = "linear_symmetric";
  const auto quantize = [&] { quantize_file(request, registry(), pool); };
  EXPECT_THAT(fault_of(quantize), HasSubstr("linear_symmetric needs a width: "));
  request.bits = 4;
  EXPECT_THAT(fault_of(quantize), HasSubstr("linear_symmetric does not offer 4 bits; it offers "));
  request.function = "chooser";
  EXPECT_EQ(fault_of(quantize), "chooser chooses the widths itself; leave the bits out");
  request = {workspace / "tiny.mlmodel", "linear_lut", {{"rnge", "closed"}}, 4, "", ""};
  EXPECT_EQ(fault_of(quantize), "quantizer linear_lut has no option 'rnge'; did you mean 'range'?");
  request.options = {{"range", "closed"}, {"range", "closed"}};
  EXPECT_EQ(fault_of(quantize), "quantizer linear_lut: option 'range' is given twice");
}

TEST(QuantizeFile, AFailureLeavesNothing) {
  const Workspace workspace;
  QuantizeFileRequest request{workspace / "tiny.mlmodel", "fails_at_four", {}, 4, "", workspace / "out.mlmodel"};
  ThreadPool pool(2);
  EXPECT_THAT([&] { quantize_file(request, registry(), pool); },
              ::testing::ThrowsMessage<PluginError>(HasSubstr("quantizer 'fails_at_four': ")));
  EXPECT_FALSE(std::filesystem::exists(request.output));
}

TEST(EvaluateModel, GivesTheFiguresOfAPipeline) {
  const Workspace workspace;
  EvaluateModelRequest request;
  request.model = workspace / "tiny.mlmodel";
  request.dataset.images = workspace / "images.npy";
  request.dataset.labels = workspace / "labels.npy";
  request.backend = "reference";
  ThreadPool pool(2);
  const EvaluateModelResult result = evaluate_model(request, registry(), pool);
  EXPECT_EQ(result.dataset.samples(), 30U);
  EXPECT_EQ(result.dataset.classes_size(), 3);
  EXPECT_EQ(result.evaluation.backend(), "reference");
  const auto outcome = workspace.run(
      "stages: [{load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}}, {evaluate: {backend: "
      "reference}}]");
  EXPECT_EQ(result.evaluation.mean_accuracy(), outcome.results.variants(0).evaluation().mean_accuracy());
}

TEST(EvaluateModel, PackedImagesNeedLabels) {
  const Workspace workspace;
  EvaluateModelRequest request;
  request.model = workspace / "tiny.mlmodel";
  request.dataset.images = workspace / "images.npy";
  request.backend = "reference";
  ThreadPool pool(1);
  EXPECT_THAT(fault_of([&] { evaluate_model(request, registry(), pool); }),
              HasSubstr("images.npy: arrays need labels or targets"));
}

}  // namespace
}  // namespace goldilocks::pipeline
