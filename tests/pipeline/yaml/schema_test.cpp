#include "core/pipeline/yaml/schema.hpp"

#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/base/file.hpp"
#include "core/pipeline/yaml/grammar.hpp"
#include "tests/pipeline/schema_validator.hpp"
#include "tests/pipeline/workspace.hpp"

namespace goldilocks::pipeline {
namespace {

using testing::schema_fault;
using testing::Workspace;
using testing::yaml_as_json;

nlohmann::json schema() { return nlohmann::json::parse(pipeline_schema(testing::registry()).dump()); }

// Pipelines that use every key of the grammar.
const std::vector<std::string> accepted = {
    R"(
name: all
variables: {root: {path: .}, wide: 4, word: text}
plugins: [classes]
stages:
  - load:
      model: ${root}/tiny.mlmodel
      models: [other.mlmodel, {path: tiny.mlmodel, name: second}]
      dataset: {images: images.npy, labels: labels.npy, crop: scaleFit, filter: bicubic, name: set,
                label_map: tiny.mlmodel, labelled: true, max_unusable: "${wide}",
                split: {parts: {a: 0.25, b: 0.5}, seed: "${wide}"}}
  - quantize:
      id: first
      input: [tiny, second]
      name: "{model}_{function}_{bits}"
      description: "{bits} bit"
      sweep: {function: [linear, {linear_lut: {range: half_open, as: lut, bits: [4, 3]}}], bits: [16, "${wide}"]}
  - quantize:
      input: first
      sweep: {function: {with_options: {flag: true, count: "${wide}", factor: 1.5, note: 3, steps: [1, 2.5], file: x}}}
  - quantize:
      name: "{model}_{preprocessing}_{bits}"
      fold: [batchnorm, bias]
      requantize: true
      keep: always
      rules:
        - {match: {layer: a, layer_type: convolution, parameter: vectors}, skip: true}
        - {match: {layer: [a, "b*"], layer_type: [bias, scale], parameter: [weights, bias]}, skip: false}
        - {match: {min_count: 1, max_count: 2, min_layer_count: 1, max_layer_count: "${wide}"}, bits: "${wide}"}
        - {match: {min_kernel_channels: 1, max_kernel_channels: 2, min_groups: 1, max_groups: 1}, function: linear}
        - {match: {min_input_channels: 1, max_input_channels: 2, min_output_channels: 1, max_output_channels: 2},
           function: {linear_lut: {range: half_open}}, bits: 3}
      sweep: {function: linear, bits: [16, 5], compact_preprocessing: [true, float16]}
  - quantize: {name: c, fold: false, compact_preprocessing: float16, sweep: {function: linear, bits: 7}, input: tiny}
  - quantize: {name: d, fold: auto, compact_preprocessing: true, sweep: {function: linear, bits: 7}, input: tiny}
  - evaluate: {backend: {reference: {}}, baseline: second, part: a}
  - select:
      objective: zip_size
      max_drop: 0.5
      confidence: 0.95
      constraints: [{agreement: {at_least: 0.5}}, {size: {at_most: "${wide}"}}]
      front: [size, agreement]
  - publish: {path: out, name: net}
  - report: [note, {note: {path: a.txt}}, {failing: }]
)",
    "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes, crop: '${env:GOLDILOCKS_TEST_CROP}'}}}]",
    "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {evaluate: {backend: reference}}, {select: }]",
    "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {evaluate: {backend: reference, metrics: [kl, "
    "top3_agreement, confusion], confidence: 0.9, bootstrap: {seed: 3, resamples: 100}}}]",
    "stages: [{load: {results: earlier/results.json}}, {select: {}}, {report: note}]",
    "stages: [{load: {results: earlier/results.json}}, {select: {constraints: {size: {at_most: 5}}}}, {report: note}]",
    R"(
stages:
  - load: {model: tiny.mlmodel, dataset: {images: classes, split: {parts: {half: 0.5}}}}
  - sensitivity:
      {input: tiny, function: {linear_lut: {range: closed}}, bits: [8, 4], backend: reference, part: half, samples: 5}
  - mixed: {name: "{model}_a", description: mixed, size: 1000, measurements: 5}
  - mixed: {name: b, size_of: tiny}
  - mixed: {name: c, kl: 0.5}
)",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: chooser}}}]",
    "stages: [{load: {model: tiny.mlmodel, dataset: {inputs: {a: images.npy, b: classes}, targets: labels.npy}}}]",
    "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes, inputs: images.npy, targets: {c: classes}}}}]",
};

std::string select_with(const std::string& settings) {
  return "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {evaluate: {backend: reference}}, "
         "{select: {" +
         settings + "}}]";
}

