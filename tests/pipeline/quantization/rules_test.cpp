// Rules in a pipeline: from their text to the bytes they make.
#include "core/pipeline/yaml/rules.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/hash.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/pipeline/plan/plan_tensors.hpp"
#include "core/pipeline/single/single.hpp"
#include "tests/pipeline/workspace.hpp"
#include "tests/support/model_builder.hpp"
#include "tests/support/reference.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ModelBuilder;
using testing::Workspace;

std::string with_rules(const std::string& rules, const std::string& sweep = "function: kmeans_lut, bits: 4",
                       const std::string& more = "keep: always") {
  return "stages:\n  - load: {model: tiny.mlmodel}\n  - quantize:\n      " + more + "\n      sweep: {" + sweep +
         "}\n      rules: " + rules + "\n";
}

// "conv.weights: 4 bit table" of every tensor of a variant.
std::vector<std::string> forms(const goldilocks::Variant& variant) {
  std::vector<std::string> all;
  for (const auto& tensor : variant.tensors()) {
    all.push_back(tensor.layer() + "." + tensor.parameter() + ": " + tensor.after());
  }
  return all;
}

TEST(Rules, TheFirstThatMatchesDecides) {
  const Workspace workspace;
  const RunOutcome outcome = workspace.run(with_rules(R"([
    {match: {parameter: bias, layer: conv}, skip: true},
    {match: {parameter: bias}, bits: 16},
    {match: {layer: dense}, function: {linear: {}}, bits: 8},
    {match: {layer: "*"}, skip: false},
    {match: {layer: conv}, bits: 2}])"));
  const goldilocks::Variant& variant = outcome.results.variants(1);
  EXPECT_THAT(forms(variant), ElementsAre("conv.weights: 4 bit table", "conv.bias: float32",
                                          "dense.weights: 8 bit linear", "dense.bias: float16"));
  EXPECT_EQ(variant.tensors(0).rule(), 4U);
  EXPECT_EQ(variant.tensors(1).note(), "skipped by rule 1");
  EXPECT_EQ(variant.tensors(2).function(), "linear");
  EXPECT_EQ(variant.tensors(3).rule(), 2U);
  EXPECT_THAT(outcome.results.notices(),
              ElementsAre(HasSubstr("pipeline.yaml:11:5: rule 5 matches only tensors that earlier rules have taken")));
  EXPECT_THAT(outcome.results.plugins(1).name(), "linear");
}

TEST(Rules, WhatAPlanSaysIsWhatComesOut) {
  const Workspace workspace;
  const std::string yaml = with_rules(R"([
    {match: {layer: conv, parameter: weights}, skip: true},
    {match: {layer: dense, parameter: weights}, function: chooser}])",
                                      "function: linear, bits: [16, 8]");
  const PipelineSpec spec = workspace.parse(yaml);
  TensorPlanner planner(spec, testing::registry());
  const auto results = workspace.run(yaml).results;
  for (int i = 1; i < results.variants_size(); ++i) {
    const TensorPlans& plans = planner.of(static_cast<std::size_t>(i));
    ASSERT_EQ(plans.tensors.size(), static_cast<std::size_t>(results.variants(i).tensors_size()));
    for (int j = 0; j < results.variants(i).tensors_size(); ++j) {
      const goldilocks::Tensor& tensor = results.variants(i).tensors(j);
      const TensorPlan& plan = plans.tensors[static_cast<std::size_t>(j)];
      EXPECT_EQ(plan.weight.layer, tensor.layer());
      EXPECT_EQ(plan.rule, tensor.rule());
      EXPECT_EQ(plan.function, tensor.function()) << tensor.layer() << tensor.parameter();
      if (plan.after != "as chooser chooses") {
        EXPECT_THAT(tensor.after(), ::testing::StartsWith(plan.after));
      }
    }
  }
  // conv's weights are skipped, but float32 doesn't stand beside the float16 of the bias.
  EXPECT_EQ(planner.of(1).tensors[0].after, "float16");
  EXPECT_EQ(results.variants(1).tensors(0).after(), "float16");
  EXPECT_EQ(planner.of(2).tensors[0].after, "float32");
}

