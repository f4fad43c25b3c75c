#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/data/image.hpp"
#include "core/evaluation/evaluate_answers.hpp"
#include "core/pipeline/quantization/quantize_model.hpp"
#include "core/pipeline/single/model_arguments.hpp"
#include "core/pipeline/yaml/dataset_arguments.hpp"
#include "core/plugins/registry.hpp"
#include "core/plugins/text_options.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

using TextOptions = plugins::TextOptions;

// One function with one width.
struct QuantizeStep {
  std::string function{};
  TextOptions options{};      // --option name=value; paths are relative to the current folder
  std::optional<int> bits{};  // may be left out where the function chooses
  quantization::Layout layout{};
};

// Images that weights are calibrated by.
struct CalibrationArguments {
  std::filesystem::path images;  // a folder, at any depth, or a packed file; labels are not needed
  std::size_t samples = 350;     // at most so many, evenly spaced in the order of their names
  data::Preparation preparation{};
  std::string backend = "onednn";
};

// `goldilocks quantize`: one file, one function, one width, without a store.
struct QuantizeFileRequest {
  std::filesystem::path model;
  QuantizeStep step{};                           // without a function: `rules` are a file of coremltools, which says it
  std::vector<QuantizeStep> further{};           // what compresses further what those before have left
  std::string description;                       // template with {model}, {function}, {bits}; "" leaves the model's own
  std::filesystem::path output;                  // as write_file_atomically() takes it; empty: nothing is written
  bool force = false;                            // the output may be one of the inputs
  std::optional<std::filesystem::path> rules{};  // a file of rules, as parse_rules_file() takes it
  bool requantize = false;
  bool joint = false;                               // what is compressed already is compressed further
  std::optional<std::uint64_t> weight_threshold{};  // tensors of no more values stay; the format's own by default
  quantization::Indivisible indivisible = quantization::Indivisible::error;
  formats::VersionLimit limit{};
  Keep keep = Keep::smaller;
  formats::FoldChoice fold{};
  formats::Compaction compaction = formats::Compaction::off;
  std::optional<CalibrationArguments> calibration{};
};

struct QuantizeFileResult {
  ModelReport report;
  std::vector<std::string> notices;  // warnings of the model, rules that match nothing, that nothing was quantized
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
};

// Throws UsageError (options, a width that the function doesn't declare, an output that is an input), PipelineErrors
// (rules), ModelError, PluginError, DataError (images to calibrate by), FileError.
QuantizeFileResult quantize_file(const QuantizeFileRequest& request, plugins::Registry& registry, ThreadPool& pool,
                                 const std::function<void(double)>& progress = {});

// `goldilocks evaluate`: one file on one dataset, without a store.
struct EvaluateModelRequest {
  std::filesystem::path model;
  DatasetArguments dataset;  // with labels or targets
  data::Preparation preparation;
  std::string backend = "onednn";
  TextOptions options;
  evaluation::FigureSettings figures{};
  ModelArguments arguments{};
};

struct EvaluateModelResult {
  goldilocks::Evaluation evaluation;
  goldilocks::Dataset dataset;
  std::vector<std::string> warnings;  // of the model, one line each that begins with its file
};

// Throws UsageError, ModelError, DataError, PluginError, FileError.
EvaluateModelResult evaluate_model(const EvaluateModelRequest& request, plugins::Registry& registry, ThreadPool& pool,
                                   const std::function<void(double)>& progress = {});

}  // namespace goldilocks::pipeline
