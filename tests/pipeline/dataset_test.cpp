// What the kinds and parts of datasets do to a run.
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/pipeline/results_json.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::ElementsAre;
using testing::Workspace;

std::string on_part(const std::string& part, const std::string& split = "parts: {choose: 0.4, prove: 0.6}, seed: 2") {
  return "stages:\n  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy, split: {" + split +
         "}}}\n  - evaluate: {backend: reference" + (part.empty() ? "" : ", part: " + part) + "}\n";
}

TEST(Parts, AreEvaluatedAlone) {
  const Workspace workspace;
  const goldilocks::Results results = workspace.run(on_part("prove")).results;
  ASSERT_EQ(results.datasets_size(), 1);
  const goldilocks::Dataset& dataset = results.datasets(0);
  EXPECT_EQ(dataset.name(), "images/prove");
  EXPECT_EQ(dataset.split(), "prove: 60 %, stratified, seed 2");
  EXPECT_EQ(dataset.samples(), 18U);
  EXPECT_THAT(dataset.class_samples(), ElementsAre(6, 6, 6));
  EXPECT_EQ(results.variants(0).evaluation().samples(), 18U);
  EXPECT_EQ(results.variants(0).evaluation().dataset(), "images/prove");
}

TEST(Parts, RightAnswersOfThePartsAddUpToThoseOfTheWhole) {
  const Workspace workspace;
  const auto right = [&](const std::string& part) {
    const auto& evaluation = workspace.run(on_part(part)).results.variants(0).evaluation();
    return evaluation.accuracy() * evaluation.samples();
  };
  EXPECT_NEAR(right("choose") + right("prove"), right(""), 1e-9);
}

TEST(Parts, HaveKeysOfTheirOwn) {
  const Workspace workspace;
  std::set<std::string> keys;
  for (const char* part : {"choose", "prove", ""}) {
    const Plan plan = workspace.plan(on_part(part));
    keys.insert(plan.tasks.at(0).key);
    keys.insert(plan.tasks.at(1).key);
  }
  EXPECT_EQ(keys.size(), 6U);
  const std::string other = "parts: {choose: 0.4, prove: 0.6}, seed: 3";
  EXPECT_NE(workspace.plan(on_part("prove", other)).tasks.at(1).key, workspace.plan(on_part("prove")).tasks.at(1).key);
  EXPECT_EQ(workspace.plan(on_part("", other)).tasks.at(1).key, workspace.plan(on_part("")).tasks.at(1).key);
}

TEST(Parts, StandInThePlan) {
  const Workspace workspace;
  const PipelineSpec spec = workspace.parse(on_part("choose"));
  const Plan plan = workspace.plan(on_part("choose"));
  const goldilocks::Plan message = to_message(spec, plan, testing::registry());
  EXPECT_EQ(message.datasets(0).name(), "images/choose");
  EXPECT_EQ(message.datasets(0).split(), "choose: 40 %, stratified, seed 2");
  EXPECT_EQ(plan.tasks.at(0).id, "prepare images/choose 8x8x3");
}

TEST(Parts, AClassWithoutASampleIsANotice) {
  const Workspace workspace;
  const Plan plan = workspace.plan(on_part("few", "parts: {few: 0.05}"));
  ASSERT_EQ(plan.datasets.at(0).content->samples.size(), 2U);
  ASSERT_EQ(plan.notices.size(), 1U);
  EXPECT_EQ(plan.notices[0].substr(0, 40), "images/few: no sample of the class '1'");
}

}  // namespace
}  // namespace goldilocks::pipeline
