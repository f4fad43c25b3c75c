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
  - evaluate: {backend: reference, baseline: tiny, part: prove}
  - select: {max_drop: 0.015}
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
  EXPECT_EQ(again.select->rule.max_drop, 0.015);
  EXPECT_EQ(again.quantizes.at(1).functions.at(0).function.options, spec.quantizes[1].functions[0].function.options);
  EXPECT_EQ(again.datasets.at(0).preparation.filter, data::Filter::area);
  EXPECT_EQ(again.datasets[0].split, (data::Split{{{"calibrate", 0.4}, {"${x}", 0.1}, {"prove", 0.5}}, 7}));
  EXPECT_EQ(again.evaluate->part, "prove");
  EXPECT_EQ(again.datasets[0].label_map->path, workspace / "map.csv");
  EXPECT_EQ(again.datasets[0].max_unusable, 4U);
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
