#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/predictions/predictions.hpp"
#include "core/pipeline/tasks/run_tasks.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// The results document of a run: variants, their metrics (from the predictions' artifacts) and what was run; everything
// but the selection. The pool computes the metrics of several variants at once.
goldilocks::Results collect_results(const PipelineSpec& spec, const Plan& plan, const std::vector<TaskResult>& tasks,
                                    plugins::Registry& registry, ThreadPool& pool);

// Chooses among the variants that were compared, and fills the document's selection. Throws UsageError, with the place,
// where the rule names a figure that the document doesn't have of any variant.
void select_variant(goldilocks::Results& results, const SelectStage& stage);

// A dataset as the document describes it. `inputs`: what it was prepared for.
goldilocks::Dataset describe_dataset(const DatasetUse& use, const data::Dataset& dataset,
                                     std::span<const InputSource> inputs);

// Adds what could not be read of all samples of the dataset.
void add_unusable(goldilocks::Dataset& described, const data::Dataset& dataset,
                  const std::vector<data::UnusableSample>& unusable);

// "goldilocks 0.1.0"
std::string program_version();

}  // namespace goldilocks::pipeline
