// OptimizationConfigs of coremltools as rules, and what else rules say of ML Programs.
#include <cstring>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/pipeline/single/single.hpp"
#include "tests/formats/ml_program/package_files.hpp"
#include "tests/formats/ml_program/program_text.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Workspace;

// A workspace with a program of three linear operations and a product. Two of them read one weight.
class CoremltoolsRules : public ::testing::Test {
 protected:
  CoremltoolsRules() {
    using namespace ml_program::testing;
    BlobBytes blobs;
    const auto square = [&] { return blob(fp32({64, 64}), blobs.add(2, numbers(64 * 64))); };
    auto text = program("CoreML7", {{"x", fp32({2, 64})}});
    text.constant("first_weight", square())
        .constant("common_weight", square())
        .constant("product_weight", square())
        .constant("small_weight", blob(fp32({32, 64}), blobs.add(2, numbers(32 * 64))))
        .op("linear", {{"x", "x"}, {"weight", "first_weight"}}, "first", fp32({2, 64}))
        .op("linear", {{"x", "first"}, {"weight", "common_weight"}}, "second", fp32({2, 64}))
        .op("linear", {{"x", "second"}, {"weight", "common_weight"}}, "third", fp32({2, 64}))
        .op("matmul", {{"x", "third"}, {"y", "product_weight"}}, "product", fp32({2, 64}))
        .op("linear", {{"x", "product"}, {"weight", "small_weight"}}, "small", fp32({2, 32}))
        .outputs({"small"});
    write_package(workspace_ / "net.mlpackage", text.model(), blobs.bytes());
  }

  std::vector<std::uint8_t> numbers(std::size_t count) {
    std::vector<std::uint8_t> bytes(4 * count);
    for (std::size_t i = 0; i < count; ++i) {
      const float value = static_cast<float>(random_() % 1000) / 500 - 1;
      std::memcpy(bytes.data() + 4 * i, &value, 4);
    }
    return bytes;
  }

  // A pipeline whose stage has these rules and lines.
  static std::string pipeline(const std::string& rules, const std::string& more = "") {
    return "stages:\n  - load: {model: net.mlpackage}\n  - quantize:\n      rules: " + rules + "\n" + more;
  }

  // With the rules of this file.
  std::string configured(const std::string& config, const std::string& more = "") const {
    workspace_.write("config.yaml", config);
    return pipeline("{coremltools: config.yaml}", more);
  }

  // What becomes of the weights in the pipeline's last variant: "first.weight: 4 bit table".
  std::vector<std::string> forms(const std::string& yaml) {
    outcome_ = workspace_.run(yaml);
    std::vector<std::string> all;
    for (const auto& tensor : outcome_.results.variants().rbegin()->tensors()) {
      all.push_back(tensor.layer() + "." + tensor.parameter() + ": " + tensor.after());
    }
    return all;
  }

  std::string note_of(int tensor) const { return outcome_.results.variants().rbegin()->tensors(tensor).note(); }

  Workspace workspace_;
  RunOutcome outcome_;
  std::mt19937 random_{1};
};

constexpr const char* mixed = R"(config_type: OpLinearQuantizerConfig
global_config: {mode: linear, dtype: uint8, granularity: per_tensor}
op_type_configs:
  matmul: {config_type: OpPalettizerConfig, mode: kmeans, nbits: 4, lut_function: null}
op_name_configs:
  first: null
  common_weight: {config_type: OpPalettizerConfig, mode: uniform, nbits: 6, weight_threshold: 100}
)";

TEST_F(CoremltoolsRules, SayOfEachWeightWhatBecomesOfIt) {
  EXPECT_THAT(forms(configured(mixed)), ElementsAre("first.weight: float32", "second.weight: 6 bit table",
                                                    "product.y: 4 bit table", "small.weight: float32"));
  EXPECT_EQ(outcome_.results.variants(1).name(), "net_coremltools_8") << "what is said of everything names it";
  EXPECT_EQ(note_of(0), "skipped by rule 3");
  EXPECT_EQ(note_of(3), "no more than 2048 values") << "as coremltools' weight_threshold has it";
  EXPECT_THAT(outcome_.results.notices(), Not(::testing::Contains(HasSubstr("matches no tensor"))));
}

