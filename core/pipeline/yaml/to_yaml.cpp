#include <yaml-cpp/yaml.h>

#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/pipeline/yaml/variables.hpp"

namespace goldilocks::pipeline {
namespace {

// Texts are quoted, so that no reader takes one for a number or a flag.
void entry(YAML::Emitter& out, const char* key, const std::string& text) {
  out << YAML::Key << key << YAML::Value << YAML::DoubleQuoted << text;
}

void write_plugin(YAML::Emitter& out, const PluginUse& use, const std::vector<int>& widths = {},
                  const std::string& label = {}) {
  out << YAML::BeginMap << YAML::Key << use.name << YAML::Value << YAML::BeginMap;
  const bool chooses = widths == std::vector<int>{0};
  if (!widths.empty() && !chooses) out << YAML::Key << "bits" << YAML::Value << YAML::Flow << widths;
  if (!label.empty() && label != use.name) entry(out, "as", escape_variables(label));
  for (const auto& [name, option] : use.recorded) {
    if (!option.is_list) {
      entry(out, name.c_str(), option.text);
      continue;
    }
    out << YAML::Key << name << YAML::Value << YAML::Flow << YAML::BeginSeq;
    for (const std::string& item : option.items) out << YAML::DoubleQuoted << item;
    out << YAML::EndSeq;
  }
  out << YAML::EndMap << YAML::EndMap;
}

void write_split(YAML::Emitter& out, const data::Split& split) {
  out << YAML::Key << "split" << YAML::Value << YAML::BeginMap << YAML::Key << "parts" << YAML::Value << YAML::BeginMap;
  for (const data::SplitPart& part : split.parts) {
    out << YAML::Key << YAML::DoubleQuoted << escape_variables(part.name);
    out << YAML::Value << plugins::to_text(plugins::OptionValue(part.share));
  }
  out << YAML::EndMap << YAML::Key << "seed" << YAML::Value << split.seed << YAML::EndMap;
}

void write_arrays(YAML::Emitter& out, const char* key, const std::vector<ArraySource>& sources) {
  if (sources.empty()) return;
  if (sources.front().name.empty()) {
    entry(out, key, sources.front().path.record);
    return;
  }
  out << YAML::Key << key << YAML::Value << YAML::BeginMap;
  for (const ArraySource& source : sources) {
    out << YAML::Key << YAML::DoubleQuoted << escape_variables(source.name);
    out << YAML::Value << YAML::DoubleQuoted << source.path.record;
  }
  out << YAML::EndMap;
}

void write_dataset(YAML::Emitter& out, const DatasetUse& dataset) {
  out << YAML::Key << "dataset" << YAML::Value << YAML::BeginMap;
  entry(out, "name", escape_variables(dataset.name));
  if (dataset.images) entry(out, "images", dataset.images->record);
  write_arrays(out, "inputs", dataset.inputs);
  write_arrays(out, "targets", dataset.targets);
  if (dataset.labels) entry(out, "labels", dataset.labels->record);
  entry(out, "crop", std::string(crop_names()[static_cast<std::size_t>(dataset.preparation.fit)]));
  entry(out, "filter", std::string(filter_names()[static_cast<std::size_t>(dataset.preparation.filter)]));
  if (!dataset.labelled && dataset.targets.empty()) out << YAML::Key << "labelled" << YAML::Value << false;
  if (dataset.label_map) entry(out, "label_map", dataset.label_map->record);
  if (dataset.max_unusable != 0) out << YAML::Key << "max_unusable" << YAML::Value << dataset.max_unusable;
  if (dataset.split) write_split(out, *dataset.split);
  out << YAML::EndMap;
}

void write_isolation(YAML::Emitter& out, const std::optional<ProcessIsolation>& isolation) {
  if (!isolation) return;
  out << YAML::Key << "isolation" << YAML::Value << "process";
  out << YAML::Key << "time_limit" << YAML::Value << plugins::to_text(plugins::OptionValue(isolation->time_limit));
}

void write_figures(YAML::Emitter& out, const evaluation::FigureSettings& figures) {
  if (!figures.metrics.empty()) out << YAML::Key << "metrics" << YAML::Value << YAML::Flow << figures.metrics;
  out << YAML::Key << "confidence" << YAML::Value << plugins::to_text(plugins::OptionValue(figures.confidence));
  out << YAML::Key << "bootstrap" << YAML::Value << YAML::Flow << YAML::BeginMap;
  out << YAML::Key << "seed" << YAML::Value << figures.bootstrap.seed;
  out << YAML::Key << "resamples" << YAML::Value << figures.bootstrap.resamples << YAML::EndMap;
}

void begin_stage(YAML::Emitter& out, const char* name) {
  out << YAML::BeginMap << YAML::Key << name << YAML::Value << YAML::BeginMap;
}

void end_stage(YAML::Emitter& out) { out << YAML::EndMap << YAML::EndMap; }

void write_load(YAML::Emitter& out, const PipelineSpec& spec, const LoadStage& load) {
  begin_stage(out, "load");
  if (!load.models.empty()) {
    out << YAML::Key << "models" << YAML::Value << YAML::BeginSeq;
    for (const LoadedModel& model : load.models) {
      out << YAML::BeginMap;
      entry(out, "path", model.file.record);
      entry(out, "name", escape_variables(model.name));
      out << YAML::EndMap;
    }
    out << YAML::EndSeq;
  }
  if (load.dataset) write_dataset(out, spec.datasets[*load.dataset]);
  const bool empty = load.models.empty() && !load.dataset;
  if (empty && spec.earlier_results) entry(out, "results", spec.earlier_results->record);
  end_stage(out);
}

void write_texts(YAML::Emitter& out, const char* key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  out << YAML::Key << key << YAML::Value << YAML::Flow << YAML::BeginSeq;
  for (const std::string& text : texts) out << YAML::DoubleQuoted << text;
  out << YAML::EndSeq;
}

void write_rule(YAML::Emitter& out, const WeightRule& rule) {
  out << YAML::BeginMap << YAML::Key << "match" << YAML::Value << YAML::BeginMap;
  write_texts(out, "layer", rule.recorded_layers);
  write_texts(out, "layer_type", rule.match.layer_types);
  write_texts(out, "parameter", rule.recorded_parameters);
  for (std::size_t i = 0; i < measures; ++i) {
    const std::string name(to_text(static_cast<Measure>(i)));
    const Range& range = rule.match.ranges.at(i);
    if (range.least) out << YAML::Key << "min_" + name << YAML::Value << *range.least;
    if (range.most) out << YAML::Key << "max_" + name << YAML::Value << *range.most;
  }
  out << YAML::EndMap;
  if (!rule.is_explicit()) out << YAML::Key << "skip" << YAML::Value << rule.skip;
  if (rule.bits.value_or(0) != 0) out << YAML::Key << "bits" << YAML::Value << *rule.bits;
  if (rule.function) {
    out << YAML::Key << "function" << YAML::Value;
    write_plugin(out, *rule.function);
  }
  out << YAML::EndMap;
}

void write_fold(YAML::Emitter& out, const FoldChoice& fold) {
  out << YAML::Key << "fold" << YAML::Value;
  const model::FoldSettings& kinds = fold.kinds;
  if (fold.automatic) {
    out << "auto";
  } else if (!kinds.batchnorm && !kinds.scale && !kinds.bias) {
    out << false;
  } else {
    out << YAML::Flow << YAML::BeginSeq;
    if (kinds.batchnorm) out << "batchnorm";
    if (kinds.scale) out << "scale";
    if (kinds.bias) out << "bias";
    out << YAML::EndSeq;
  }
}

void write_names(YAML::Emitter& out, const char* key, const std::vector<std::string>& names) {
  out << YAML::Key << key << YAML::Value << YAML::Flow << YAML::BeginSeq;
  for (const std::string& name : names) out << YAML::DoubleQuoted << escape_variables(name);
  out << YAML::EndSeq;
}

void write_quantize(YAML::Emitter& out, const QuantizeStage& stage) {
  begin_stage(out, "quantize");
  if (!stage.id.empty()) entry(out, "id", escape_variables(stage.id));
  if (!stage.inputs.empty()) write_names(out, "input", stage.inputs);
  entry(out, "name", stage.recorded_name);
  if (!stage.description.empty()) entry(out, "description", stage.recorded_description);
  write_isolation(out, stage.isolation);
  out << YAML::Key << "requantize" << YAML::Value << stage.requantize;
  entry(out, "keep", to_text(stage.keep));
  write_fold(out, stage.fold);
  if (!stage.rules.empty()) {
    out << YAML::Key << "rules" << YAML::Value << YAML::BeginSeq;
    for (const WeightRule& rule : stage.rules) write_rule(out, rule);
    out << YAML::EndSeq;
  }
  out << YAML::Key << "sweep" << YAML::Value << YAML::BeginMap;
  out << YAML::Key << "compact_preprocessing" << YAML::Value << YAML::Flow << YAML::BeginSeq;
  for (const Compaction compaction : stage.compactions) {
    out << std::string(compaction_names()[static_cast<std::size_t>(compaction)]);
  }
  out << YAML::EndSeq;
  out << YAML::Key << "function" << YAML::Value << YAML::BeginSeq;
  for (const SweptFunction& swept : stage.functions) {
    if (!swept.widths.empty()) write_plugin(out, swept.function, swept.widths, swept.label);
  }
  out << YAML::EndSeq << YAML::EndMap;
  end_stage(out);
}

void write_number(YAML::Emitter& out, const char* key, double value) {
  out << YAML::Key << key << YAML::Value << plugins::to_text(plugins::OptionValue(value));
}

void write_constraints(YAML::Emitter& out, const std::vector<evaluation::Limit>& limits) {
  out << YAML::Key << "constraints" << YAML::Value << YAML::BeginSeq;
  for (const evaluation::Limit& limit : limits) {
    out << YAML::Flow << YAML::BeginMap << YAML::Key << limit.metric << YAML::Value << YAML::BeginMap;
    if (limit.at_most) write_number(out, "at_most", *limit.at_most);
    if (limit.at_least) write_number(out, "at_least", *limit.at_least);
    out << YAML::EndMap << YAML::EndMap;
  }
  out << YAML::EndSeq;
}

void write_select(YAML::Emitter& out, const SelectStage& stage) {
  const evaluation::SelectionRule& rule = stage.rule;
  entry(out, "objective", rule.objective);
  const evaluation::Limit& first = rule.limits.front();
  const double max_drop = first.metric == "mean_drop" ? first.at_most.value_or(-1) : -1;
  if (rule.limits.size() == 1 && max_drop >= 0 && max_drop <= 1) {
    write_number(out, "max_drop", max_drop);
  } else {
    write_constraints(out, rule.limits);
  }
  if (rule.confidence != 0) write_number(out, "confidence", rule.confidence);
  out << YAML::Key << "front" << YAML::Value << YAML::Flow << YAML::BeginSeq << rule.front.first.metric
      << rule.front.second.metric << YAML::EndSeq;
  if (stage.allow_broken_baseline) out << YAML::Key << "allow_broken_baseline" << YAML::Value << true;
}

void write_sensitivity(YAML::Emitter& out, const SensitivityStage& stage) {
  begin_stage(out, "sensitivity");
  if (!stage.inputs.empty()) write_names(out, "input", stage.inputs);
  out << YAML::Key << "function" << YAML::Value;
  write_plugin(out, stage.function.function);
  out << YAML::Key << "bits" << YAML::Value << YAML::Flow << stage.function.widths;
  out << YAML::Key << "backend" << YAML::Value;
  write_plugin(out, stage.backend);
  if (!stage.part.empty()) entry(out, "part", escape_variables(stage.part));
  if (stage.samples > 0) out << YAML::Key << "samples" << YAML::Value << stage.samples;
  end_stage(out);
}

void write_mixed(YAML::Emitter& out, const MixedStage& stage) {
  begin_stage(out, "mixed");
  entry(out, "name", stage.recorded_name);
  if (!stage.description.empty()) entry(out, "description", stage.recorded_description);
  if (stage.size) out << YAML::Key << "size" << YAML::Value << *stage.size;
  if (!stage.size_of.empty()) entry(out, "size_of", escape_variables(stage.size_of));
  if (stage.divergence) {
    out << YAML::Key << "kl" << YAML::Value << plugins::to_text(plugins::OptionValue(*stage.divergence));
  }
  out << YAML::Key << "measurements" << YAML::Value << stage.measurements;
  end_stage(out);
}

}  // namespace

std::string to_yaml(const PipelineSpec& spec) {
  YAML::Emitter out;
  out.SetDoublePrecision(17);
  out << YAML::BeginMap;
  entry(out, "name", escape_variables(spec.name));
  if (!spec.plugin_places.empty()) {
    out << YAML::Key << "plugins" << YAML::Value << YAML::BeginSeq;
    for (const PathValue& place : spec.plugin_places) out << YAML::DoubleQuoted << place.record;
    out << YAML::EndSeq;
  }
  out << YAML::Key << "stages" << YAML::Value << YAML::BeginSeq;
  for (const LoadStage& load : spec.loads) write_load(out, spec, load);
  for (const QuantizeStage& stage : spec.quantizes) write_quantize(out, stage);
  if (spec.sensitivity) write_sensitivity(out, *spec.sensitivity);
  for (const MixedStage& stage : spec.mixes) write_mixed(out, stage);
  if (spec.evaluate) {
    begin_stage(out, "evaluate");
    out << YAML::Key << "backend" << YAML::Value;
    write_plugin(out, spec.evaluate->backend);
    if (!spec.evaluate->baseline.empty()) entry(out, "baseline", escape_variables(spec.evaluate->baseline));
    if (!spec.evaluate->part.empty()) entry(out, "part", escape_variables(spec.evaluate->part));
    write_isolation(out, spec.evaluate->isolation);
    write_figures(out, spec.evaluate->figures);
    if (spec.evaluate->rounds > 0) {
      out << YAML::Key << "time" << YAML::Value << true << YAML::Key << "rounds" << YAML::Value
          << spec.evaluate->rounds;
    }
    end_stage(out);
  }
  if (spec.select) {
    begin_stage(out, "select");
    write_select(out, *spec.select);
    end_stage(out);
  }
  if (spec.prove) {
    begin_stage(out, "prove");
    entry(out, "part", escape_variables(spec.prove->part));
    write_constraints(out, spec.prove->rule.limits);
    if (spec.prove->rule.confidence != 0) write_number(out, "confidence", spec.prove->rule.confidence);
    end_stage(out);
  }
  if (spec.publish) {
    begin_stage(out, "publish");
    entry(out, "path", spec.publish->folder.record);
    entry(out, "name", escape_variables(spec.publish->name));
    end_stage(out);
  }
  if (!spec.reports.empty()) {
    out << YAML::BeginMap << YAML::Key << "report" << YAML::Value << YAML::BeginSeq;
    for (const PluginUse& report : spec.reports) write_plugin(out, report);
    out << YAML::EndSeq << YAML::EndMap;
  }
  out << YAML::EndSeq << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

}  // namespace goldilocks::pipeline
