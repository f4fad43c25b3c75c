// What `evaluate: {time: true}` measures, as far as it can be known beforehand.
#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/data/npy.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::HasSubstr;
using testing::Workspace;

std::string timed_pipeline(const std::string& evaluate, const std::string& select = "{}") {
  return "name: tiny\nstages:\n  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}\n"
         "  - quantize: {sweep: {function: linear, bits: [8, 2]}}\n  - evaluate: {backend: reference" +
         evaluate + "}\n  - select: " + select + "\n";
}

TEST(EvaluateStage, MeasuresTimeWhereItIsAskedTo) {
  const Workspace workspace;
  EXPECT_EQ(workspace.parse(timed_pipeline("")).evaluate->rounds, 0U);
  EXPECT_EQ(workspace.parse(timed_pipeline(", time: false")).evaluate->rounds, 0U);
  EXPECT_EQ(workspace.parse(timed_pipeline(", time: true")).evaluate->rounds, 30U);
  const PipelineSpec spec = workspace.parse(timed_pipeline(", time: true, rounds: 7"));
  EXPECT_EQ(spec.evaluate->rounds, 7U);
  EXPECT_EQ(workspace.parse(to_yaml(spec)).evaluate->rounds, 7U);
  EXPECT_THAT(workspace.faults(timed_pipeline(", rounds: 7")), HasSubstr("'rounds' needs 'time: true'"));
  EXPECT_THAT(workspace.faults(timed_pipeline(", time: true, rounds: 5")),
              HasSubstr("'rounds' must be from 6 to 100000"));
}

TEST(SelectStage, NeedsTimesThatAreMeasured) {
  const Workspace workspace;
  EXPECT_THAT(workspace.faults(timed_pipeline("", "{objective: time}")),
              HasSubstr("the objective 'time' needs 'time: true' in the 'evaluate' stage"));
  EXPECT_THAT(workspace.faults(timed_pipeline("", "{constraints: [{time: {at_most: 1}}]}")),
              HasSubstr("the constraint on 'time' needs 'time: true' in the 'evaluate' stage"));
}

TEST(AddSpeeds, EveryVariantHasTimesAndTheSelectionGoesByThem) {
  const Workspace workspace;
  const auto outcome = workspace.run(timed_pipeline(
      ", time: true, rounds: 9", "{objective: time, constraints: [{time: {at_most: 60}}], confidence: 0.95}"));
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
  double of_the_chosen = 0;
  for (const goldilocks::Variant& variant : outcome.results.variants()) {
    if (!variant.function().empty()) fastest = std::min(fastest, variant.cost().speed().seconds_per_sample());
  }
  for (const goldilocks::Variant& variant : outcome.results.variants()) {
    if (variant.name() == chosen) of_the_chosen = variant.cost().speed().seconds_per_sample();
  }
  EXPECT_EQ(of_the_chosen, fastest);
  EXPECT_THAT(outcome.results.selection().reason(), HasSubstr("is the fastest of 2 variants"));
  EXPECT_THAT(outcome.results.selection().reason(), HasSubstr("limit 60 s"));
}

// Six rounds are the fewest that give an interval of 95 % confidence, and eight of 99 %.
TEST(AddSpeeds, TakesAsManyRoundsAndTheConfidenceThatTheStageSays) {
  const Workspace workspace;
  const auto speed = [&](const std::string& rounds) {
    return workspace.run(timed_pipeline(", time: true, rounds: " + rounds)).results.variants(1).cost().speed();
  };
  EXPECT_TRUE(speed("6").has_interval());
  EXPECT_FALSE(speed("7, confidence: 0.99").has_interval());
  EXPECT_EQ(speed("8, confidence: 0.99").interval().confidence(), 0.99);
}

TEST(AddSpeeds, AreInSeconds) {
  const Workspace workspace;
  const auto start = std::chrono::steady_clock::now();
  const auto results = workspace.run(timed_pipeline(", time: true, rounds: 400")).results;
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const goldilocks::Variant& variant : results.variants()) {
    // Half of the predictions took the median or more.
    EXPECT_LT(variant.cost().speed().seconds_per_sample() * 200, elapsed);
  }
}

TEST(AddSpeeds, AVariantThatFailedHasNone) {
  const Workspace workspace;
  std::string yaml = timed_pipeline(", time: true, rounds: 6", "{max_drop: 1}");
  yaml.replace(yaml.find("linear, bits: [8, 2]"), 20, "fails_at_four, bits: [8, 4]");
  const auto results = workspace.run(yaml).results;
  ASSERT_EQ(results.variants_size(), 3);
  EXPECT_TRUE(results.variants(1).cost().has_speed());
  EXPECT_FALSE(results.variants(2).error().empty());
  EXPECT_FALSE(results.variants(2).cost().has_speed());
}

// An input of whole numbers may be an index, and a table has no entry below 0.
TEST(AddSpeeds, IndexesAreWithinAnyTable) {
  for (const auto type :
       {CoreML::Specification::ArrayFeatureType::INT32, CoreML::Specification::ArrayFeatureType::FLOAT32,
        CoreML::Specification::ArrayFeatureType::DOUBLE}) {
    const Workspace workspace;
    auto net = testing::ModelBuilder(1)
                   .array_input("x", {16})
                   .exact_shapes()
                   .layer("table",
                          [](auto& layer) {
                            auto& table = *layer.mutable_gather();
                            table.set_axis(0);
                          })
                   .build();
    auto& gather = *net.mutable_neuralnetwork()->mutable_layers(0);
    auto& table = *net.mutable_neuralnetwork()->add_layers();
    table.set_name("values");
    table.add_output("values");
    table.mutable_loadconstantnd()->add_shape(1);
    table.mutable_loadconstantnd()->mutable_data()->add_floatvalue(1);
    gather.clear_input();
    gather.add_input("values");
    gather.add_input("x");
    net.mutable_neuralnetwork()->mutable_layers()->SwapElements(0, 1);
    net.mutable_description()->mutable_input(0)->mutable_type()->mutable_multiarraytype()->set_datatype(type);
    workspace.write("tiny.mlmodel", model::serialize_model(net));
    workspace.write("x.npy", data::npy_header("|u1", std::vector<std::int64_t>{5, 16}) + std::string(80, '\0'));
    const auto outcome = workspace.run(
        "stages:\n  - load: {model: tiny.mlmodel, dataset: {inputs: x.npy}}\n"
        "  - quantize: {sweep: {function: linear, bits: 8}}\n"
        "  - evaluate: {backend: reference, time: true, rounds: 6}\n");
    EXPECT_EQ(outcome.exit_code, ExitCode::done);
    EXPECT_TRUE(outcome.results.variants(0).cost().has_speed());
  }
}

}  // namespace
}  // namespace goldilocks::pipeline