TEST_F(CoremltoolsRules, TakeWhatTheyLeaveOutFromTheSweep) {
  const std::string sweep = "      sweep: {function: linear_lut, bits: 2}\n";
  EXPECT_THAT(forms(configured("config_type: OpPalettizerConfig\n"
                               "op_name_configs: {first: {nbits: 6}, product: {mode: kmeans}}\n"
                               "global_config: {}\n",
                               sweep)),
              ElementsAre("first.weight: 6 bit table", "second.weight: 2 bit table", "product.y: 2 bit table",
                          "small.weight: float32"));
  const auto& tensors = outcome_.results.variants(1).tensors();
  EXPECT_EQ(tensors[0].function(), "linear_lut");
  EXPECT_EQ(tensors[2].function(), "kmeans_lut");
  EXPECT_EQ(outcome_.results.variants(1).name(), "net_linear_lut_2");
  // What no config is about follows the sweep, too.
  EXPECT_THAT(forms(configured("config_type: OpPalettizerConfig\nop_name_configs: {first: null}\n", sweep)),
              ElementsAre("first.weight: float32", "second.weight: 2 bit table", "product.y: 2 bit table",
                          "small.weight: float32"));
}

TEST_F(CoremltoolsRules, LeaveWhatTheyDoNotNameWithoutASweep) {
  EXPECT_THAT(forms(configured("config_type: OpLinearQuantizerConfig\nop_type_configs: {matmul: {}}\n")),
              ElementsAre("first.weight: float32", "second.weight: float32", "product.y: int8 linear",
                          "small.weight: float32"));
}

TEST_F(CoremltoolsRules, PruneWithTheSettingsOfBothPruners) {
  const std::string yaml = configured(
      "config_type: OpMagnitudePrunerConfig\n"
      "global_config: {target_sparsity: 0.75}\n"
      "op_name_configs:\n"
      "  first: {n_m_ratio: [3, 4], dim: 0}\n"
      "  product: {config_type: OpThresholdPrunerConfig, threshold: 0.5, minimum_sparsity_percentile: 0.25}\n");
  const PipelineSpec spec = workspace_.parse(yaml);
  const std::vector<WeightRule>& rules = spec.quantizes.at(0).rules;
  ASSERT_EQ(rules.size(), 5U);
  EXPECT_EQ(std::get<std::string>(rules[0].function->options.at("n_m_ratio")), "3:4");
  EXPECT_EQ(std::get<std::int64_t>(rules[0].function->options.at("dim")), 0);
  EXPECT_EQ(rules[1].function->name, "prune_threshold");
  EXPECT_EQ(std::get<double>(rules[1].function->options.at("minimum_sparsity_percentile")), 0.25);
  EXPECT_EQ(std::get<double>(rules[4].function->options.at("target_sparsity")), 0.75);
  EXPECT_THAT(forms(yaml), ElementsAre("first.weight: sparse float32", "second.weight: sparse float32",
                                       "product.y: sparse float32", "small.weight: float32"));
}

TEST_F(CoremltoolsRules, HaveTheGranularitiesAndVectors) {
  const PipelineSpec spec = workspace_.parse(
      configured("config_type: OpPalettizerConfig\n"
                 "op_name_configs:\n"
                 "  a: {nbits: 4, granularity: per_grouped_channel}\n"
                 "  b: {nbits: 4, granularity: per_grouped_channel, group_size: 0, cluster_dim: 2, channel_axis: -1}\n"
                 "  c: {nbits: 4, enable_per_channel_scale: true, num_kmeans_workers: 4}\n"
                 "  d: {config_type: OpLinearQuantizerConfig, granularity: per_block}\n"
                 "  e: {config_type: OpLinearQuantizerConfig, granularity: per_block, block_size: [0, 16]}\n"
                 "  f: {config_type: OpLinearQuantizerConfig, mode: linear, dtype: uint4, granularity: per_channel}\n"
                 "  \"g*${x}\": {mode: unique}\n"));
  const auto layout = [&](std::size_t rule) { return spec.quantizes.at(0).rules.at(rule).layout; };
  const auto granularity = [&](std::size_t rule) { return weights::to_text(layout(rule).granularity.value()); };
  EXPECT_EQ(granularity(0), "group:32");
  EXPECT_EQ(granularity(1), "tensor");
  EXPECT_EQ(layout(1).vector, 2);
  EXPECT_EQ(layout(1).axis, -1);
  EXPECT_EQ(layout(2).channel_scale, quantization::ChannelScale::plain);
  EXPECT_EQ(granularity(3), "block:32");
  EXPECT_EQ(granularity(4), "block:0,16");
  EXPECT_EQ(granularity(5), "channel");
  const std::vector<WeightRule>& rules = spec.quantizes.at(0).rules;
  EXPECT_EQ(rules.at(3).function->name, "linear_symmetric");
  EXPECT_EQ(rules.at(5).bits, 4);
  EXPECT_TRUE(std::get<bool>(rules.at(5).function->options.at("unsigned")));
  EXPECT_THAT(rules.at(6).match.constants, ElementsAre("g\\*${x}"));
  EXPECT_EQ(rules.at(6).function->name, "unique_lut");
  EXPECT_THAT(rules.at(13).match.layers, ElementsAre("g\\*${x}")) << "first all by constants, then by operations";
}

