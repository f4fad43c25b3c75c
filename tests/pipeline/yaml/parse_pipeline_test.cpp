#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::ElementsAre;
using testing::Workspace;

std::vector<std::string> variants_of(const PipelineSpec& spec) {
  std::vector<std::string> all;
  for (const VariantSpec& variant : spec.variants) all.push_back(variant.name);
  return all;
}

TEST(ParsePipeline, AModelAndASweepGiveNamedVariants) {
  const Workspace workspace;
  const PipelineSpec spec = workspace.parse(R"(
stages:
  - load: {model: tiny.mlmodel}
  - quantize:
      description: "{bits} bit by {function}."
      sweep: {function: [linear, kmeans_lut], bits: [16, 4]}
)");
  EXPECT_EQ(spec.name, "pipeline");
  EXPECT_THAT(variants_of(spec),
              ElementsAre("tiny", "tiny_linear_16", "tiny_linear_4", "tiny_kmeans_lut_16", "tiny_kmeans_lut_4"));
  EXPECT_EQ(spec.variants[2].description, "4 bit by linear.");
  EXPECT_EQ(spec.variants[2].bits, 4);
  EXPECT_EQ(spec.variants[2].input, 0U);
  EXPECT_EQ(spec.model_of(spec.variants[0]).file.path, workspace / "tiny.mlmodel");
  EXPECT_EQ(spec.function_of(spec.variants[4]).function.name, "kmeans_lut");
}

TEST(ParsePipeline, DefaultsAreFilledIn) {
  const Workspace workspace;
  const PipelineSpec spec = workspace.parse(R"(
stages:
  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}
  - quantize: {sweep: {function: linear_lut, bits: 4}}
  - evaluate: {backend: reference}
  - select:
  - report: note
)");
  EXPECT_EQ(spec.datasets.at(0).name, "images");
  EXPECT_EQ(spec.datasets[0].preparation.fit, data::Fit::center_crop);
  EXPECT_EQ(spec.datasets[0].preparation.filter, data::Filter::bilinear);
  EXPECT_EQ(spec.select->rule.limits.at(0).at_most, 0.01);
  EXPECT_EQ(std::get<std::string>(spec.quantizes.at(0).functions.at(0).function.options.at("range")), "closed");
  EXPECT_EQ(spec.quantizes[0].name, "{model}_{function}_{bits}");
  EXPECT_EQ(std::get<std::string>(spec.reports.at(0).options.at("path")), "notes/note.txt");
}

TEST(ParsePipeline, MergeKeysAddWhatIsNotThere) {
  const Workspace workspace;
  const PipelineSpec spec = workspace.parse(R"(
stages:
  - load:
      model: tiny.mlmodel
      dataset: &data {images: images.npy, labels: labels.npy, crop: fit}
  - load:
      model: other.mlmodel
      dataset: {<<: *data, crop: fill, name: second}
  - quantize: &small
      name: "{model}_{bits}"
      rules: [{match: {layer: "conv*"}, bits: 8}]
      sweep: &sweep {function: linear, bits: [4, 2]}
  - quantize:
      name: "{model}_{bits}_again"
      <<: [{requantize: true}, *small]
      sweep: {<<: *sweep, bits: 8}
)");
  EXPECT_EQ(spec.datasets.at(0).preparation.fit, data::Fit::scale_fit);
  EXPECT_EQ(spec.datasets.at(1).preparation.fit, data::Fit::scale_fill);
  EXPECT_EQ(spec.datasets.at(1).labels->path, workspace / "labels.npy");
  EXPECT_EQ(spec.quantizes.at(1).name, "{model}_{bits}_again");
  EXPECT_TRUE(spec.quantizes.at(1).requantize);
  EXPECT_EQ(spec.quantizes.at(1).rules.at(0).bits, 8);
  EXPECT_THAT(spec.quantizes.at(1).functions.at(0).widths, ElementsAre(8));
}

TEST(ParsePipeline, MergeKeysWorkInEveryMapping) {
  const Workspace workspace;
  const PipelineSpec spec = workspace.parse(R"(
variables: {<<: {word: linear}, width: 4}
<<: {name: merged}
stages:
  - load: {model: tiny.mlmodel, dataset: {images: images.npy, labels: labels.npy}}
  - <<: {quantize: {rules: [{<<: [{match: {<<: {layer: "conv*"}}}, {skip: true}]}], sweep: {function: "${word}", bits: "${width}"}}}
)");
  EXPECT_EQ(spec.name, "merged");
  EXPECT_TRUE(spec.quantizes.at(0).rules.at(0).skip);
}

