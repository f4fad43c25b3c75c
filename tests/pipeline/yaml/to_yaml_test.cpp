#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Workspace;

constexpr const char* full = R"(
name: all
variables: {root: {path: .}, wide: 4}
stages:
  - load:
      models: ["${root}/tiny.mlmodel", {path: other.mlmodel, name: second}]
      dataset: {images: images.npy, labels: labels.npy, crop: fill, filter: area,
                label_map: map.csv, max_unusable: 4,
                split: {parts: {calibrate: 0.4, "$${x}": 0.1, prove: 0.5}, seed: 7}}
  - quantize:
      id: first
      description: "{bits} bits for $${{money}}"
      sweep: {function: [linear, {linear_lut: {range: half_open, as: lut}}, linear_symmetric], bits: ["${wide}", 8]}
  - quantize:
      input: first
      name: "{model}+{function}"
      sweep: {function: [{with_options: {steps: [1, 2.5], note: "${wide}"}}], bits: 2}
  - sensitivity: {input: second, function: {linear_lut: {range: half_open}}, backend: reference, part: calibrate}
  - mixed: {name: "{model}-{bits}", description: "{function} for $${{less}}", size_of: tiny_linear_4, measurements: 7}
  - mixed: {name: near, kl: 0.015}
  - evaluate: {backend: reference, baseline: tiny, part: "$${x}"}
  - select: {max_drop: 0.015}
  - prove: {part: prove, constraints: [{kl: {at_most: 0.5}}, {size: {at_most: 1000}}], confidence: 0.9}
  - report: [{note: {path: a.txt}}, note]
)";

TEST(ToYaml, ParsesToTheSamePipelineAgain) {
  const Workspace workspace;
  workspace.write("map.csv", "class,label\n0,0\n");
  const PipelineSpec spec = workspace.parse(full);
  const std::string yaml = to_yaml(spec);
  const PipelineSpec again = workspace.parse(yaml);
  EXPECT_EQ(to_yaml(again), yaml);
  ASSERT_EQ(again.variants.size(), spec.variants.size());
  for (std::size_t i = 0; i < spec.variants.size(); ++i) {
    EXPECT_EQ(again.variants[i].name, spec.variants[i].name);
    EXPECT_EQ(again.variants[i].description, spec.variants[i].description);
    EXPECT_EQ(again.variants[i].baseline, spec.variants[i].baseline);
  }
  EXPECT_EQ(again.select->rule.limits.at(0).at_most, 0.015);
  EXPECT_EQ(again.prove->part, "prove");
  EXPECT_EQ(again.prove->rule.limits.at(1).metric, "size");
  EXPECT_EQ(again.prove->rule.confidence, 0.9);
  EXPECT_EQ(again.quantizes.at(1).functions.at(0).function.options, spec.quantizes[1].functions[0].function.options);
  EXPECT_EQ(again.sensitivity->function.widths, spec.sensitivity->function.widths);
  EXPECT_EQ(again.sensitivity->part, "calibrate");
  EXPECT_EQ(again.mixes.at(0).measurements, 7U);
  EXPECT_EQ(again.mixes.at(1).divergence, 0.015);
  EXPECT_EQ(again.datasets.at(0).preparation.filter, data::Filter::area);
  EXPECT_EQ(again.datasets[0].split, (data::Split{{{"calibrate", 0.4}, {"${x}", 0.1}, {"prove", 0.5}}, 7}));
  EXPECT_EQ(again.evaluate->part, "${x}");
  EXPECT_EQ(again.datasets[0].label_map->path, workspace / "map.csv");
  EXPECT_EQ(again.datasets[0].max_unusable, 4U);
}

TEST(ToYaml, WritesEveryConstraint) {
  const Workspace workspace;
  const PipelineSpec spec = workspace.parse(R"(
stages:
  - load: {model: tiny.mlmodel, dataset: {images: classes}}
  - evaluate: {backend: reference}
  - select:
      objective: zip_size
      max_drop: 0.25
      confidence: 0.95
      constraints: [{agreement: {at_least: 0.5}}, {size: {at_most: 12345}}]
      front: [zip_size, agreement]
)");
  workspace.write("again.yaml", to_yaml(spec));
  const PipelineSpec again = parse_pipeline(workspace / "again.yaml", {}, testing::registry());
  const evaluation::SelectionRule& rule = again.select->rule;
  EXPECT_EQ(rule.objective, "zip_size");
  EXPECT_EQ(rule.confidence, 0.95);
  ASSERT_EQ(rule.limits.size(), 3U);
  EXPECT_EQ(rule.limits[0].metric, "mean_drop");
  EXPECT_EQ(rule.limits[0].at_most, 0.25);
  EXPECT_EQ(rule.limits[1].metric, "agreement");
  EXPECT_EQ(rule.limits[1].at_least, 0.5);
  EXPECT_EQ(rule.limits[2].at_most, 12345);
  EXPECT_EQ(rule.front.second.metric, "agreement");
  EXPECT_TRUE(rule.front.second.larger_is_better);
}

TEST(ToYaml, KeepsThatADatasetHasNoLabels) {
  const Workspace workspace;
  const PipelineSpec spec = workspace.parse("stages: [{load: {dataset: {images: images.npy, labelled: false}}}]");
  EXPECT_FALSE(workspace.parse(to_yaml(spec)).datasets.at(0).labelled);
}

TEST(ToYaml, ValuesFromTheEnvironmentAreNotWritten) {
  const Workspace workspace;
  ::setenv("GOLDILOCKS_TEST_FOLDER", workspace.path().c_str(), 1);
  ::setenv("GOLDILOCKS_TEST_SECRET", "s3cret", 1);
  const PipelineSpec spec = workspace.parse(R"(
variables: {token: "${env:GOLDILOCKS_TEST_SECRET}"}
stages:
  - load: {model: "${env:GOLDILOCKS_TEST_FOLDER}/tiny.mlmodel"}
  - quantize:
      sweep: {function: {with_options: {note: "${token}", file: "${env:GOLDILOCKS_TEST_FOLDER}/labels.npy"}}, bits: 2}
)");
  const std::string yaml = to_yaml(spec);
  EXPECT_THAT(yaml, Not(HasSubstr("s3cret")));
  EXPECT_THAT(yaml, Not(HasSubstr(workspace.path().string())));
  EXPECT_THAT(yaml, HasSubstr("${env:GOLDILOCKS_TEST_FOLDER}/tiny.mlmodel"));
  const PipelineSpec again = workspace.parse(yaml);
  EXPECT_EQ(again.quantizes.at(0).functions.at(0).function.options, spec.quantizes[0].functions[0].function.options);
  EXPECT_EQ(again.loads.at(0).models.at(0).file.path, workspace / "tiny.mlmodel");
}

}  // namespace
}  // namespace goldilocks::pipeline
