#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/predictions/collect_figures.hpp"
#include "core/pipeline/single/model_arguments.hpp"
#include "core/pipeline/yaml/dataset_arguments.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks::pipeline {

// One model's answers for a dataset, made without a store, for commands that look at one or two files.
struct DatasetAnswers {
  std::string name;                   // of the model
  std::vector<std::string> warnings;  // of the model, one line each that begins with the file
  std::vector<InputSource> inputs;
  std::vector<std::string> labels;
  std::vector<std::uint32_t> class_index;
  std::optional<ModelFeed> feed;
  std::vector<data::UnusableSample> unusable;
  std::shared_ptr<const data::Dataset> usable;
  std::vector<float> content;  // what `predictions` look at, aligned as that needs
  Predictions predictions;
  std::vector<float> targets;
  std::vector<std::int32_t> tokens;

  LabelledPredictions labelled() const {
    return {predictions, labels, class_index, feed ? &feed->output : nullptr, targets, tokens};
  }
};

// What the arguments name, opened, or the samples that are there.
std::shared_ptr<const data::Dataset> open_samples(const DatasetArguments& arguments, const DatasetUse& use);

// Throws UsageError for a metric that there is not, with a suggestion.
void require_metrics(const evaluation::FigureSettings& settings);

// Throws UsageError for a metric that is named and was not computed, as the samples or the models are no such.
void require_figures(const goldilocks::Evaluation& evaluation, const evaluation::FigureSettings& settings);

// A model that is asked, and by which backend.
struct AskedModel {
  std::filesystem::path file;
  ModelArguments arguments;
  const plugins::BackendPlugin& backend;
  plugins::OptionValues options;
};

// Throws ModelError, DataError, PluginError, FileError, and UsageError for a function that the model doesn't have.
DatasetAnswers answer_dataset(const AskedModel& model, const DatasetUse& use,
                              const std::shared_ptr<const data::Dataset>& dataset, ThreadPool& pool,
                              const std::function<void(double)>& progress = {});

}  // namespace goldilocks::pipeline
