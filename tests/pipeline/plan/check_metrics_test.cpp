#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Workspace;

constexpr const char* labelled = "images: images.npy, labels: labels.npy";
constexpr const char* unlabelled = "images: images.npy, labelled: false";

std::string pipeline_of(const std::string& dataset, const std::string& evaluate, const std::string& select = "") {
  std::string text = "stages:\n  - load: {model: tiny.mlmodel, dataset: {" + dataset + "}}\n";
  text += "  - quantize: {sweep: {function: linear, bits: [8, 2]}}\n";
  text += "  - evaluate: {backend: reference" + evaluate + "}\n";
  if (!select.empty()) text += "  - select: {" + select + "}\n";
  return text;
}

// What planning says; "" if it finds no fault.
std::string plan_faults(const Workspace& workspace, const std::string& yaml) {
  try {
    workspace.plan(yaml);
  } catch (const PipelineErrors& errors) {
    return errors.what();
  }
  return "";
}

TEST(NamedMetrics, OfLabelsNeedLabels) {
  const Workspace workspace;
  const auto faults = plan_faults(workspace, pipeline_of(unlabelled, ", metrics: [kl, mean_accuracy, confusion]"));
  EXPECT_THAT(faults,
              HasSubstr("pipeline.yaml:4:50: 'mean_accuracy' can't be computed: dataset 'images' has no labels"));
  EXPECT_THAT(faults, HasSubstr("pipeline.yaml:4:65: 'confusion' can't be computed: dataset 'images' has no labels"));
  EXPECT_EQ(plan_faults(workspace, pipeline_of(unlabelled, ", metrics: [kl, snr, top1_agreement]")), "");
}

TEST(NamedMetrics, OfTargetsAndImagesNeedThose) {
  const Workspace workspace;
  const auto faults = plan_faults(workspace, pipeline_of(labelled, ", metrics: [mse, ssim]"));
  EXPECT_THAT(faults, HasSubstr("pipeline.yaml:4:46: 'mse' can't be computed: dataset 'images' has no targets"));
  EXPECT_THAT(faults, HasSubstr("pipeline.yaml:4:51: 'ssim' can't be computed: 'tiny' doesn't make images"));
}

TEST(NamedMetrics, OfAsManyAnswersAsThereAreClassesSayNothing) {
  const Workspace workspace;
  const auto faults = plan_faults(workspace, pipeline_of(labelled, ", metrics: [top2_accuracy, top3_accuracy]"));
  EXPECT_EQ(
      faults,
      (workspace / "pipeline.yaml").string() +
          ":4:61: 'top3_accuracy' can't be computed: 'tiny' has 3 classes, so that it would be 1 for any answers");
  EXPECT_THAT(plan_faults(workspace, pipeline_of(labelled, "", "constraints: {top5_agreement: {at_least: 0.9}}")),
              HasSubstr("5:28: 'top5_agreement' can't be computed: 'tiny' has 3 classes"));
}

TEST(NamedMetrics, OfComparisonsNeedAnotherModel) {
  const Workspace workspace;
  std::string yaml = pipeline_of(labelled, ", metrics: [kl]");
  yaml.erase(yaml.find("  - quantize"), yaml.find("  - evaluate") - yaml.find("  - quantize"));
  EXPECT_THAT(plan_faults(workspace, yaml),
              HasSubstr("'kl' can't be computed: 'tiny' is compared with no other model"));
}

TEST(NamedMetrics, OfASelectionAreChecked) {
  const Workspace workspace;
  const auto faults = [&](const std::string& select) {
    return plan_faults(workspace, pipeline_of(unlabelled, "", select));
  };
  EXPECT_THAT(faults("objective: size"),
              HasSubstr("5:5: 'mean_drop' can't be computed: dataset 'images' has no labels"));
  EXPECT_THAT(faults("constraints: {mse: {at_most: 1}}"), HasSubstr("5:28: 'mse' can't be computed"));
  EXPECT_THAT(faults("constraints: {kl: {at_most: 1}}, front: [size, mean_accuracy]"),
              HasSubstr("'mean_accuracy' can't be computed"));
  EXPECT_EQ(faults("constraints: {agreement: {at_least: 0.5}, kl: {at_most: 1}}"), "");
}