// Pipelines that break it, one fault each.
const std::vector<std::string> refused = {
    "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {sensitivity: {bits: 4}}]",
    "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {sensitivity: {function: linear, backend: "
    "reference}}, {mixed: {name: x}}]",
    "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {sensitivity: {function: linear, backend: "
    "reference}}, {mixed: {size: 10, kl: 0.1}}]",
    "name: x",
    "stages: []",
    "stages: load",
    "stage: []\nstages: [{load: {model: tiny.mlmodel}}]",
    "variables: {a-b: 1}\nstages: [{load: {model: tiny.mlmodel}}]",
    "variables: {a: {file: x}}\nstages: [{load: {model: tiny.mlmodel}}]",
    "plugins: classes\nstages: [{load: {model: tiny.mlmodel}}]",
    "stages: [{evalute: {}}]",
    "stages: [{load: {model: tiny.mlmodel}, report: note}]",
    "stages: [{load: {modle: tiny.mlmodel}}]",
    "stages: [{load: {model: {name: x}}}]",
    "stages: [{load: {models: tiny.mlmodel}}]",
    "stages: [{load: {dataset: {images: classes, crop: centre}}}]",
    "stages: [{load: {dataset: {images: classes, filter: cubic}}}]",
    "stages: [{load: {dataset: {crop: fit}}}]",
    "stages: [{load: {dataset: classes}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {name: x}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {bits: 4}}}]",
    "stages: [{load: {model: tiny.mlmodel, dataset: {inputs: {}}}}]",
    "stages: [{load: {model: tiny.mlmodel, dataset: {inputs: [images.npy]}}}]",
    "stages: [{load: {model: tiny.mlmodel, dataset: {images: images.npy, targets: {a: [labels.npy]}}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: linaer, bits: 4}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: [], bits: 4}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: linear, bits: 9}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: linear, bits: []}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: {linear_lut: {range: open}}, bits: 4}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: {linear_lut: {rnge: open}}, bits: 4}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: {with_options: {count: 10}}, bits: 4}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {sweep: {function: {with_options: {steps: [x]}}, bits: 4}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {fold: none, sweep: {function: linear, bits: 4}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {fold: [norm], sweep: {function: linear, bits: 4}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {requantize: yes, sweep: {function: linear, bits: 4}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {compact_preprocessing: [true], sweep: {function: linear, "
    "bits: "
    "4}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {rules: [], sweep: {function: linear, bits: 4}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {rules: [{match: {}, skip: true}], sweep: {function: linear, "
    "bits: 4}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {rules: [{match: {layer: a}}], sweep: {function: linear, bits: "
    "4}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {rules: [{match: {layer: a}, skip: true, bits: 4}], sweep: "
    "{function: linear, bits: 4}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {rules: [{match: {layer: a}, bits: [4]}], sweep: {function: "
    "linear, bits: 4}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {rules: [{match: {layer_type: convolve}, skip: true}], sweep: "
    "{function: linear, bits: 4}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {quantize: {rules: [{match: {min_count: -1}, skip: true}], sweep: "
    "{function: linear, bits: 4}}}]",
    "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {evaluate: {backend: refrence}}]",
    "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {evaluate: {backend: reference, metrics: "
    "[top0_accuracy]}}]",
    "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {evaluate: {backend: reference, confidence: "
    "1}}]",
    "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {evaluate: {backend: reference, bootstrap: "
    "{resamples: 10}}}]",
    "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {evaluate: reference}]",
    "stages: [{load: {model: tiny.mlmodel, dataset: {images: classes}}}, {evaluate: {backend: reference}}, {select: "
    "{max_drop: 2}}]",
    select_with("objective: speed"),
    select_with("constraints: [{agreement: 0.9}]"),
    select_with("constraints: [{agreement: {}}]"),
    select_with("constraints: [{agreemnt: {at_least: 0.9}}]"),
    select_with("constraints: []"),
    select_with("front: [size]"),
    "stages: [{load: {results: earlier/results.json}}, {select: {}}, {publish: {name: net}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {report: []}]",
    "stages: [{load: {model: tiny.mlmodel}}, {report: {note: {paht: x}}}]",
    "stages: [{load: {model: tiny.mlmodel}}, {report: {note: {}, failing: {}}}]",
};

TEST(Schema, AcceptsWhatTheParserAccepts) {
  const auto pipeline_schema = schema();
  for (const std::string& yaml : accepted) EXPECT_EQ(schema_fault(pipeline_schema, yaml_as_json(yaml)), "") << yaml;
}

