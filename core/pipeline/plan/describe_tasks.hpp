#pragma once

#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"
#include "goldilocks/plan.pb.h"

// A pipeline's stages as the messages of a plan: what every task needs, without the values of the environment;
// task_settings.hpp is the inverse. Throw PluginError, and FileError for an option's file that can't be read.
namespace goldilocks::pipeline {

// Of what the pipeline loads and the tasks read: all but the tasks.
void describe_sources(goldilocks::Plan& message, const PipelineSpec& spec, const Plan& plan,
                      plugins::Registry& registry);

void describe(goldilocks::PrepareParameters& message, const DatasetUse& use, const PlannedDataset& dataset,
              const std::vector<InputSource>& sources);
void describe(goldilocks::PluginSettings& message, const PluginUse& use, const plugins::BackendPlugin& plugin);
// "as_typed"; "" for float32, so that keys and records of what has no float16 values are as they are.
std::string precision_in_records(runtime::Precision precision);
// Without the hash of a loaded model, as the others.
void describe(goldilocks::QuantizeParameters& message, const PipelineSpec& spec, const VariantSpec& variant,
              plugins::Registry& registry);
// `root`: what planning found out of `loaded`.
void describe(goldilocks::PredictParameters& message, const EvaluateStage& stage, const LoadedModel& loaded,
              const PlannedModel& root, const plugins::BackendPlugin& backend);
void describe(goldilocks::SensitivityParameters& message, const SensitivityStage& stage, plugins::Registry& registry);
// Without the sensitivity, and without a target that is another variant's size.
void describe(goldilocks::MixParameters& message, const MixedStage& stage, const VariantSpec& variant);

}  // namespace goldilocks::pipeline
