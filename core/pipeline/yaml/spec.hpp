#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <goldilocks/runtime.hpp>

#include "core/base/paths.hpp"
#include "core/data/image.hpp"
#include "core/data/split.hpp"
#include "core/evaluation/evaluate_answers.hpp"
#include "core/evaluation/selection.hpp"
#include "core/formats/passes.hpp"
#include "core/pipeline/yaml/diagnostics.hpp"
#include "core/plugins/registry.hpp"
#include "core/quantization/keep.hpp"
#include "core/quantization/request.hpp"
#include "core/quantization/weight_rules.hpp"

namespace goldilocks::pipeline {

using quantization::Keep;
using quantization::Measure;
using quantization::measures;
using quantization::Range;
using quantization::RuleMatch;

// A path of the pipeline in three forms: what the program opens; what a record holds (absolute, but values from the
// environment are left as ${env:NAME}); and what a user recognizes (as the pipeline or the command line wrote it).
struct PathValue {
  std::filesystem::path path;
  std::string record;
  std::string shown;
};

// An option's value as it may be written to records: values from the environment are left as ${env:NAME}.
struct RecordedOption {
  std::string text;
  std::vector<std::string> items;  // of a list
  bool is_list = false;
};

// A plugin with its options, complete and typed.
struct PluginUse {
  std::string name;
  plugins::OptionValues options;
  std::map<std::string, RecordedOption> recorded;
  Place place;
};

// Arrays or images for an input or an output of a model.
struct ArraySource {
  std::string name;  // of the input or output; "" stands for the only one
  PathValue path;    // a .npy or .npz file, or a folder with one file for each sample
};

struct DatasetUse {
  std::string name;                 // of the images' or the first array's folder or file; unique in the pipeline
  std::optional<PathValue> images;  // a folder with one folder per class, a list of files, or a packed .npy file
  std::vector<ArraySource> inputs;  // beside images or in their place
  std::vector<ArraySource> targets;
  std::optional<PathValue> labels;  // of packed images or arrays
  std::optional<PathValue> label_map;
  std::string next_token;  // the input of tokens, each of which the scores of the position before are for; "": none
  bool sequences = false;  // each sample is a sequence of steps, which share the model's states
  bool labelled = true;
  data::Preparation preparation;
  std::optional<data::Split> split;
  std::uint64_t max_unusable = 0;  // samples that may be unreadable
  Place place;

  bool packed() const { return labels.has_value(); }
  // What the samples are found by: the images, otherwise the arrays that are named first.
  const PathValue& source() const { return images ? *images : inputs.front().path; }
};

struct LoadedModel {
  std::string name;  // unique among all variants
  PathValue file;
  std::string function_name;  // that is evaluated, of an ML Program with several; "": the default one
  Place place;
};

struct LoadStage {
  std::vector<LoadedModel> models;
  std::optional<std::size_t> dataset;  // index into PipelineSpec::datasets, that of another stage where it has none
  Place place;
};

// The layouts of a sweep: every list that isn't empty is one more dimension of it.
struct LayoutSweep {
  std::vector<weights::Granularity> granularities;
  std::vector<int> vectors;
  std::vector<quantization::ChannelScale> channel_scales;
  std::vector<bool> int8_tables;
};

// One function of a sweep with the widths that it will be asked for.
struct SweptFunction {
  PluginUse function;
  std::string label;        // what {function} stands for: `as`, or the plugin's name
  std::vector<int> widths;  // in the order of the sweep; {0} where the function chooses
  LayoutSweep layouts;      // before those of the sweep
};

// `isolation: process`: every task of the stage in a process of its own.
struct ProcessIsolation {
  double time_limit = 600;  // seconds after which a task is given up
};

// One entry of a stage's `rules`: which tensors it is for, and what becomes of them.
struct WeightRule {
  RuleMatch match;
  // As in `match`, but ${env:NAME} is left.
  std::vector<std::string> recorded_layers, recorded_parameters, recorded_functions, recorded_constants;
  bool skip = false;                              // they stay as they are
  std::optional<std::uint64_t> weight_threshold;  // those of no more values stay, and so does what usually does
  std::optional<int> bits;                        // else the sweep's; 0 where the rule's function chooses
  std::optional<PluginUse> function;              // else the sweep's
  quantization::Layout layout;                    // what it leaves open is as the sweep has it
  Place place;

