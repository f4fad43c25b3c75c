#pragma once

#include <yaml-cpp/yaml.h>

#include "core/pipeline/yaml/spec.hpp"
#include "core/pipeline/yaml/yaml_reader.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks::pipeline {

// What the readers of the stages share. Each adds to the spec what it could read, and reports the rest.
struct StageContext {
  YamlReader& reader;
  plugins::Registry& registry;
  PipelineSpec& spec;
  // What some stage names, though it may not have been readable: nobody needs to hear that it is missing, too.
  bool names_model = false;
  bool names_dataset = false;
  bool names_results = false;
};

// `stage` is the whole entry, for its place; `settings` what stands behind its key.
void parse_load(StageContext& context, const YAML::Node& stage, const YAML::Node& settings);
void parse_quantize(StageContext& context, const YAML::Node& stage, const YAML::Node& settings);
void parse_sensitivity(StageContext& context, const YAML::Node& stage, const YAML::Node& settings);
void parse_mixed(StageContext& context, const YAML::Node& stage, const YAML::Node& settings);
void parse_evaluate(StageContext& context, const YAML::Node& stage, const YAML::Node& settings);
void parse_select(StageContext& context, const YAML::Node& stage, const YAML::Node& settings);
void parse_prove(StageContext& context, const YAML::Node& stage, const YAML::Node& settings);
void parse_publish(StageContext& context, const YAML::Node& stage, const YAML::Node& settings);
void parse_report(StageContext& context, const YAML::Node& stage, const YAML::Node& settings);

// The keys `isolation` and `time_limit` of a stage.
std::optional<ProcessIsolation> parse_isolation(YamlReader& reader, const Fields& fields);

// Adds the dataset that is described there to the spec, and returns its index. The same images, used in the same way,
// are one dataset however often they are named.
std::optional<std::size_t> add_dataset(StageContext& context, const YAML::Node& node);

// Every dataset of the pipeline has this part; "" stands for all samples. Called once all stages are read.
void check_part(StageContext& context, const Place& place, const std::string& stage, const std::string& part);
// The keys `metrics`, `confidence` and `bootstrap` of an evaluate stage.
void parse_figures(YamlReader& reader, const Fields& fields, EvaluateStage& evaluate);

// Finds reports that write the same file, one of the run's own, or none inside the run's folder. Called once all stages
// are read and the variants are named.
void check_report_files(StageContext& context);

// Names every variant of the sweeps, and finds two of one name. Called once all stages are read.
void name_variants(StageContext& context);

}  // namespace goldilocks::pipeline