TEST(ParsePipeline, AQuotedMergeKeyIsAWord) {
  const Workspace workspace;
  EXPECT_EQ(workspace.faults("stages: [{load: {'<<': {model: tiny.mlmodel}, model: tiny.mlmodel}}]"),
            "pipeline.yaml:1:18: unknown key '<<' in 'load'");
}

TEST(ParsePipeline, FaultsOfMergeKeysNameTheirPlace) {
  const Workspace workspace;
  EXPECT_EQ(workspace.faults("stages: [{load: {model: tiny.mlmodel, <<: 3}}]"),
            "pipeline.yaml:1:43: '<<' in 'load' must be a mapping or a list of mappings, as in '<<: *name', not '3'");
  EXPECT_EQ(
      workspace.faults("stages: [{load: {model: tiny.mlmodel, <<: [1]}}]"),
      "pipeline.yaml:1:43: '<<' in 'load' must be a mapping or a list of mappings, as in '<<: *name', not a list of "
      "anything else");
  EXPECT_EQ(workspace.faults("stages: [{load: {model: tiny.mlmodel, <<: {modle: x}}}]"),
            "pipeline.yaml:1:44: unknown key 'modle' in 'load'; did you mean 'model'?");
}

// Each level names the one before it twice: 2^40 mappings.
TEST(ParsePipeline, MergeKeysThatDoubleAreBounded) {
  const Workspace workspace;
  std::string yaml =
      "stages:\n  - load: {model: tiny.mlmodel}\n  - quantize:\n      sweep: {function: linear, bits: 8}\n      "
      "rules:\n"
      "        - &a0 {skip: true}\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    yaml += "        - &a" + std::to_string(i) + " {<<: [" + before + ", " + before + "]}\n";
  }
  EXPECT_THAT(workspace.faults(yaml), ::testing::HasSubstr("'<<' in a rule merges more than 1000 mappings"));
}

TEST(ParsePipeline, OptionsAreTyped) {
  const Workspace workspace;
  const PipelineSpec spec = workspace.parse(R"(
variables: {many: 4}
stages:
  - load: {model: tiny.mlmodel}
  - quantize:
      sweep:
        function: {with_options: {flag: true, count: "${many}", factor: 1.5, note: hello, steps: [1, 2.5], file: images.npy}}
        bits: [2]
)");
  const auto& options = spec.quantizes.at(0).functions.at(0).function.options;
  EXPECT_EQ(std::get<bool>(options.at("flag")), true);
  EXPECT_EQ(std::get<std::int64_t>(options.at("count")), 4);
  EXPECT_EQ(std::get<double>(options.at("factor")), 1.5);
  EXPECT_EQ(std::get<std::string>(options.at("note")), "hello");
  EXPECT_THAT(std::get<std::vector<double>>(options.at("steps")), ElementsAre(1, 2.5));
  EXPECT_EQ(std::get<std::string>(options.at("file")), (workspace / "images.npy").string());
}

TEST(ParsePipeline, VisionsNamesOfCropsAreKnown) {
  const Workspace workspace;
  for (const auto& [name, fit] : std::vector<std::pair<std::string, data::Fit>>{{"center", data::Fit::center_crop},
                                                                                {"centerCrop", data::Fit::center_crop},
                                                                                {"fit", data::Fit::scale_fit},
                                                                                {"scale_fit", data::Fit::scale_fit},
                                                                                {"fill", data::Fit::scale_fill},
                                                                                {"scaleFill", data::Fit::scale_fill}}) {
    const PipelineSpec spec = workspace.parse(
        "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes, crop: " + name + ", filter: lanczos}}}]");
    EXPECT_EQ(spec.datasets.at(0).preparation.fit, fit) << name;
    EXPECT_EQ(spec.datasets[0].preparation.filter, data::Filter::lanczos);
  }
}

TEST(ParsePipeline, WidthsThatAFunctionDoesNotOfferAreDroppedAndNamed) {
  const Workspace workspace;
  const PipelineSpec spec = workspace.parse(R"(
stages:
  - load: {model: tiny.mlmodel}
  - quantize: {sweep: {function: [linear, linear_symmetric], bits: [8, 7, 1]}}
)");
  EXPECT_THAT(variants_of(spec),
              ElementsAre("tiny", "tiny_linear_8", "tiny_linear_7", "tiny_linear_1", "tiny_linear_symmetric_8"));
  EXPECT_THAT(spec.notices, ElementsAre("linear_symmetric does not offer 7, 1 bits: left out of the sweep"));
}

