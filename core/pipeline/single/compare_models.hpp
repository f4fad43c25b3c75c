#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/data/image.hpp"
#include "core/evaluation/evaluate_answers.hpp"
#include "core/pipeline/single/model_arguments.hpp"
#include "core/pipeline/yaml/dataset_arguments.hpp"
#include "core/plugins/registry.hpp"
#include "core/plugins/text_options.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// `goldilocks compare`: two files on the same images, without a store.
struct CompareModelsRequest {
  std::filesystem::path before;  // the full-precision model
  std::filesystem::path after;   // the one that is held against it
  // Labels need not be there; a folder in which images lie, or a packed file without labels, has none.
  DatasetArguments dataset;
  // By default as coremltools' compare_models prepares images.
  data::Preparation preparation{data::Fit::scale_fill, data::Filter::lanczos};
  std::string backend = "onednn";
  std::string backend_of_after{};  // "": the same
  plugins::TextOptions options{};  // of the backends; each goes to those that have such an option
  evaluation::FigureSettings figures{};
  ModelArguments of_before{}, of_after{};
};

struct CompareModelsResult {
  // Of the second model; its baseline is the first one. Without labels there are no accuracies and no `comparison`.
  goldilocks::Evaluation evaluation;
  goldilocks::Dataset dataset;        // without classes where the images have no labels
  std::vector<std::string> warnings;  // of both models, one line each that begins with the file
};

struct BackendPair {
  const plugins::BackendPlugin* before = nullptr;
  const plugins::BackendPlugin* after = nullptr;
  plugins::OptionValues before_options, after_options;
};

// Throws UsageError for options, PluginError.
BackendPair backends_of(const CompareModelsRequest& request, plugins::Registry& registry);

// The samples; those that need no labels to be compared have none.
DatasetUse compared_samples(const CompareModelsRequest& request);

// Throws UsageError, ModelError, DataError, PluginError, FileError.
CompareModelsResult compare_models(const CompareModelsRequest& request, plugins::Registry& registry, ThreadPool& pool,
                                   const std::function<void(double)>& progress = {});

}  // namespace goldilocks::pipeline