TEST_F(CoremltoolsRules, ArePrintedAsTheRulesThatTheyAre) {
  const PipelineSpec spec = workspace_.parse(configured(mixed));
  const std::string text = to_yaml(spec);
  EXPECT_THAT(text, HasSubstr("weight_threshold: 100"));
  EXPECT_EQ(to_yaml(workspace_.parse(text)), text);
}

TEST_F(CoremltoolsRules, AreRefusedWithTheirPlace) {
  const auto faults = [&](const std::string& config, const std::string& more = "") {
    return workspace_.faults(configured(config, more));
  };
  EXPECT_THAT(faults("global_config: {}\n"), HasSubstr("config.yaml:1:1: an OptimizationConfig has no 'config_type'"));
  EXPECT_THAT(faults("config_type: OpPaletizerConfig\nglobal_config: {}\n"), HasSubstr("config.yaml:1:14: "));
  EXPECT_THAT(faults("config_type: OpPalettizerConfig\nglobal_config: {nbit: 4}\n"),
              HasSubstr("config.yaml:2:17: unknown key 'nbit' in an OpPalettizerConfig; did you mean 'nbits'?"));
  EXPECT_THAT(faults("config_type: OpPalettizerConfig\nglobal_config: {nbits: 5}\n"),
              HasSubstr("'nbits' must be one of 1, 2, 3, 4, 6, 8"));
  EXPECT_THAT(faults("config_type: OpPalettizerConfig\nglobal_config: {mode: unique, nbits: 4}\n"),
              HasSubstr("chooses its widths itself"));
  EXPECT_THAT(faults("config_type: OpPalettizerConfig\nglobal_config: {mode: custom, nbits: 4}\n"),
              HasSubstr("python_lut"));
  EXPECT_THAT(faults("config_type: OpPalettizerConfig\nglobal_config: {mode: kmeans}\n"),
              HasSubstr("'nbits' is missing"));
  EXPECT_THAT(faults("config_type: OpPalettizerConfig\nglobal_config: {mode: uniform, nbits: 4, cluster_dim: 2}\n"),
              HasSubstr("'linear_lut' makes no tables of vectors"));
  EXPECT_THAT(faults("config_type: OpMagnitudePrunerConfig\nglobal_config: {}\n"), HasSubstr("'target_sparsity'"));
  EXPECT_THAT(faults("config_type: OpMagnitudePrunerConfig\nglobal_config: {n_m_ratio: [4, 2]}\n"),
              HasSubstr("n at most m"));
  EXPECT_THAT(faults("config_type: OpLinearQuantizerConfig\nop_type_configs: {const: {}}\n"),
              HasSubstr("config.yaml:2:19: "));
  EXPECT_THAT(faults("config_type: OpLinearQuantizerConfig\nglobal_config: null\n"),
              HasSubstr("it compresses nothing, and the stage has no 'sweep'"));
  EXPECT_THAT(workspace_.faults(pipeline("[{match: {layer: first}, bits: 8}]")), HasSubstr("has no 'sweep'"));
  EXPECT_THAT(workspace_.faults(pipeline("{coremltools: none.yaml}")), HasSubstr("none.yaml"));
}