  // It says itself what is to become of a tensor, and doesn't leave that to the sweep.
  bool names_form() const { return bits.has_value() || function.has_value() || layout != quantization::Layout{}; }
  // It says so for whatever it matches, however small.
  bool is_explicit() const { return names_form() && !weight_threshold; }
};

struct QuantizeStage {
  std::string id;                   // by which a later stage's `input` names it; "" if it has none
  std::vector<std::string> inputs;  // names of loaded models and ids of earlier stages; empty: all loaded models
  // A template with {model}, {function}, {bits}, {preprocessing}; with the last where several ways with the mean image
  // are swept.
  std::string name = "{model}_{function}_{bits}";
  std::string description;  // the same; "" leaves the model's description as it is
  std::string recorded_name = name, recorded_description;
  std::optional<std::vector<int>> widths;  // of all functions that don't name their own
  std::vector<SweptFunction> functions;
  std::optional<ProcessIsolation> isolation;
  std::vector<WeightRule> rules;  // the first that matches a tensor counts
  bool requantize = false;        // what is quantized already is quantized again
  Keep keep = Keep::smaller;
  bool joint = false;                             // what is compressed already is compressed further
  std::optional<std::uint64_t> weight_threshold;  // tensors of no more values stay
  quantization::Indivisible indivisible = quantization::Indivisible::skip;
  std::string compress_for;  // "ios16", ..., "as_is"; "": whatever system the settings need
  LayoutSweep layouts;
  formats::FoldChoice fold;
  std::vector<formats::Compaction> compactions{formats::Compaction::off};  // one more dimension of the sweep
  Place place;
};

// How each weight tensor of the loaded models bears each width.
struct SensitivityStage {
  std::vector<std::string> inputs;  // names of loaded models; empty: all
  SweptFunction function;           // with the widths to try, in rising order
  PluginUse backend;
  std::string part;           // of the split of each dataset; "" for all samples
  std::uint64_t samples = 0;  // at most so many of them serve for the sensitivities; 0: all
  Place place;
};

// A variant of each model of the sensitivity stage, with a width of its own for each weight tensor. Exactly one of the
// three targets is set.
struct MixedStage {
  std::string name = "{model}_mixed", description;  // templates with {model}, {function}, {bits}
  std::string recorded_name = name, recorded_description;
  std::optional<std::uint64_t> size;  // of the file, in bytes
  std::string size_of;                // a variant that the file may be as large as
  std::optional<double> divergence;   // on the samples of the sensitivity stage
  std::uint64_t measurements = 400;   // models that may be measured to correct the widths
  Place place;
};

// How a detector is evaluated, whose number of boxes differs from sample to sample.
struct DetectionUse {
  std::string boxes, scores;         // outputs
  std::optional<PathValue> labels;   // a file of the boxes that are there
  std::vector<std::string> classes;  // the labels, by the index of their score; empty: as the model has them
  double iou = 0.5;                  // the overlap from which on two boxes are the same
  double least_score = 0.25;         // of the boxes that are compared with the baseline's
  bool pixels = false;               // boxes are in pixels of the input
  std::uint64_t most = 100;          // boxes of a sample that count
};

struct EvaluateStage {
  PluginUse backend;
  runtime::Precision precision = runtime::Precision::float32;
  std::string output;    // of the models, that is compared; "": the one that feed_model() chooses
  std::string baseline;  // a loaded model's name; "" for the rule of VariantSpec::baseline
  std::string part;      // of the split of each dataset; "" for all samples
  std::optional<ProcessIsolation> isolation;
  std::optional<DetectionUse> detection;  // of detectors
  evaluation::FigureSettings figures;
  std::vector<std::string> only;     // names of variants; empty, as ever in a pipeline that was read: all
  std::vector<Place> metric_places;  // of the metrics that are named
  std::uint64_t rounds = 0;          // in which the time of predictions is measured; 0: it isn't
  Place place;
};

struct SelectStage {
  evaluation::SelectionRule rule;
  std::vector<Place> limit_places;  // of the rule's limits
  Place objective_place;
  std::optional<Place> front_place;  // unset where the front is the usual one
  bool allow_broken_baseline = false;
  Place place;
};

// The chosen variant is evaluated once more, on samples that took no part in the choice.
struct ProveStage {
  std::string part;                // of the split of each dataset
  evaluation::SelectionRule rule;  // its limits and confidence, by default those of the select stage
  std::vector<Place> limit_places;
  Place place;
};

struct PublishStage {
  PathValue folder;
  std::string name;  // of the published model, without its ending
  Place place;
};

// One model file of the run: a loaded one, or one that a quantize stage makes of an earlier variant or a mixed stage of
// a loaded one.
struct VariantSpec {
  std::string name;  // of its file or folder, without the ending
  bool loaded = false;
  bool mixed = false;        // made by a mixed stage
  std::size_t stage = 0;     // index into `loads`, `quantizes` or `mixes`
  std::size_t item = 0;      // index into the stage's models or functions
  std::size_t input = 0;     // the variant that it is made from; itself for a loaded one
  std::size_t root = 0;      // the loaded variant at the chain's beginning
  std::size_t baseline = 0;  // the loaded variant to which it is compared: `root`; without any quantize stage the first
                             // loaded model of the same dataset; or what `baseline:` says
  int bits = 32;             // 0: the function chooses, or the widths are mixed
  quantization::Layout layout;
  std::size_t size_of = 0;           // of a mixed one with such a target: the variant
  formats::PassSettings passes;      // what the input goes through before it is quantized
  std::string description;           // expanded; "" leaves it
  std::string recorded_description;  // the same, but ${env:NAME} is left