TEST(Rules, APlanSaysWhereFloatsMayTurnOutSmaller) {
  const Workspace workspace;
  const auto after = [&](const std::string& keep) {
    const PipelineSpec spec = workspace.parse(
        with_rules("[{match: {layer: dense}, bits: 8}]", "function: kmeans_lut, bits: [8, 2]", "keep: " + keep));
    TensorPlanner planner(spec, testing::registry());
    std::vector<std::string> texts;
    for (const std::size_t variant : {1U, 2U}) {
      for (const TensorPlan& plan : planner.of(variant).tensors) texts.push_back(plan.after);
    }
    return texts;
  };
  EXPECT_THAT(after("smaller"), ElementsAre("8 bit, or floats if smaller", "8 bit, or floats if smaller", "8 bit",
                                            "8 bit", "2 bit", "2 bit, or floats if smaller", "8 bit", "8 bit"));
  EXPECT_THAT(after("always"), ElementsAre("8 bit", "8 bit", "8 bit", "8 bit", "2 bit", "2 bit", "8 bit", "8 bit"));
}

struct BrokenRules {
  const char* rules;
  const char* message;
};

TEST(Rules, FaultsHaveTheirPlace) {
  const Workspace workspace;
  const std::vector<BrokenRules> faults = {
      {"[]", "6:14: 'rules' is empty"},
      {"{match: {layer: a}, skip: true}", "6:14: 'rules' must be a list"},
      {"[{match: {layer: a}}]", "6:15: a rule says what becomes of its tensors: 'skip', 'bits' or 'function'"},
      {"[{skip: true}]", "6:15: a rule has no 'match'"},
      {"[{match: {layer: a}, skip: true, bits: 4}]", "6:15: a rule with 'skip' says nothing else"},
      {"[{match: {layer: a}, skip: maybe}]", "6:41: 'skip' must be true or false, not 'maybe'"},
      {"[{match: {}, skip: true}]", "6:23: 'match' is empty"},
      {"[{match: {layer: []}, skip: true}]", "6:31: 'layer' is empty"},
      {"[{match: {layer: ''}, skip: true}]", "6:31: 'layer' is empty, so no tensor fits"},
      {"[{match: {layers: a}, skip: true}]", "6:24: unknown key 'layers' in 'match'; did you mean 'layer'?"},
      {"[{match: {layer_type: convolutoin}, skip: true}]", "did you mean 'convolution'?"},
      {"[{match: {min_count: 5, max_count: 4}, skip: true}]", "6:23: 'min_count' is above 'max_count'"},
      {"[{match: {min_groups: -1}, skip: true}]", "6:36: 'min_groups' must be a whole number"},
      {"[{match: {layer: a}, bits: 9}]", "6:41: bits must be 1 to 8, 16 or 32, not '9'"},
      {"[{match: {layer: a}, bits: [8, 4]}]", "6:41: 'bits' of a rule must be one width, not a list"},
      {"[{match: {layer: a}, function: kmean_lut}]", "6:45: unknown quantizer 'kmean_lut'"},
      {"[{match: {layer: a}, function: chooser, bits: 4}]", "6:60: 'chooser' chooses its widths itself"},
      {"[{match: {layer: a}, function: linear_symmetric, bits: 4}]", "'linear_symmetric' does not offer 4 bits"},
      {"[{match: {layer: a}, function: linear_symmetric}]",
       "'linear_symmetric' does not offer 4 bits, so a rule with "},
  };
  for (const BrokenRules& fault : faults) {
    EXPECT_THAT(workspace.faults(with_rules(fault.rules)), HasSubstr(fault.message)) << fault.rules;
  }
  EXPECT_THAT(workspace.faults(with_rules("[{match: {layer: a}, bits: 4}]", "function: chooser")),
              HasSubstr("'chooser' chooses its widths itself; a rule can't set its 'bits'"));
  EXPECT_THAT(workspace.faults(with_rules("[{match: {layer: a}, function: linear}]", "function: chooser")),
              HasSubstr("'chooser' chooses its widths itself, so a rule with 'linear' needs 'bits'"));
  EXPECT_THAT(workspace.faults(with_rules("[{match: {layer: a}, bits: 4}]", "function: linear_symmetric, bits: 8")),
              HasSubstr("'linear_symmetric' does not offer the 4 bits of this rule"));
}

