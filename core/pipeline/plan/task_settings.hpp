#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/data/image.hpp"
#include "core/formats/format.hpp"
#include "core/pipeline/predictions/detected_boxes.hpp"
#include "core/pipeline/predictions/input_source.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"
#include "core/quantization/keep.hpp"
#include "goldilocks/plan.pb.h"

// What the messages of a plan say, as values; describe_tasks.hpp is the inverse. Throw Error(ExitCode::internal) for
// what no planner writes, and UsageError for a variable that the environment doesn't have.
namespace goldilocks::pipeline {

// A text of a plan with the values of the variables in it.
std::string without_variables(const std::string& text);

data::Preparation preparation_of(const goldilocks::PrepareParameters& message);
std::vector<InputSource> sources_of(const goldilocks::PrepareParameters& message);
formats::PassSettings passes_of(const goldilocks::PassParameters& message);
Keep keep_of(const goldilocks::QuantizeParameters& message);
quantization::Layout layout_of(const goldilocks::Layout& message);
// All of a request that the parameters say beside function, rules and settings.
void set_manner(quantization::QuantizeRequest& request, const goldilocks::QuantizeParameters& message);
formats::VersionLimit limit_of(const goldilocks::QuantizeParameters& message);
// The functions of rules are those that the task was planned with, as below.
WeightRule rule_of(const goldilocks::WeightRule& message, plugins::Registry& registry);

// The name that the library of a plugin has.
std::string library_name(const goldilocks::PlannedPlugin& message);

// A dataset as the pipeline has it. Preparation and limits are the tasks'.
DatasetUse dataset_use_of(const goldilocks::PlannedDataset& message);

// Of a detector; the labels are called by their numbers, as their names make no difference to a task.
std::optional<DetectedBoxes> detection_of(const goldilocks::PredictParameters& message);

// `precision` as a plan has it.
lowering::LoweringOptions lowering_of(const std::string& precision);

// The options, typed and complete. Throws UsageError.
plugins::OptionValues options_of(const goldilocks::PluginSettings& message,
                                 const std::vector<plugins::OptionSpec>& specs);

// The plugin that a task was planned with. Throws PluginError, and FileError if it, or a file that its options name, is
// not what it was.
const plugins::QuantizerPlugin& quantizer_of(const goldilocks::PluginSettings& message, plugins::Registry& registry);
const plugins::BackendPlugin& backend_of(const goldilocks::PluginSettings& message, plugins::Registry& registry);

}  // namespace goldilocks::pipeline
