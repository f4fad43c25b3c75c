// What `evaluate: {time: true}` measures, as far as it can be known beforehand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::HasSubstr;
using testing::Workspace;

std::string pipeline(const std::string& evaluate, const std::string& select = "{}") {
  return "name: tiny\nstages:\n  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}\n"
         "  - quantize: {sweep: {function: linear, bits: [8, 2]}}\n  - evaluate: {backend: reference" +
         evaluate + "}\n  - select: " + select + "\n";
}

TEST(EvaluateStage, MeasuresTimeWhereItIsAskedTo) {
  const Workspace workspace;
  EXPECT_EQ(workspace.parse(pipeline("")).evaluate->rounds, 0U);
  EXPECT_EQ(workspace.parse(pipeline(", time: false")).evaluate->rounds, 0U);
  EXPECT_EQ(workspace.parse(pipeline(", time: true")).evaluate->rounds, 30U);
  const PipelineSpec spec = workspace.parse(pipeline(", time: true, rounds: 7"));
  EXPECT_EQ(spec.evaluate->rounds, 7U);
  EXPECT_EQ(workspace.parse(to_yaml(spec)).evaluate->rounds, 7U);
  EXPECT_THAT(workspace.faults(pipeline(", rounds: 7")), HasSubstr("'rounds' needs 'time: true'"));
  EXPECT_THAT(workspace.faults(pipeline(", time: true, rounds: 5")), HasSubstr("'rounds' must be from 6 to 100000"));
}

TEST(SelectStage, NeedsTimesThatAreMeasured) {
  const Workspace workspace;
  EXPECT_THAT(workspace.faults(pipeline("", "{objective: time}")),
              HasSubstr("the objective 'time' needs 'time: true' in the 'evaluate' stage"));
  EXPECT_THAT(workspace.faults(pipeline("", "{constraints: [{time: {at_most: 1}}]}")),
              HasSubstr("the constraint on 'time' needs 'time: true' in the 'evaluate' stage"));
}

TEST(AddSpeeds, EveryVariantHasTimesAndTheSelectionGoesByThem) {
  const Workspace workspace;
  const auto outcome = workspace.run(
      pipeline(", time: true, rounds: 9", "{objective: time, constraints: [{time: {at_most: 60}}], confidence: 0.95}"));
  ASSERT_EQ(outcome.results.variants_size(), 3);
  for (const goldilocks::Variant& variant : outcome.results.variants()) {
    ASSERT_TRUE(variant.cost().has_speed()) << variant.name();
    const goldilocks::SpeedFigure& speed = variant.cost().speed();
    EXPECT_EQ(speed.backend(), "reference");
    EXPECT_EQ(speed.rounds(), 9U);
    EXPECT_GT(speed.seconds_per_sample(), 0);
    EXPECT_GE(speed.spread(), 0);
    ASSERT_TRUE(speed.has_interval());
    EXPECT_LE(speed.interval().lower(), speed.seconds_per_sample());
    EXPECT_GE(speed.interval().upper(), speed.seconds_per_sample());
    EXPECT_EQ(speed.interval().confidence(), 0.95);
  }
  const std::string& chosen = outcome.results.selection().chosen();
  ASSERT_FALSE(chosen.empty());
  double fastest = 1e9;
  for (const goldilocks::Variant& variant : outcome.results.variants()) {
    if (!variant.function().empty()) fastest = std::min(fastest, variant.cost().speed().seconds_per_sample());
  }
  for (const goldilocks::Variant& variant : outcome.results.variants()) {
    if (variant.name() != chosen) continue;
    EXPECT_EQ(variant.cost().speed().seconds_per_sample(), fastest);
  }
  EXPECT_THAT(outcome.results.selection().reason(), HasSubstr("is the fastest of 2 variants"));
  EXPECT_THAT(outcome.results.selection().reason(), HasSubstr("limit 60 s"));
}

}  // namespace
}  // namespace goldilocks::pipeline
