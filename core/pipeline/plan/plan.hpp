#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/data/dataset.hpp"
#include "core/formats/format.hpp"
#include "core/pipeline/predictions/model_feed.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"
#include "core/store/store.hpp"
#include "goldilocks/plan.pb.h"

namespace goldilocks::pipeline {

enum class TaskKind { prepare, quantize, sensitivity, mix, predict };
std::string to_text(TaskKind kind);

// One step that makes one artifact, as the run sees it; what it needs is in the message of the same index. Equal keys
// mean equal artifacts, whoever computed them.
struct Task {
  std::string id;  // "quantize food_linear_8", "prepare images 227x227x3", "predict food"
  TaskKind kind = TaskKind::prepare;
  std::string key;                  // 64 hexadecimal digits: the hash of all that determines the artifact
  std::vector<std::size_t> inputs;  // tasks whose artifacts it reads; all stand before it in the plan
  double cost = 1;                  // a rough measure of work, for progress: weights or samples
  // Of a plan that was made of a pipeline:
  std::size_t variant = 0;             // of all but prepare: index into PipelineSpec::variants
  std::size_t input = 0;               // of all but quantize: index into Plan::inputs
  std::optional<double> time_limit{};  // of a stage with `isolation: process`: seconds after which it is given up
};

// A dataset, or a part of one, that was opened and hashed.
struct PlannedDataset {
  std::size_t dataset = 0;  // index into PipelineSpec::datasets
  std::string part;         // "" for all samples
  std::shared_ptr<const data::Dataset> content;
  std::string fingerprint;
  std::string labels_sha256;  // of the file of a packed dataset's labels
  std::string label_map_sha256;
  std::vector<std::string> target_fingerprints;
};

// Images of one dataset fitted to one input size, or what else goes into models, shared by all that take it.
struct PlannedInput {
  std::size_t dataset = 0;  // index into Plan::datasets
  std::vector<InputSource> sources;
  std::size_t task = 0;
};

// What planning found out about a loaded model.
struct PlannedModel {
  std::string sha256;
  std::uint64_t size = 0;
  formats::StoredWeights stored;
  // With an evaluate or sensitivity stage:
  std::size_t input = 0;                   // index into Plan::inputs
  std::vector<std::uint32_t> class_index;  // for each class of the dataset, its index among the model's labels
  std::vector<std::string> labels;
  std::optional<ModelFeed> feed;  // unset for a classifier of one image
  std::size_t study = 0;          // of a model of the sensitivity stage: index into Plan::inputs of the images for it
  bool scores_only = false;       // its outputs for all samples would be too large, so only the scores are kept
};

// What has to be done for a pipeline: a graph of tasks in an order in which they can run. A value; it holds no file
// open and can be printed.
struct Plan {
  goldilocks::Plan document;  // what plan.json holds: all that a task needs, but for values of the environment
  std::vector<Task> tasks;    // those of the document
  std::vector<PlannedDataset> datasets;  // each with a part once
  std::vector<PlannedInput> inputs;
  std::vector<std::optional<PlannedModel>> models;            // per variant; set for loaded ones
  std::vector<std::optional<std::size_t>> quantize, predict;  // per variant: the task that makes it or predicts with it
  std::vector<std::optional<std::size_t>> sensitivity;        // per variant: set for the loaded ones of that stage
  std::vector<std::string> notices;                           // of the spec, and of the validator on what was read
};

// Opens and checks all inputs (models, datasets, labels, plugins) and computes every key, so that what can fail early
// does. Throws PipelineErrors with all that is wrong, each at the pipeline's place that names it.
Plan make_plan(const PipelineSpec& spec, plugins::Registry& registry, ThreadPool& pool);

// What a planned dataset is called in records and results: "images", or "images/prove" for a part.
std::string name_of(const PipelineSpec& spec, const PlannedDataset& dataset);

// A table for people: every task, and whether the store has its artifact.
std::string describe_plan(const PipelineSpec& spec, const Plan& plan, const store::Store& store);

TaskKind kind_of(const goldilocks::PlannedTask& task);

// The tasks of a document. Throws Error(ExitCode::internal) for one that no planner writes: a task without parameters,
// or before one of its inputs.
std::vector<Task> tasks_of(const goldilocks::Plan& document);

// A hash of this program's file: a plan is for the program that made it.
const std::string& program_hash();

}  // namespace goldilocks::pipeline
