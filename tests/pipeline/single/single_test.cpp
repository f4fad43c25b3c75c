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
std::string usage_error_of(const Call& call) {
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
  request.step.function = "kmeans_lut";
  request.step.bits = 2;
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
  request.step.function = "chooser";
  ThreadPool pool(1);
  EXPECT_LT(quantize_file(request, registry(), pool).bytes_after, std::filesystem::file_size(request.model));
}

TEST(QuantizeFile, AskingForAWidthThatIsNotOfferedIsAUsageError) {
  const Workspace workspace;
  ThreadPool pool(1);
  QuantizeFileRequest request;
  request.model = workspace / "tiny.mlmodel";
  request.step.function = "linear_symmetric";
  const auto quantize = [&] { quantize_file(request, registry(), pool); };
  EXPECT_THAT(usage_error_of(quantize), HasSubstr("linear_symmetric needs a width: "));
  request.step.bits = 4;
  EXPECT_THAT(usage_error_of(quantize), HasSubstr("linear_symmetric does not offer 4 bits; it offers "));
  request.step.function = "chooser";
  EXPECT_EQ(usage_error_of(quantize), "chooser chooses the widths itself; leave the bits out");
  request.step = {.function = "linear_lut", .options = {{"rnge", "closed"}}, .bits = 4, .layout = {}};
  EXPECT_EQ(usage_error_of(quantize), "quantizer linear_lut has no option 'rnge'; did you mean 'range'?");
  request.step.options = {{"range", "closed"}, {"range", "closed"}};
  EXPECT_EQ(usage_error_of(quantize), "quantizer linear_lut: option 'range' is given twice");
}

TEST(QuantizeFile, AFailureLeavesNothing) {
  const Workspace workspace;
  QuantizeFileRequest request;
  request.model = workspace / "tiny.mlmodel";
  request.step = {.function = "fails_at_four", .options = {}, .bits = 4, .layout = {}};
  request.output = workspace / "out.mlmodel";
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

// The images of a workspace as samples that are in memory.
std::shared_ptr<data::Dataset> samples_of(const Workspace& workspace) {
  const data::Dataset packed = data::open_packed_images(workspace / "images.npy", workspace / "labels.npy");
  auto dataset = std::make_shared<data::Dataset>();
  dataset->path = "samples";
  dataset->classes = packed.classes;
  for (std::size_t i = 0; i < packed.samples.size(); ++i) {
    dataset->samples.push_back({std::to_string(i), {}, packed.samples[i].label});
    dataset->samples.back().image = [image = data::stored_image(packed, i)] { return image; };
  }
  return dataset;
}

TEST(EvaluateModel, SamplesInMemoryGiveTheFiguresOfTheirFile) {
  const Workspace workspace;
  EvaluateModelRequest request{workspace / "tiny.mlmodel", {}, {}, "reference", {}};
  request.dataset.samples = samples_of(workspace);
  ThreadPool pool(2);
  const EvaluateModelResult result = evaluate_model(request, registry(), pool);
  EXPECT_EQ(result.dataset.name(), "samples");
  EXPECT_EQ(result.dataset.labelling(), "class");
  request.dataset = {.images = workspace / "images.npy", .labels = workspace / "labels.npy"};
  const EvaluateModelResult expected = evaluate_model(request, registry(), pool);
  ASSERT_EQ(result.evaluation.figures_size(), expected.evaluation.figures_size());
  for (int i = 0; i < result.evaluation.figures_size(); ++i) {
    EXPECT_EQ(result.evaluation.figures(i).value(), expected.evaluation.figures(i).value());
  }
}

TEST(EvaluateModel, SamplesThatCannotBeDecodedAreUnusable) {
  const Workspace workspace;
  EvaluateModelRequest request{workspace / "tiny.mlmodel", {}, {}, "reference", {}};
  const auto samples = samples_of(workspace);
  samples->samples[4].image = []() -> data::Image { throw DataError("no pixels"); };
  request.dataset.samples = samples;
  ThreadPool pool(2);
  EXPECT_THROW(evaluate_model(request, registry(), pool), DataError);
  request.dataset.max_unusable = 1;
  EXPECT_EQ(evaluate_model(request, registry(), pool).evaluation.samples(), 29U);
}

TEST(EvaluateModel, ComputesTheMetricsThatAreNamedAndThoseOfTheCaller) {
  const Workspace workspace;
  EvaluateModelRequest request{workspace / "tiny.mlmodel", {}, {}, "reference", {}};
  request.dataset.samples = samples_of(workspace);
  const auto count = [](const evaluation::Answers& answers, double) {
    return evaluation::Measured{static_cast<double>(answers.samples), {}, {}};
  };
  request.figures.added = {{"count", "how many", evaluation::Needs::targets, true, count}};
  ThreadPool pool(2);
  const auto alone = evaluate_model(request, registry(), pool).evaluation;
  ASSERT_EQ(alone.figures_size(), 1);
  EXPECT_EQ(alone.figures(0).metric(), "count");
  EXPECT_EQ(alone.figures(0).value(), 30);
  request.figures.metrics = {"accuracy"};
  EXPECT_EQ(evaluate_model(request, registry(), pool).evaluation.figures_size(), 2);
  request.figures.metrics = {"acuracy"};
  EXPECT_EQ(usage_error_of([&] { evaluate_model(request, registry(), pool); }),
            "there is no metric 'acuracy'; did you mean 'accuracy'?");
}

TEST(EvaluateModel, PackedImagesNeedLabels) {
  const Workspace workspace;
  EvaluateModelRequest request;
  request.model = workspace / "tiny.mlmodel";
  request.dataset.images = workspace / "images.npy";
  request.backend = "reference";
  ThreadPool pool(1);
  EXPECT_THAT(usage_error_of([&] { evaluate_model(request, registry(), pool); }),
              HasSubstr("images.npy: arrays need labels or targets"));
}

}  // namespace
}  // namespace goldilocks::pipeline
