// Labels are what answers are compared by: a model may have one several times, or in another order than the model that
// it is compared with, and a folder's name may have an underscore that is part of the label.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/data/image.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/pipeline/single/compare_models.hpp"
#include "core/pipeline/single/single.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

namespace spec = ::CoreML::Specification;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Workspace;

spec::Model with_labels(spec::Model model, const std::vector<std::string>& labels) {
  auto& vector = *model.mutable_neuralnetworkclassifier()->mutable_stringclasslabels()->mutable_vector();
  vector.Assign(labels.begin(), labels.end());
  return model;
}

// small_classifier() with its scores, and the labels of them, in another order.
spec::Model reordered(const std::vector<int>& order) {
  spec::Model model = testing::small_classifier(1);
  std::vector<std::string> labels;
  for (auto& layer : *model.mutable_neuralnetworkclassifier()->mutable_layers()) {
    if (!layer.has_innerproduct()) continue;
    const spec::InnerProductLayerParams old = layer.innerproduct();
    const auto inputs = static_cast<int>(old.inputchannels());
    for (int to = 0; to < 3; ++to) {
      const int from = order[static_cast<std::size_t>(to)];
      layer.mutable_innerproduct()->mutable_bias()->set_floatvalue(to, old.bias().floatvalue(from));
      for (int i = 0; i < inputs; ++i) {
        layer.mutable_innerproduct()->mutable_weights()->set_floatvalue(to * inputs + i,
                                                                        old.weights().floatvalue(from * inputs + i));
      }
      labels.push_back(std::to_string(from));
    }
  }
  return with_labels(std::move(model), labels);
}

constexpr const char* packed = "{images: images.npy, labels: labels.npy}";

std::string loading(const std::string& models, const std::string& dataset) {
  return "stages:\n  - load: {models: [" + models + "], dataset: " + dataset +
         "}\n  - evaluate: {backend: reference}\n";
}

double metric_value(const goldilocks::Evaluation& evaluation, const std::string& metric) {
  for (const goldilocks::Figure& one : evaluation.figures()) {
    if (one.metric() == metric) return one.value();
  }
  ADD_FAILURE() << "no " << metric;
  return -1;
}

// What is "1" for the small classifier is another "0" for this one: the answers of both count as "0".
TEST(RepeatedLabels, AreOneAnswer) {
  const Workspace workspace;
  const auto two_zeros = with_labels(testing::small_classifier(1), {"0", "0", "2"});
  workspace.write("twice.mlmodel", model::serialize_model(two_zeros));
  std::string labels = testing::own_answers(workspace);
  std::size_t ones = 0;
  for (auto label = labels.end() - 30; label != labels.end(); ++label) {
    ones += *label == 1 ? 1 : 0;
    if (*label == 1) *label = 0;
  }
  ASSERT_GT(ones, 0U);
  workspace.write("labels.npy", labels);
  const auto results = workspace.run(loading("tiny.mlmodel, twice.mlmodel", packed)).results;
  const goldilocks::Evaluation& once = results.variants(0).evaluation();
  const goldilocks::Evaluation& twice = results.variants(1).evaluation();
  EXPECT_LT(once.accuracy(), 1);
  EXPECT_EQ(twice.accuracy(), 1);
  EXPECT_EQ(twice.mean_accuracy(), 1);
  for (const goldilocks::ConfusionCell& cell : twice.confusion_cells()) EXPECT_EQ(cell.class_(), cell.column());
  EXPECT_EQ(twice.differences_size(), static_cast<int>(ones));
  EXPECT_THAT(results.notices(),
              ElementsAre(HasSubstr("twice.mlmodel: the class label '0' stands for several scores")));
}

TEST(ReorderedLabels, AreComparedLabelByLabel) {
  const Workspace workspace;
  workspace.write("turned.mlmodel", model::serialize_model(reordered({2, 0, 1})));
  const auto results = workspace.run(loading("tiny.mlmodel, turned.mlmodel", packed)).results;
  const goldilocks::Evaluation& evaluation = results.variants(1).evaluation();
  EXPECT_EQ(evaluation.top1_agreement(), 1);
  EXPECT_EQ(evaluation.differences_size(), 0);
  EXPECT_EQ(evaluation.mean_drop(), 0);
  EXPECT_NEAR(metric_value(evaluation, "kl"), 0, 1e-12);
  EXPECT_NEAR(metric_value(evaluation, "max_difference"), 0, 1e-6);
  EXPECT_EQ(metric_value(evaluation, "top1_agreement"), 1);
}