TEST_F(CoremltoolsRules, NoteTypesThatNoOperationHas) {
  const PipelineSpec spec = workspace_.parse(
      configured("config_type: OpLinearQuantizerConfig\nglobal_config: {}\nop_type_configs: {matmull: null}\n"));
  EXPECT_THAT(spec.notices,
              ElementsAre(HasSubstr("config.yaml:3:19: there is no operation of the type 'matmull'; did you mean")));
}

TEST_F(CoremltoolsRules, ServeTheCommandLineAsTheyAre) {
  workspace_.write("config.yaml", mixed);
  QuantizeFileRequest request;
  request.model = workspace_ / "net.mlpackage";
  request.output = workspace_ / "small.mlpackage";
  request.rules = workspace_ / "config.yaml";
  ThreadPool pool(2);
  const QuantizeFileResult result = quantize_file(request, testing::registry(), pool);
  ASSERT_EQ(result.report.tensors.size(), 4U);
  EXPECT_EQ(result.report.tensors[1].after, "6 bit table");
  EXPECT_EQ(result.report.tensors[2].after, "4 bit table");
  request.rules = workspace_.write("rules.yaml", "rules: {coremltools: config.yaml}\n");
  EXPECT_EQ(quantize_file(request, testing::registry(), pool).bytes_after, result.bytes_after);
  request.rules = workspace_.write("rules.yaml", "rules: [{match: {layer: a}, skip: true}]\n");
  EXPECT_THROW(quantize_file(request, testing::registry(), pool), UsageError) << "these need a function";
}

TEST_F(CoremltoolsRules, LeaveAWeightWhoseReadersDiffer) {
  EXPECT_THAT(forms(configured("config_type: OpPalettizerConfig\n"
                               "global_config: {mode: kmeans, nbits: 4}\n"
                               "op_name_configs: {third: {mode: kmeans, nbits: 2}}\n")),
              ElementsAre("first.weight: 4 bit table", "second.weight: float32", "product.y: 4 bit table",
                          "small.weight: float32"));
  EXPECT_EQ(note_of(1), "'third' reads it, too, and another rule is for that");
  // Rules that say the same don't differ.
  EXPECT_THAT(forms(configured("config_type: OpPalettizerConfig\n"
                               "global_config: {mode: kmeans, nbits: 4}\n"
                               "op_name_configs: {third: {mode: kmeans, nbits: 4}}\n")),
              ::testing::Contains("second.weight: 4 bit table"));
}

TEST_F(CoremltoolsRules, NameFunctionsAndConstants) {
  const std::string sweep = "      sweep: {function: kmeans_lut, bits: 4}\n";
  EXPECT_THAT(
      forms(pipeline("[{match: {function_name: main, constant: \"*_weight\", operation: first}, bits: 2},"
                     " {match: {function_name: other}, bits: 8}, {match: {constant: common_weight}, skip: true}]",
                     sweep)),
      ElementsAre("first.weight: 2 bit table", "second.weight: float32", "product.y: 4 bit table",
                  "small.weight: float32"));
}

TEST_F(CoremltoolsRules, TakeSmallTensorsOnlyWithoutAThreshold) {
  const std::string sweep = "      sweep: {function: kmeans_lut, bits: 4}\n";
  EXPECT_THAT(forms(pipeline("[{match: {operation: small}, bits: 2}]", sweep)),
              ::testing::Contains("small.weight: 2 bit table"));
  EXPECT_THAT(forms(pipeline("[{match: {operation: small}, bits: 2, weight_threshold: 2048}]", sweep)),
              ::testing::Contains("small.weight: float32"));
  EXPECT_THAT(forms(pipeline("[{match: {operation: small}, bits: 2, weight_threshold: 2047}]", sweep)),
              ::testing::Contains("small.weight: 2 bit table"));
}

TEST_F(CoremltoolsRules, OfLayoutsWithoutBitsFollowTheSweep) {
  EXPECT_THAT(forms(pipeline("[{match: {operation: first}, granularity: {group: 16}}]",
                             "      sweep: {function: kmeans_lut, bits: 4}\n")),
              ::testing::Contains("first.weight: 4 bit table, group:16"));
  EXPECT_THAT(workspace_.faults(pipeline("[{match: {operation: first}, vector: 2}]",
                                         "      sweep: {function: linear_lut, bits: 4}\n")),
              HasSubstr("pipeline.yaml:4:15: 'linear_lut' makes no tables of vectors"));
}

}  // namespace
}  // namespace goldilocks::pipeline