// A convolution3d, a layer normalization and an updatable layer, which all refuse codes.
CoreML::Specification::Model refusing() {
  auto model = ModelBuilder()
                   .exact_shapes()
                   .array_input("x", {4})
                   .layer("norm",
                          [](auto& layer) {
                            auto& norm = *layer.mutable_layernormalization();
                            norm.add_normalizedshape(4);
                            norm.set_eps(1e-5F);
                            for (int i = 0; i < 4; ++i) {
                              norm.mutable_gamma()->add_floatvalue(1);
                              norm.mutable_beta()->add_floatvalue(0);
                            }
                          })
                   .inner_product("dense", 4, 4)
                   .inner_product("trained", 4, 4)
                   .build();
  model.mutable_neuralnetwork()->mutable_layers(2)->set_isupdatable(true);
  return model;
}

std::string plan_fault(const Workspace& workspace, const std::string& yaml) {
  try {
    workspace.plan(yaml);
    return "nothing was thrown";
  } catch (const PipelineErrors& errors) {
    EXPECT_EQ(errors.exit_code(), ExitCode::usage);
    return errors.what();
  }
}

TEST(Rules, AskingForWhatTheFormatRefusesIsAnErrorBeforeAnyWork) {
  const Workspace workspace;
  workspace.write("tiny.mlmodel", model::serialize_model(refusing()));
  EXPECT_THAT(
      plan_fault(workspace, with_rules("[{match: {layer: norm, parameter: gamma}, bits: 16}]")),
      HasSubstr("pipeline.yaml:6:15: the rule asks for 16 bits by kmeans_lut, and the format takes only float32 "
                "here: layer 'norm' (layerNormalization), gamma of tiny"));
  EXPECT_THAT(plan_fault(workspace, with_rules("[{match: {layer: norm, parameter: gamma}, function: linear}]")),
              HasSubstr("the rule asks for 4 bits by linear, and the format takes no codes here"));
  EXPECT_THAT(
      plan_fault(workspace, with_rules("[{match: {layer: trained}, bits: 8}]")),
      HasSubstr("the format takes no compression in an updatable layer: layer 'trained' (innerProduct), weights"));
  // The same by default is a note.
  const auto outcome = workspace.run(with_rules("[{match: {layer: nowhere}, skip: true}]"));
  EXPECT_EQ(outcome.exit_code, ExitCode::done);
  EXPECT_THAT(forms(outcome.results.variants(1)),
              ElementsAre("norm.gamma: float32", "norm.beta: float32", "dense.weights: 4 bit table",
                          "dense.bias: 4 bit table", "trained.weights: float32", "trained.bias: float32"));
  EXPECT_THAT(outcome.results.notices(), ::testing::Contains("pipeline.yaml:6:15: rule 1 matches no tensor"));
}

TEST(Rules, ARuleThatSkipsProtectsFromALaterOnesError) {
  const Workspace workspace;
  workspace.write("tiny.mlmodel", model::serialize_model(refusing()));
  EXPECT_NO_THROW(
      workspace.plan(with_rules("[{match: {layer: [norm, trained]}, skip: true}, {match: {layer: '*'}, bits: 8}]")));
}

TEST(Rules, ArePartOfTheKey) {
  const Workspace workspace;
  const auto key = [&](const std::string& rules, const std::string& more = "") {
    return workspace.plan(with_rules(rules, "function: linear, bits: 4", more)).tasks.at(0).key;
  };
  const std::vector<std::string> keys = {
      key("[{match: {layer: conv}, skip: true}]"),
      key("[{match: {layer: conv}, skip: false}]"),
      key("[{match: {layer: dense}, skip: true}]"),
      key("[{match: {parameter: conv}, skip: true}]"),
      key("[{match: {layer: conv, min_count: 1}, skip: true}]"),
      key("[{match: {layer: conv, max_count: 1}, skip: true}]"),
      key("[{match: {layer: conv}, bits: 8}]"),
      key("[{match: {layer: conv}, function: linear}]"),
      key("[{match: {layer: conv}, function: linear_lut}]"),
      key("[{match: {layer: conv}, function: {linear_lut: {range: half_open}}}]"),
      key("[{match: {layer: conv}, skip: true}]", "requantize: true"),
      key("[{match: {layer: conv}, skip: true}]", "keep: always"),
      key("[{match: {layer: conv}, skip: true}]", "fold: false"),
      key("[{match: {layer: conv}, skip: true}]", "fold: [bias]"),
      key("[{match: {layer: conv}, skip: true}]", "compact_preprocessing: true"),
      key("[{match: {layer: conv}, skip: true}]", "compact_preprocessing: float16"),
  };
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), keys.size());
  EXPECT_EQ(keys[0], key("[{match: {layer: [conv]}, skip: true}]", "fold: auto"));
}