TEST(ParsePipeline, WidthsCanBeLeftOutOrGivenForOneFunction) {
  const Workspace workspace;
  const PipelineSpec spec = workspace.parse(R"(
stages:
  - load: {model: tiny.mlmodel}
  - quantize: {sweep: {function: [linear_symmetric, {linear: {bits: [3, 2]}}, chooser]}}
)");
  EXPECT_THAT(variants_of(spec), ElementsAre("tiny", "tiny_linear_symmetric_16", "tiny_linear_symmetric_8",
                                             "tiny_linear_3", "tiny_linear_2", "tiny_chooser_auto"));
  EXPECT_EQ(spec.variants.back().bits, 0);
}

TEST(ParsePipeline, OneFunctionOccursTwiceUnderTwoNames) {
  const Workspace workspace;
  const PipelineSpec spec = workspace.parse(R"(
stages:
  - load: {model: tiny.mlmodel}
  - quantize:
      sweep: {function: [linear_lut, {linear_lut: {range: half_open, as: half_open}}], bits: 4}
)");
  EXPECT_THAT(variants_of(spec), ElementsAre("tiny", "tiny_linear_lut_4", "tiny_half_open_4"));
}

TEST(ParsePipeline, AStageQuantizesAllLoadedModelsOrThoseThatItNames) {
  const Workspace workspace;
  const PipelineSpec spec = workspace.parse(R"(
stages:
  - load: {models: [tiny.mlmodel, {path: other.mlmodel, name: second}]}
  - quantize: {id: halves, sweep: {function: linear, bits: 16}}
  - quantize: {input: [second, halves], name: "{model}-then-{bits}", sweep: {function: linear, bits: 4}}
)");
  EXPECT_THAT(variants_of(spec), ElementsAre("tiny", "second", "tiny_linear_16", "second_linear_16", "second-then-4",
                                             "tiny_linear_16-then-4", "second_linear_16-then-4"));
  EXPECT_EQ(spec.variants[5].input, 2U);
  EXPECT_EQ(spec.variants[5].root, 0U);
  EXPECT_EQ(spec.variants[5].baseline, 0U);
  EXPECT_EQ(spec.variants[6].root, 1U);
}

TEST(ParsePipeline, ReadyMadeFilesAreComparedWithTheFirstOrTheNamedOne) {
  const Workspace workspace;
  const std::string head = "stages: [{load: {models: [tiny.mlmodel, other.mlmodel], dataset: {images: classes}}}, ";
  EXPECT_EQ(workspace.parse(head + "{evaluate: {backend: reference}}]").variants[1].baseline, 0U);
  EXPECT_EQ(workspace.parse(head + "{evaluate: {backend: reference, baseline: other}}]").variants[0].baseline, 1U);
}

TEST(ParsePipeline, AModelsImagesAreThoseOfItsStageOrOfTheFirstThatHasSome) {
  const Workspace workspace;
  const PipelineSpec spec = workspace.parse(R"(
stages:
  - load: {model: tiny.mlmodel, dataset: {images: classes}}
  - load: {model: {path: tiny.mlmodel, name: second}}
  - load: {model: other.mlmodel, dataset: {images: classes, crop: fill}}
  - evaluate: {backend: reference}
)");
  ASSERT_EQ(spec.datasets.size(), 2U);
  EXPECT_EQ(spec.datasets[1].name, "classes_2");
  EXPECT_EQ(spec.dataset_of(spec.variants[1]), 0U);
  EXPECT_EQ(spec.dataset_of(spec.variants[2]), 1U);
}

TEST(ParsePipeline, PathsAreRelativeToTheFileAndSetPathsToTheCurrentFolder) {
  const Workspace workspace;
  const std::string yaml = "variables: {root: {path: .}}\nstages: [{load: {model: '${root}/tiny.mlmodel'}}]";
  EXPECT_EQ(workspace.parse(yaml).loads.at(0).models.at(0).file.path, workspace / "tiny.mlmodel");

  ParseSettings settings;
  settings.set = {{"root", "elsewhere"}, {"root", ".."}};
  settings.current_folder = workspace / "classes";
  const PathValue file = workspace.parse(yaml, settings).loads.at(0).models.at(0).file;
  EXPECT_EQ(file.path, workspace / "tiny.mlmodel");
  EXPECT_EQ(file.shown, "../tiny.mlmodel");
}

}  // namespace
}  // namespace goldilocks::pipeline
