// The sensitivity and mixed stages: what they measure is held against models that are quantized and run as any other.
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/evaluation/divergence.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/predictions/predictions.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "core/pipeline/run.hpp"
#include "core/pipeline/single/single.hpp"
#include "core/pipeline/widths/partial_graph.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/as_model.hpp"

namespace goldilocks::pipeline {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::registry;
using testing::Workspace;

std::string study(const std::string& mixed, const std::string& sensitivity = "", const std::string& before = "") {
  return "stages:\n"
         "  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}\n" +
         before + "  - sensitivity: {function: kmeans_lut, backend: reference" + sensitivity + "}\n" + mixed;
}

// What a file says of the workspace's images.
std::vector<float> scores_of_file(const Workspace& workspace, const fs::path& file) {
  return testing::scores_of(lower_image_network(*formats::open(file), file.string()), workspace / "images.npy");
}

double divergence_of(const Workspace& workspace, const fs::path& file) {
  const std::vector<float> baseline = scores_of_file(workspace, workspace / "tiny.mlmodel");
  const std::vector<float> scores = scores_of_file(workspace, file);
  return evaluation::mean_divergence({baseline, 3}, {scores, 3});
}

fs::path quantize_by_rules(const Workspace& workspace, const fs::path& rules, const std::string& name, int bits) {
  QuantizeFileRequest request;
  request.model = workspace / "tiny.mlmodel";
  request.step.function = "kmeans_lut";
  request.step.bits = bits;
  request.rules = rules;
  request.output = workspace / name;
  ThreadPool pool(2);
  quantize_file(request, registry(), pool);
  return request.output;
}

TEST(Sensitivity, IsTheDivergenceOfAModelWithOneTensorQuantized) {
  const Workspace workspace;
  const goldilocks::Results results = workspace.run(study("")).results;
  ASSERT_EQ(results.sensitivities_size(), 1);
  const goldilocks::Sensitivity& found = results.sensitivities(0);
  EXPECT_EQ(found.model(), "tiny");
  EXPECT_EQ(found.metric(), "kl");
  EXPECT_EQ(found.samples(), 30U);
  EXPECT_THAT(found.bits(), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 16));
  ASSERT_EQ(found.tensors_size(), 2);  // biases have no choice
  for (const goldilocks::SensitiveTensor& tensor : found.tensors()) {
    EXPECT_EQ(tensor.parameter(), "weights");
    for (const int index : {0, 2}) {
      const int bits = static_cast<int>(found.bits(index));
      const fs::path rules = workspace.write("one.yaml", "rules: [{match: {layer: " + tensor.layer() +
                                                             ", parameter: weights}, bits: " + std::to_string(bits) +
                                                             "}, {match: {layer: '*'}, skip: true}]");
      const double expected = divergence_of(workspace, quantize_by_rules(workspace, rules, "one.mlmodel", bits));
      EXPECT_NEAR(tensor.divergence(index), expected, 1e-6 + 1e-4 * expected) << tensor.layer() << " at " << bits;
    }
    EXPECT_GT(tensor.divergence(0), tensor.divergence(8));
    EXPECT_LT(tensor.bytes(0), tensor.bytes(8));
    EXPECT_TRUE(std::isnan(tensor.divergence(7))) << "8 bits and their table take more than float16";
    EXPECT_EQ(tensor.bytes(7), 0U);
  }
  EXPECT_EQ(results.sensitivities(0).tensors(1).layer(), "dense");
}

TEST(Sensitivity, OfFewerSamplesAndWidths) {
  const Workspace workspace;
  const auto results = workspace.run(study("", ", bits: [8, 2], samples: 7")).results;
  EXPECT_THAT(results.sensitivities(0).bits(), ElementsAre(2, 8));
  EXPECT_EQ(results.sensitivities(0).samples(), 7U);
}

TEST(Sensitivity, GoesOnWhereItWas) {
  const Workspace workspace;
  const std::string first = to_json_text(workspace.run(study("")).results);
  // The task's own record is gone, those of its tensors are there: with nothing to compute it takes no function.
  const Plan plan = workspace.plan(study(""));
  std::size_t removed = 0;
  for (const Task& task : plan.tasks) {
    if (task.kind != TaskKind::sensitivity) continue;
    removed += fs::remove(workspace / "store/records" / task.key.substr(0, 2) / (task.key + ".json")) ? 1 : 0;
  }
  EXPECT_EQ(removed, 1U);
  const auto records = [&] {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(workspace / "store/records")) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  };
  const std::size_t before = records();
  EXPECT_EQ(to_json_text(workspace.run(study("")).results), first);
  EXPECT_EQ(records(), before + 1);
}