TEST(NamedMetrics, OfLimitsWithNamesOfTheirOwnAreChecked) {
  const Workspace workspace;
  const auto faults = [&](const std::string& dataset, const std::string& limit) {
    return plan_faults(workspace, pipeline_of(dataset, "", "constraints: {" + limit + ": {at_most: 1}}"));
  };
  for (const char* metric : {"mean_drop", "worst_class_drop", "worst_class_accuracy"}) {
    EXPECT_THAT(faults(unlabelled, metric), HasSubstr("dataset 'images' has no labels")) << metric;
    EXPECT_EQ(faults(labelled, metric), "") << metric;
  }
  for (const char* metric : {"mse_rise", "mae_rise"}) {
    EXPECT_THAT(faults(labelled, metric), HasSubstr("dataset 'images' has no targets")) << metric;
  }
}

TEST(NamedMetrics, OfAProofAreChecked) {
  const Workspace workspace;
  const std::string parts = ", split: {parts: {choose: 0.5, prove: 0.5}}";
  const std::string yaml =
      pipeline_of(std::string(unlabelled) + parts, ", part: choose", "constraints: {kl: {at_most: 1}}");
  EXPECT_EQ(plan_faults(workspace, yaml + "  - prove: {part: prove}\n"), "");
  EXPECT_THAT(plan_faults(workspace, yaml + "  - prove: {part: prove, constraints: {accuracy: {at_least: 0}}}\n"),
              HasSubstr("6:40: 'accuracy' can't be computed: dataset 'images/choose' has no labels"));
}

TEST(NamedMetrics, OfADropNeedAnotherModel) {
  const Workspace workspace;
  for (const char* limit : {"mean_drop: {at_most: 1}", "agreement: {at_least: 0}"}) {
    std::string yaml = pipeline_of(labelled, "", "constraints: {" + std::string(limit) + "}");
    yaml.erase(yaml.find("  - quantize"), yaml.find("  - evaluate") - yaml.find("  - quantize"));
    EXPECT_THAT(plan_faults(workspace, yaml), HasSubstr("'tiny' is compared with no other model"));
  }
}

TEST(NamedMetrics, OfTwoModelsNeedTheSameLabels) {
  const Workspace workspace;
  const auto of_two = [](const std::string& evaluate) {
    return "stages:\n  - load: {models: [tiny.mlmodel, other.mlmodel], dataset: {" + std::string(labelled) +
           "}}\n  - evaluate: {backend: reference" + evaluate + "}\n";
  };
  EXPECT_THAT(workspace.plan(of_two(", metrics: [kl]")).notices, Not(Contains(HasSubstr("'kl'"))))
      << "the one that the other is compared with lacks nothing";
  const auto other = testing::ModelBuilder(2)
                         .image_input("image", 8, 8)
                         .flatten("flat")
                         .inner_product("dense", 3 * 8 * 8, 4)
                         .softmax("probabilities")
                         .classifier({"0", "1", "2", "one more"})
                         .build();
  workspace.write("other.mlmodel", model::serialize_model(other));
  EXPECT_THAT(plan_faults(workspace, of_two(", metrics: [kl]")),
              HasSubstr("'kl' can't be computed: 'other' and 'tiny' have different labels"));
  EXPECT_EQ(plan_faults(workspace, of_two("") + "  - select: {max_drop: 1}\n"), "");
}

TEST(NamedMetrics, ThatSomeModelsCantHaveAreNotices) {
  const Workspace workspace;
  const Plan plan = workspace.plan(
      "stages:\n  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}\n"
      "  - load: {model: other.mlmodel, dataset: {images: images.npy, labelled: false, name: plain}}\n"
      "  - evaluate: {backend: reference, metrics: [accuracy]}\n");
  EXPECT_THAT(plan.notices, Contains("'accuracy' is not computed for other: dataset 'plain' has no labels"));
}

TEST(SelectionWithoutLabels, GoesByAgreementAndDivergence) {
  const Workspace workspace;
  const auto results = workspace
                           .run(pipeline_of(unlabelled, "",
                                            "constraints: {agreement: {at_least: 0.9}, kl: {at_most: 0.01}}, "
                                            "confidence: 0.95"))
                           .results;
  EXPECT_EQ(results.selection().candidates_size(), 3);
  EXPECT_EQ(results.selection().front().y(), "agreement");
  EXPECT_THAT(results.selection().front().variants(), Contains("tiny_linear_8"));
  EXPECT_EQ(results.selection().candidates(2).variant(), "tiny");
  for (const goldilocks::Variant& variant : results.variants()) EXPECT_FALSE(variant.evaluation().has_mean_accuracy());
  EXPECT_THAT(results.findings(), IsEmpty());
}

}  // namespace
}  // namespace goldilocks::pipeline