TEST(Rules, SurviveTheRecordOfThePipeline) {
  const Workspace workspace;
  const std::string yaml = to_yaml(workspace.parse(with_rules(
      R"([{match: {layer: ["c*", dense], layer_type: convolution, parameter: vectors, min_count: 2, max_groups: 3},
           function: {linear_lut: {range: half_open}}, bits: 3}, {match: {layer: "*"}, skip: true},
          {match: {layer: x}, skip: false}])",
      "function: linear, bits: 4, compact_preprocessing: [false, float16]",
      "fold: [scale]\n      requantize: true\n      keep: always")));
  EXPECT_EQ(to_yaml(workspace.parse(yaml)), yaml);
  const PipelineSpec spec = workspace.parse(yaml);
  const QuantizeStage& stage = spec.quantizes.at(0);
  EXPECT_EQ(stage.rules.size(), 3U);
  EXPECT_EQ(stage.rules[0].match.range(Measure::count), (Range{.least = 2, .most = {}}));
  EXPECT_EQ(stage.rules[0].bits, 3);
  EXPECT_TRUE(stage.rules[1].skip);
  EXPECT_FALSE(stage.rules[2].skip);
  EXPECT_TRUE(stage.requantize);
  EXPECT_EQ(stage.keep, Keep::always);
  EXPECT_TRUE(stage.fold.at(16).scale);
  EXPECT_FALSE(stage.fold.at(4).bias);
  EXPECT_EQ(spec.variants.at(2).name, "tiny_linear_4_float16");
}

TEST(Requantize, TakesWhatIsQuantizedAlready) {
  const Workspace workspace;
  const auto chain = [&](const std::string& requantize) {
    return workspace
        .run(
            "stages: [{load: {model: tiny.mlmodel}}, {quantize: {id: a, name: a, sweep: {function: linear, bits: "
            "8}}}, {quantize: {input: a, name: b, requantize: " +
            requantize + ", sweep: {function: linear, bits: 4}}}]")
        .results.variants(2);
  };
  EXPECT_EQ(chain("false").tensors(0).after(), "8 bit linear");
  EXPECT_EQ(chain("false").tensors(0).note(), "quantized already");
  EXPECT_EQ(chain("true").tensors(0).after(), "4 bit linear");
}

TEST(Passes, AreReportedOffOrOnAndSharedWhereTheyChangeNothing) {
  const Workspace workspace;
  workspace.write(
      "tiny.mlmodel",
      model::serialize_model(
          ModelBuilder(3).image_input("image", 8, 8).convolution("conv", 3, 4).batchnorm("norm", 4).build()));
  const auto results =
      workspace.run("stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: linear, bits: [16, 8]}}}]")
          .results;
  const goldilocks::Variant& halves = results.variants(1);
  EXPECT_EQ(halves.passes(0).setting(), "off");
  EXPECT_EQ(halves.tensors_size(), 6);
  const goldilocks::Variant& coded = results.variants(2);
  EXPECT_EQ(coded.passes(0).pass(), "fold");
  EXPECT_EQ(coded.passes(0).setting(), "batchnorm, scale, bias");
  ASSERT_EQ(coded.passes(0).notes_size(), 1);
  EXPECT_EQ(coded.passes(0).notes(0).layer(), "norm");
  EXPECT_EQ(coded.passes(1).setting(), "off");
  EXPECT_EQ(coded.tensors_size(), 2);
  const auto unfolded = workspace.run(
      "stages: [{load: {model: tiny.mlmodel}}, {quantize: {fold: [scale], sweep: {function: linear, bits: 8}}}]");
  EXPECT_EQ(unfolded.results.variants(1).passes(0).setting(), "scale");
  EXPECT_EQ(unfolded.results.variants(1).tensors_size(), 6);
}