  bool quantized() const { return !loaded && !mixed; }  // made by a quantize stage
};

struct Variable {
  std::string name;
  bool is_path = false;
  std::string value;
  std::string record;  // without values from the environment
  std::string shown;   // a path as it was written
};

// A pipeline file, checked: every default filled in, every path resolved, every plugin's options typed, every variant
// named. A value: it can be copied, compared by to_yaml(), and printed.
struct PipelineSpec {
  std::string name;
  std::filesystem::path file;
  std::vector<Variable> variables;
  std::vector<PathValue> plugin_places;
  std::vector<DatasetUse> datasets;
  std::vector<LoadStage> loads;
  std::optional<PathValue> earlier_results;  // `load: {results: ...}`: the results.json of an earlier run
  std::vector<QuantizeStage> quantizes;
  std::optional<SensitivityStage> sensitivity;
  std::vector<MixedStage> mixes;
  std::optional<EvaluateStage> evaluate;
  std::optional<SelectStage> select;
  std::optional<ProveStage> prove;
  std::optional<PublishStage> publish;
  std::vector<PluginUse> reports;
  std::vector<VariantSpec> variants;  // loaded ones first, then in the order of the sweeps, then the mixed ones
  std::vector<std::string> notices;   // pairs that were left out of a sweep

  const LoadedModel& model_of(const VariantSpec& variant) const;       // of a loaded one
  const SweptFunction& function_of(const VariantSpec& variant) const;  // of one that isn't loaded
  // Whether the sensitivity stage is about this variant.
  bool is_studied(const VariantSpec& variant) const;
  bool loads_packages() const;  // whether any loaded model is one
  // The dataset on which a variant is evaluated. Precondition: an evaluate stage.
  std::size_t dataset_of(const VariantSpec& variant) const;
};

struct ParseSettings {
  // --set name=value, in the order of the command line; the last one of a name counts.
  std::vector<std::pair<std::string, std::string>> set;
  std::filesystem::path current_folder = goldilocks::current_folder();  // for paths given by `set`
};

// Reads and checks a pipeline file; docs/pipeline.md is the grammar. Places of its `plugins:` list are prepended to the
// registry. Throws FileError if it can't be read, and PipelineErrors with every fault in it.
PipelineSpec parse_pipeline(const std::filesystem::path& file, const ParseSettings& settings,
                            plugins::Registry& registry);

// The resolved pipeline as a pipeline file: variables replaced (those from the environment stay ${env:NAME}), paths
// absolute, defaults written out. Parsing it gives the same variants again.
std::string to_yaml(const PipelineSpec& spec);

}  // namespace goldilocks::pipeline