TEST(ReorderedLabels, CanBeAskedForByName) {
  const Workspace workspace;
  workspace.write("turned.mlmodel", model::serialize_model(reordered({1, 2, 0})));
  std::string yaml = loading("tiny.mlmodel, turned.mlmodel", packed);
  yaml.replace(yaml.find("reference}"), 10, "reference, metrics: [kl, top2_agreement]}");
  EXPECT_EQ(workspace.run(yaml).results.variants(1).evaluation().figures_size(), 2);
}

TEST(ReorderedLabels, CompareHoldsThemAgainstEachOther) {
  const Workspace workspace;
  ThreadPool pool(2);
  CompareModelsRequest request;
  request.before = workspace / "tiny.mlmodel";
  request.after = workspace.write("turned.mlmodel", model::serialize_model(reordered({2, 1, 0})));
  request.dataset.images = workspace / "images.npy";
  request.backend = "reference";
  const goldilocks::Evaluation evaluation = compare_models(request, testing::registry(), pool).evaluation;
  EXPECT_EQ(evaluation.top1_agreement(), 1);
  EXPECT_EQ(evaluation.differences_size(), 0);
  EXPECT_NEAR(metric_value(evaluation, "snr"), 70, 20);  // no noise but the 1e-7 that is added
}

// Images of the workspace's size in folders of these names.
void add_folders(const Workspace& workspace, const std::vector<std::string>& folders) {
  int shade = 0;
  for (const std::string& folder : folders) {
    const data::Image image{8, 8, 3, std::vector<std::uint8_t>(8 * 8 * 3, static_cast<std::uint8_t>(shade += 50))};
    workspace.write(std::filesystem::path("set") / folder / "a.png", data::encode_png(image));
  }
}

TEST(FolderNames, AreTheModelsLabelsWhereTheyHaveAnUnderscore) {
  const Workspace workspace;
  workspace.write("colours.mlmodel",
                  model::serialize_model(with_labels(testing::small_classifier(1), {"deep_red", "sky blue", "x"})));
  add_folders(workspace, {"deep_red", "sky_blue", "x"});
  const auto results = workspace.run(loading("colours.mlmodel", "{images: set}")).results;
  EXPECT_THAT(results.datasets(0).classes(), ElementsAre("deep_red", "sky blue", "x"));
  EXPECT_EQ(results.variants(0).evaluation().class_accuracy_size(), 3);
}

TEST(FolderNames, OfTwoLabelsThatReadAlikeAreEachItsOwn) {
  const Workspace workspace;
  workspace.write("colours.mlmodel",
                  model::serialize_model(with_labels(testing::small_classifier(1), {"deep red", "deep_red", "x"})));
  add_folders(workspace, {"deep_red", "deep red"});
  const Plan plan = workspace.plan(loading("colours.mlmodel", "{images: set}"));
  EXPECT_THAT(plan.datasets.at(0).content->classes, ElementsAre("deep red", "deep_red"));
  EXPECT_THAT(plan.models.at(0)->class_index, ElementsAre(0U, 1U));
}

TEST(FolderNames, AreMatchedByOneCommandsToo) {
  const Workspace workspace;
  add_folders(workspace, {"deep_red", "cafe\u0301"});
  EvaluateModelRequest request;
  request.model = workspace.write(
      "colours.mlmodel",
      model::serialize_model(with_labels(testing::small_classifier(1), {"deep_red", "caf\u00e9", "x"})));
  request.dataset.images = workspace / "set";
  request.backend = "reference";
  ThreadPool pool(1);
  const EvaluateModelResult result = evaluate_model(request, testing::registry(), pool, {});
  EXPECT_THAT(result.dataset.classes(), ElementsAre("caf\u00e9", "deep_red"));
  EXPECT_THAT(result.evaluation.class_intervals(), ::testing::SizeIs(2));
}

}  // namespace
}  // namespace goldilocks::pipeline