TEST(Passes, TheMeanImageIsOneMoreDimensionOfTheSweep) {
  const Workspace workspace;
  std::vector<float> mean(3 * 8 * 8);
  for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = static_cast<float>(i % 5);
  workspace.write("tiny.mlmodel",
                  model::serialize_model(
                      ModelBuilder(3).image_input("image", 8, 8).mean_image(mean).convolution("conv", 3, 4).build()));
  const auto results = workspace
                           .run(
                               "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: linear, bits: 2, "
                               "compact_preprocessing: [false, true]}}}]")
                           .results;
  ASSERT_EQ(results.variants_size(), 3);
  EXPECT_EQ(results.variants(1).name(), "tiny_linear_2_original");
  EXPECT_EQ(results.variants(2).name(), "tiny_linear_2_compact");
  EXPECT_EQ(results.variants(2).passes(1).setting(), "lossless");
  EXPECT_EQ(results.variants(2).passes(1).notes_size(), 1);
  bool found = false;
  for (const auto& tensor : results.variants(2).tensors()) {
    found = found || tensor.note() == "of the compacted mean image";
  }
  EXPECT_TRUE(found) << "two bits are for weights, not for the mean image";
}

TEST(QuantizeFile, TakesRulesFromAFile) {
  const Workspace workspace;
  QuantizeFileRequest request;
  request.model = workspace / "tiny.mlmodel";
  request.step.function = "linear";
  request.step.bits = 4;
  request.rules = workspace.write("rules.yaml",
                                  "rules:\n  - {match: {layer: conv}, bits: 8}\n  - {match: {layer: no}, "
                                  "skip: true}\n");
  ThreadPool pool(1);
  const QuantizeFileResult result = quantize_file(request, testing::registry(), pool);
  EXPECT_EQ(result.report.tensors.at(0).after, "8 bit linear");
  EXPECT_EQ(result.report.tensors.at(2).after, "4 bit linear");
  EXPECT_THAT(result.notices, ElementsAre("rules.yaml:3:5: rule 2 matches no tensor"));
  workspace.write("rules.yaml", "");
  EXPECT_THAT([&] { quantize_file(request, testing::registry(), pool); },
              ::testing::ThrowsMessage<PipelineErrors>(HasSubstr("rules.yaml:1:1: the file is empty")));
  workspace.write("rules.yaml", "rules:\n  - {match: {layer: conv}, bits: 9}\n");
  EXPECT_THAT([&] { quantize_file(request, testing::registry(), pool); },
              ::testing::ThrowsMessage<PipelineErrors>(HasSubstr("rules.yaml:2:")));
}

TEST(Rules, MixedWidthsOnTheArticlesModel) {
  GOLDILOCKS_REFERENCE_OR_SKIP(models, "models");
  const Workspace workspace;
  QuantizeFileRequest request;
  request.model = models / "food.mlmodel";
  request.step.function = "linear";
  request.step.bits = 4;
  request.rules = workspace.write("rules.yaml",
                                  "rules:\n  - {match: {parameter: bias}, bits: 16}\n  - {match: "
                                  "{layer: '*squeeze*'}, bits: 8}\n");
  ThreadPool pool(2);
  std::map<std::string, int> counts;
  for (const TensorReport& tensor : quantize_file(request, testing::registry(), pool).report.tensors) {
    ++counts[tensor.after];
    if (tensor.parameter == "bias") {
      EXPECT_EQ(tensor.after, "float16");
    }
    const bool squeeze = tensor.layer.find("squeeze") != std::string::npos;
    if (tensor.parameter == "weights") {
      EXPECT_EQ(tensor.after, squeeze ? "8 bit linear" : "4 bit linear");
    }
  }
  EXPECT_EQ(counts["float16"], 26);
  EXPECT_EQ(counts["8 bit linear"] + counts["4 bit linear"], 26);
  EXPECT_GT(counts["8 bit linear"], 0);
}

}  // namespace
}  // namespace goldilocks::pipeline