// All of tiny's tensors are too small for tables of 8 bits, and 16 was not asked for.
TEST(Sensitivity, WhereNoCodesAreSmallerFloat16IsTheOnlyChoice) {
  const Workspace workspace;
  const RunOutcome outcome = workspace.run(study("  - mixed: {name: m, kl: 1}\n", ", bits: [8]"));
  ASSERT_EQ(outcome.exit_code, ExitCode::done) << ::testing::PrintToString(outcome.failures);
  for (const goldilocks::TensorWidth& width : outcome.results.mixed(0).widths()) EXPECT_EQ(width.bits(), 16U);
  for (const goldilocks::Tensor& tensor : outcome.results.variants(1).tensors()) EXPECT_EQ(tensor.after(), "float16");
}

TEST(Mixed, AFileAsLargeAsAnotherIsNoFurtherFromTheModel) {
  const Workspace workspace;
  const RunOutcome outcome = workspace.run(study("  - mixed: {size_of: q}\n  - evaluate: {backend: reference}\n", "",
                                                 "  - quantize: {name: q, sweep: {function: kmeans_lut, bits: 3}}\n"));
  ASSERT_EQ(outcome.exit_code, ExitCode::done) << ::testing::PrintToString(outcome.failures);
  const goldilocks::MixedWidths& mixed = outcome.results.mixed(0);
  const fs::path file = workspace / "run/tiny_mixed.mlmodel";
  EXPECT_LE(fs::file_size(file), fs::file_size(workspace / "run/q.mlmodel"));
  EXPECT_EQ(mixed.target(), "at most as large as q");
  const double measured = divergence_of(workspace, file);
  EXPECT_NEAR(mixed.measured_divergence(), measured, 1e-6 + 1e-4 * measured);
  EXPECT_LE(mixed.measured_divergence(), mixed.uncorrected_divergence());
  EXPECT_LE(measured, divergence_of(workspace, workspace / "run/q.mlmodel"));
  ASSERT_EQ(mixed.widths_size(), 4);
  EXPECT_EQ(mixed.widths(1).parameter(), "bias");
  EXPECT_EQ(mixed.widths(1).bits(), 16U);
  const goldilocks::Variant& variant = outcome.results.variants(2);
  EXPECT_EQ(variant.name(), "tiny_mixed");
  EXPECT_EQ(variant.function(), "kmeans_lut");
  EXPECT_EQ(variant.bits(), 0U);
  EXPECT_EQ(variant.evaluation().baseline(), "tiny");
  EXPECT_EQ(variant.tensors_size(), 4);
}

TEST(Mixed, ItsRulesMakeTheSameFileAgain) {
  const Workspace workspace;
  const RunOutcome outcome = workspace.run(study("  - mixed: {name: m, size: 1500}\n"));
  ASSERT_EQ(outcome.exit_code, ExitCode::done) << ::testing::PrintToString(outcome.failures);
  EXPECT_LE(fs::file_size(workspace / "run/m.mlmodel"), 1500U);
  EXPECT_EQ(outcome.results.mixed(0).rules_file(), "m.rules.yaml");
  const std::string rules = read_file(workspace / "run/m.rules.yaml");
  EXPECT_THAT(rules, HasSubstr("# m: at most 1500 bytes"));
  EXPECT_THAT(rules, HasSubstr("# goldilocks quantize tiny.mlmodel --function kmeans_lut --bits "));
  // What a command line says beside the rules has no say.
  for (const int bits : {1, 8}) {
    const fs::path again = quantize_by_rules(workspace, workspace / "run/m.rules.yaml", "again.mlmodel", bits);
    EXPECT_TRUE(read_file(again) == read_file(workspace / "run/m.mlmodel")) << bits;
  }
}

TEST(Mixed, TheSmallestFileWithinADivergence) {
  const Workspace workspace;
  const RunOutcome outcome = workspace.run(
      study("  - mixed: {name: near, kl: 0.0001}\n  - mixed: {name: far, kl: 0.01}\n  - mixed: {name: few, kl: 0.01, "
            "measurements: 1}\n"));
  ASSERT_EQ(outcome.exit_code, ExitCode::done) << ::testing::PrintToString(outcome.failures);
  EXPECT_LE(divergence_of(workspace, workspace / "run/near.mlmodel"), 0.000101);
  EXPECT_LE(divergence_of(workspace, workspace / "run/far.mlmodel"), 0.0101);
  EXPECT_LE(fs::file_size(workspace / "run/far.mlmodel"), fs::file_size(workspace / "run/near.mlmodel"));
  EXPECT_EQ(outcome.results.mixed(2).measurements(), 1U);
}