TEST(Schema, TheParserAcceptsTheSame) {
  ::setenv("GOLDILOCKS_TEST_CROP", "center", 1);
  const Workspace workspace;
  workspace.write("earlier/results.json", "{}");
  for (const std::string& yaml : accepted) EXPECT_EQ(workspace.faults(yaml), "") << yaml;
}

TEST(Schema, WhatIsPrintedIsReadToTheSame) {
  ::setenv("GOLDILOCKS_TEST_CROP", "center", 1);
  const Workspace workspace;
  workspace.write("earlier/results.json", "{}");
  for (const std::string& yaml : accepted) {
    const std::string printed = to_yaml(workspace.parse(yaml));
    EXPECT_EQ(to_yaml(workspace.parse(printed)), printed);
  }
}

TEST(Schema, EveryDefaultInAHelpIsSaid) { EXPECT_EQ(schema().dump().find("{default}"), std::string::npos); }

TEST(Schema, BothRefuseTheSame) {
  const Workspace workspace;
  const auto pipeline_schema = schema();
  for (const std::string& yaml : refused) {
    EXPECT_NE(schema_fault(pipeline_schema, yaml_as_json(yaml)), "") << yaml;
    EXPECT_NE(workspace.faults(yaml), "") << yaml;
  }
}

TEST(Schema, HasThePluginsOptionsWithHelpAndDefault) {
  const std::string text = pipeline_schema(testing::registry()).dump();
  EXPECT_NE(text.find(R"("half_open")"), std::string::npos);
  EXPECT_NE(text.find(R"("description":"a count","default":3)"), std::string::npos);
}

// The keys that stand in tables of docs/pipeline.md, by the heading above them: "| `key` | ... |".
std::map<std::string, std::set<std::string>> documented_keys() {
  std::map<std::string, std::set<std::string>> keys;
  std::istringstream text(read_file(std::filesystem::path(GOLDILOCKS_SOURCE_DIR) / "docs/pipeline.md"));
  std::string heading;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("#")) heading = line.substr(line.find_first_not_of("# "));
    if (!line.starts_with("| `")) continue;
    keys[heading].insert(line.substr(3, line.find('`', 3) - 3));
  }
  return keys;
}

TEST(PipelinePage, DescribesEveryKeyAndNoOther) {
  std::map<std::string, std::set<std::string>> expected;
  const auto add = [&](const char* heading, const Mapping& keys) {
    const auto names = names_of(keys);
    expected[heading] = {names.begin(), names.end()};
  };
  add("The file", grammar::pipeline());
  add("Stages", grammar::stage());
  add("load", grammar::load());
  add("A model", grammar::model());
  add("A dataset", grammar::dataset());
  add("quantize", grammar::quantize());
  add("The sweep", grammar::sweep());
  add("A split", grammar::split());
  add("A function", grammar::swept_function());
  add("A rule", grammar::quantizing_rule());
  expected["A rule"].insert("skip");
  add("sensitivity", grammar::sensitivity());
  add("mixed", grammar::mixed());
  add("evaluate", grammar::evaluate());
  add("Detection", grammar::detection());
  add("The bootstrap", grammar::bootstrap());
  add("select", grammar::select());
  add("A constraint", grammar::limit());
  add("prove", grammar::prove());
  add("publish", grammar::publish());
  auto documented = documented_keys();
  documented.erase("The run's folder");
  EXPECT_EQ(documented, expected);
}

TEST(PipelinePage, NamesEveryCropAndFilter) {
  const std::string page = read_file(std::filesystem::path(GOLDILOCKS_SOURCE_DIR) / "docs/pipeline.md");
  for (const auto names : {crop_names(), filter_names()}) {
    for (const std::string_view name : names) {
      EXPECT_NE(page.find(fmt::format("`{}`", name)), std::string::npos) << name;
    }
  }
}

// Every pipeline that stands on the page is one, but for the files that it names.
TEST(PipelinePage, ItsExamplesFollowTheSchema) {
  const auto pipeline_schema = schema();
  std::istringstream text(read_file(std::filesystem::path(GOLDILOCKS_SOURCE_DIR) / "docs/pipeline.md"));
  std::string example;
  bool inside = false;
  int found = 0;
  for (std::string line; std::getline(text, line);) {
    if (inside && line == "```") {
      inside = false;
      if (example.find("stages:") == std::string::npos) continue;
      ++found;
      EXPECT_EQ(schema_fault(pipeline_schema, yaml_as_json(example)), "") << example;
    } else if (inside) {
      example += line + "\n";
    } else if (line == "```yaml") {
      inside = true;
      example.clear();
    }
  }
  EXPECT_GE(found, 4);
}

}  // namespace
}  // namespace goldilocks::pipeline