TEST(Mixed, AnImpossibleTargetNamesTheSmallestSize) {
  const Workspace workspace;
  const RunOutcome outcome = workspace.run(study("  - mixed: {size: 10}\n"));
  EXPECT_EQ(outcome.exit_code, ExitCode::unreadable);
  ASSERT_EQ(outcome.failures.size(), 1U);
  const std::string& failure = outcome.failures[0];
  const std::string words = "no widths make a file of at most 10 bytes; the smallest possible has ";
  ASSERT_THAT(failure, HasSubstr(words));
  EXPECT_THAT(failure, HasSubstr("tiny_mixed: "));
  const std::string smallest = failure.substr(failure.find(words) + words.size());
  const RunOutcome possible = workspace.run(study("  - mixed: {size: " + smallest + "}\n"), "possible");
  EXPECT_EQ(possible.exit_code, ExitCode::done) << ::testing::PrintToString(possible.failures);
  EXPECT_EQ(fs::file_size(workspace / "possible/tiny_mixed.mlmodel"), std::stoul(smallest));
  const std::string one_less = std::to_string(std::stoul(smallest) - 1);
  EXPECT_EQ(workspace.run(study("  - mixed: {size: " + one_less + "}\n"), "less").exit_code, ExitCode::unreadable);
}

TEST(Mixed, IsTheSameForAnyNumberOfThreads) {
  const Workspace workspace;
  const std::string yaml = study("  - mixed: {size: 1400}\n");
  const std::string one = to_json_text(workspace.run(yaml, "one", 1, "store1").results);
  EXPECT_EQ(to_json_text(workspace.run(yaml, "four", 4, "store4").results), one);
}

TEST(Mixed, WhatIsWrongIsSaid) {
  const Workspace workspace;
  EXPECT_THAT(workspace.faults(study("  - mixed: {name: x}\n")),
              HasSubstr("'mixed' has one target: 'size', 'size_of' or 'kl'"));
  EXPECT_THAT(workspace.faults(study("  - mixed: {size: 1, kl: 1}\n")), HasSubstr("'mixed' has one target"));
  EXPECT_THAT(workspace.faults(study("  - mixed: {kl: 0}\n")), HasSubstr("'kl' must be above 0"));
  EXPECT_THAT(workspace.faults(study("  - mixed: {size: 1, measurements: 0}\n")), HasSubstr("'measurements' must be"));
  EXPECT_THAT(workspace.faults(study("  - mixed: {size_of: tny}\n")), HasSubstr("did you mean 'tiny'"));
  EXPECT_THAT(workspace.faults(study("  - mixed: {size: 1}\n  - mixed: {size: 2}\n")),
              HasSubstr("two variants would be called 'tiny_mixed'"));
  EXPECT_THAT(workspace.faults(study("", ", bits: [32]")), HasSubstr("'bits' of 'sensitivity' are 1 to 8 and 16"));
  EXPECT_THAT(workspace.faults(study("", ", samples: 0")), HasSubstr("'samples' must be 1 or more"));
  EXPECT_THAT(workspace.faults(study("", ", input: tny")), HasSubstr("must be a loaded model"));
  EXPECT_THAT(workspace.faults("stages: [{load: {model: tiny.mlmodel}}, {mixed: {size: 1}}]"),
              HasSubstr("'mixed' needs a 'sensitivity' stage before it"));
  EXPECT_THAT(workspace.faults("stages: [{load: {model: tiny.mlmodel}}, {sensitivity: {function: kmeans_lut}}]"),
              HasSubstr("'sensitivity' needs a dataset"));
  EXPECT_THAT(
      workspace.faults("stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {sensitivity: {function: "
                       "chooser, backend: reference}}]"),
      HasSubstr("'chooser' chooses its widths itself"));
}

TEST(CommonOperations, EndWithTheFirstThatReadsAnotherConstant) {
  const ImageNetwork a = lower_image_network(*testing::as_model(testing::small_classifier(1)), "a");
  const glk_graph& graph = a.network->graph();
  EXPECT_EQ(common_operations(graph, graph), graph.operation_count);
  auto model = testing::small_classifier(1);
  auto& dense = *model.mutable_neuralnetworkclassifier()->mutable_layers(4)->mutable_innerproduct();
  dense.mutable_weights()->set_floatvalue(0, dense.weights().floatvalue(0) + 1);
  const ImageNetwork b = lower_image_network(*testing::as_model(model), "b");
  const std::size_t common = common_operations(graph, b.network->graph());
  EXPECT_GE(common, 3U);
  EXPECT_LT(common, graph.operation_count);
  EXPECT_EQ(values_across(graph, common, {}).size(), 1U);
  EXPECT_EQ(common_operations(
                graph, lower_image_network(*testing::as_model(testing::small_classifier(2)), "c").network->graph()),
            0U);
}

}  // namespace
}  // namespace goldilocks::pipeline
