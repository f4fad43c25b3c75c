#include "core/pipeline/results/collect_results.hpp"

#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/hash.hpp"
#include "core/base/utf8.hpp"
#include "core/pipeline/plan/describe_tasks.hpp"
#include "core/pipeline/plan/task_keys.hpp"
#include "core/pipeline/predictions/collect_figures.hpp"
#include "core/pipeline/predictions/usable_samples.hpp"
#include "core/pipeline/quantization/quantization_notices.hpp"
#include "core/pipeline/quantization/quantize_model.hpp"
#include "core/pipeline/results/collect_widths.hpp"
#include "core/pipeline/results/model_path.hpp"
#include "core/pipeline/results/results_json.hpp"

namespace goldilocks::pipeline {
namespace {

void set_tensor(goldilocks::Tensor& tensor, const TensorReport& report) {
  tensor.set_layer(report.layer);
  tensor.set_layer_type(report.layer_type);
  tensor.set_parameter(report.parameter);
  tensor.set_count(report.count);
  tensor.set_before(report.before);
  tensor.set_after(report.after);
  tensor.set_bytes_before(report.bytes_before);
  tensor.set_bytes_after(report.bytes_after);
  tensor.set_squared_error(report.squared_error);
  if (std::isfinite(report.relative_error)) tensor.set_relative_error(report.relative_error);
  tensor.set_note(report.note);
  tensor.set_function(report.function);
  tensor.set_rule(report.rule);
}

void set_pass(goldilocks::Pass& pass, const formats::PassReport& report) {
  pass.set_pass(report.pass);
  pass.set_setting(report.setting);
  for (const formats::PassNote& note : report.notes) {
    goldilocks::LayerNote& entry = *pass.add_notes();
    entry.set_layer(note.layer);
    entry.set_text(note.text);
  }
}

class Collector {
 public:
  Collector(const PipelineSpec& spec, const Plan& plan, const std::vector<TaskResult>& tasks,
            plugins::Registry& registry, ThreadPool& pool)
      : spec_(spec), plan_(plan), tasks_(tasks), registry_(registry), pool_(pool) {}

  goldilocks::Results collect() {
    results_.set_schema_version(results_schema_version);
    results_.set_name(spec_.name);
    results_.set_program(program_version());
    add_inputs();
    add_plugins();
    for (std::size_t i = 0; i < plan_.datasets.size(); ++i) {
      std::vector<InputSource> inputs;
      for (const PlannedInput& input : plan_.inputs) {
        if (input.dataset == i) inputs.insert(inputs.end(), input.sources.begin(), input.sources.end());
      }
      const PlannedDataset& planned = plan_.datasets[i];
      const DatasetUse& use = spec_.datasets[planned.dataset];
      goldilocks::Dataset& dataset = *results_.add_datasets();
      const std::string notes = notes_of(i);
      dataset = describe_dataset(use, *usable_part(planned.content, notes), inputs);
      add_unusable(dataset, *planned.content, unusable_samples(notes));
      if (spec_.evaluate && spec_.evaluate->detection && spec_.evaluate->detection->labels) {
        dataset.set_labelling("box");
      }
      dataset.set_name(name_of(spec_, planned));
      if (!planned.part.empty()) dataset.set_split(data::describe_part(use.split.value(), planned.part));
    }
    for (std::size_t i = 0; i < spec_.variants.size(); ++i) results_.add_variants();
    notices_.resize(spec_.variants.size());
    load_all_targets();
    pool_.parallel_for(spec_.variants.size(), [&](std::size_t i) { fill_variant(i); });
    collect_widths(results_, spec_, plan_, tasks_);
    for (const std::string& notice : plan_.notices) results_.add_notices(notice);
    for (const auto& notices : notices_) {
      for (const std::string& notice : notices) results_.add_notices(notice);
    }
    for (const goldilocks::Dataset& dataset : results_.datasets()) {
      if (dataset.unusable_size() == 0) continue;
      results_.add_notices(fmt::format("{}: {} of {} samples could not be used", dataset.name(),
                                       dataset.unusable_size(),
                                       dataset.unusable_size() + static_cast<int>(dataset.samples())));
    }
    return std::move(results_);
  }

 private:
  void add_input(const std::string& path, const std::string& sha256) {
    goldilocks::Input& input = *results_.add_inputs();
    input.set_path(path);
    input.set_sha256(sha256);
  }

  void add_inputs() {
    add_input(spec_.file.filename().string(), sha256_of_file(spec_.file));
    for (std::size_t i = 0; i < spec_.variants.size(); ++i) {
      if (plan_.models[i]) add_input(spec_.model_of(spec_.variants[i]).file.shown, plan_.models[i]->sha256);
    }
    if (spec_.evaluate && spec_.evaluate->detection && spec_.evaluate->detection->labels) {
      const PathValue& labels = *spec_.evaluate->detection->labels;
      add_input(labels.shown, sha256_of_file(labels.path));
    }
    for (const PlannedDataset& planned : plan_.datasets) {
      const DatasetUse& use = spec_.datasets[planned.dataset];
      add_input(use.source().shown, planned.fingerprint);
      add_arrays(use, planned);
      add_targets(use, planned);
      if (use.labels) add_input(use.labels->shown, planned.labels_sha256);
      if (use.label_map) add_input(use.label_map->shown, planned.label_map_sha256);
    }
  }

  // The arrays beside what the dataset is named after; the dataset's fingerprint stands for all of them.
  void add_arrays(const DatasetUse& use, const PlannedDataset& planned) {
    for (const ArraySource& source : use.inputs) {
      if (source.path.path != use.source().path) add_input(source.path.shown, planned.fingerprint);
    }
  }

  // A .npz file without a name may have given several columns.
  void add_targets(const DatasetUse& use, const PlannedDataset& planned) {
    const std::vector<data::ArrayColumn>& columns = planned.content->targets;
    for (const ArraySource& source : use.targets) {
      for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].path != source.path.path) continue;
        add_input(source.path.shown, planned.target_fingerprints[i]);
        break;
      }
    }
  }

  template <class Plugin>
  void add_plugin(plugins::Kind kind, const Plugin& plugin) {
    if (!added_.insert({plugins::to_text(kind), plugin.name}).second) return;
    goldilocks::Plugin& entry = *results_.add_plugins();
    entry.set_kind(plugins::to_text(kind));
    entry.set_name(plugin.name);
    entry.set_version(plugin.version);
    entry.set_sha256(plugin.file_sha256);
  }

  void add_plugins() {
    for (const QuantizeStage& stage : spec_.quantizes) {
      for (const SweptFunction& swept : stage.functions) {
        add_plugin(plugins::Kind::quantizer, registry_.quantizer(swept.function.name));
      }
      for (const WeightRule& rule : stage.rules) {
        if (rule.function) add_plugin(plugins::Kind::quantizer, registry_.quantizer(rule.function->name));
      }
    }
    if (spec_.sensitivity) {
      add_plugin(plugins::Kind::quantizer, registry_.quantizer(spec_.sensitivity->function.function.name));
      add_plugin(plugins::Kind::backend, registry_.backend(spec_.sensitivity->backend.name));
    }
    if (spec_.evaluate) add_plugin(plugins::Kind::backend, registry_.backend(spec_.evaluate->backend.name));
    for (const PluginUse& report : spec_.reports) {
      add_plugin(plugins::Kind::report, registry_.report(report.name));
    }
  }

  // What predictions on this dataset say of samples that could not be read; "" if there are none.
  std::string notes_of(std::size_t dataset) const {
    for (std::size_t i = 0; i < plan_.tasks.size(); ++i) {
      const Task& task = plan_.tasks[i];
      if (task.kind != TaskKind::predict || plan_.inputs[task.input].dataset != dataset) continue;
      if (tasks_[i].artifact) return tasks_[i].artifact->notes;
    }
    return "";
  }

  std::uint64_t size_of(std::size_t variant) const {
    const auto& task = plan_.quantize[variant];
    return task ? tasks_[*task].artifact.value().size : plan_.models[variant]->size;
  }

  void fill_variant(std::size_t index) {
    const VariantSpec& spec = spec_.variants[index];
    goldilocks::Variant& variant = *results_.mutable_variants(static_cast<int>(index));
    variant.set_name(spec.name);
    variant.set_bits(static_cast<std::uint32_t>(spec.bits));
    variant.set_layout(quantization::to_text(spec.layout));
    variant.set_function_name(spec_.model_of(spec_.variants[spec.root]).function_name);
    if (!spec.loaded) {
      const SweptFunction& swept = spec_.function_of(spec);
      variant.set_model(spec_.variants[spec.input].name);
      variant.set_function(swept.function.name);
      for (const auto& [name, option] : swept.function.recorded) (*variant.mutable_options())[name] = option.text;
      const TaskResult& task = tasks_[plan_.quantize[index].value()];
      if (!task.artifact) {
        if (task.failure) variant.set_error(task.failure->what());
        return;
      }
      variant.set_sha256(task.artifact->sha256);
      const ModelReport report = report_from_json(task.artifact->notes);
      for (const formats::PassReport& pass : report.passes) set_pass(*variant.add_passes(), pass);
      for (const TensorReport& tensor : report.tensors) set_tensor(*variant.add_tensors(), tensor);
      for (const std::string& notice : {idle_notice(report.tensors), loss_notice(report.tensors)}) {
        if (!notice.empty()) notices_[index].push_back(spec.name + ": " + notice);
      }
    } else {
      const PlannedModel& model = *plan_.models[index];
      variant.set_sha256(model.sha256);
      variant.set_bits(model.stored.bits);
      variant.set_form(model.stored.form);
    }
    variant.set_file(file_name(spec_, plan_, tasks_, index));
    variant.set_size_bytes(size_of(index));
    variant.set_compression(static_cast<double>(size_of(spec.baseline)) / static_cast<double>(size_of(index)));
    if (!plan_.predict[index]) return;
    const TaskResult& task = tasks_[*plan_.predict[index]];
    if (task.artifact) {
      evaluate(index, *variant.mutable_evaluation());
    } else if (task.failure) {
      variant.set_error(task.failure->what());
    }
  }

  LabelledPredictions labelled(std::size_t root, const Predictions& predictions) const {
    const PlannedModel& model = *plan_.models[root];
    const auto targets = targets_.find(root);
    const auto tokens = tokens_.find(root);
    const auto boxes = boxes_.find(root);
    return {predictions,
            model.labels,
            model.class_index,
            model.feed ? &model.feed->output : nullptr,
            targets == targets_.end() ? std::span<const float>() : targets->second,
            tokens == tokens_.end() ? std::span<const std::int32_t>() : tokens->second,
            boxes == boxes_.end() ? nullptr : &boxes->second,
            spec_.evaluate->detection ? &*spec_.evaluate->detection : nullptr};
  }

  // Of every loaded model whose dataset has some, for the samples that can be used.
  void load_all_targets() {
    for (std::size_t i = 0; i < spec_.variants.size(); ++i) {
      if (!plan_.models[i] || !plan_.models[i]->feed) continue;
      const ComparedOutput& output = plan_.models[i]->feed->output;
      if (!output.target && !output.per_position && !output.detection) continue;
      const std::size_t dataset = plan_.inputs[plan_.models[i]->input].dataset;
      const PlannedDataset& planned = plan_.datasets[dataset];
      const auto usable = usable_part(planned.content, notes_of(dataset));
      const data::Preparation& preparation = spec_.datasets[planned.dataset].preparation;
      if (output.detection) {
        boxes_[i] =
            load_detection_truth(*output.detection, spec_.evaluate->detection.value(), *usable, preparation, pool_);
      } else if (output.per_position) {
        tokens_[i] = load_tokens(output, *usable, pool_);
      } else {
        targets_[i] = load_targets(output, *usable, preparation, pool_);
      }
    }
  }

  void evaluate(std::size_t index, goldilocks::Evaluation& evaluation) const {
    const VariantSpec& spec = spec_.variants[index];
    const PlannedDataset& planned = plan_.datasets[plan_.inputs[plan_.models[spec.root]->input].dataset];
    const std::string& notes = tasks_[*plan_.predict[index]].artifact->notes;
    const std::shared_ptr<const data::Dataset> usable = usable_part(planned.content, notes);
    const data::Dataset& dataset = *usable;
    const auto read = [&](std::size_t variant, const auto& use) {
      const store::Artifact& artifact = *tasks_[*plan_.predict[variant]].artifact;
      if (artifact.notes != notes) {
        throw DataError(dataset.path.string(),
                        fmt::format("'{}' and '{}' can't be compared, as other images could not be used",
                                    spec_.variants[index].name, spec_.variants[variant].name));
      }
      const MappedFile file(artifact.file);
      use(parse_predictions(file.bytes(), artifact.file.string()));
    };
    read(index, [&](const Predictions& predictions) {
      evaluation.set_dataset(name_of(spec_, planned));
      evaluation.set_backend(spec_.evaluate->backend.name);
      evaluation.set_precision(precision_in_records(spec_.evaluate->precision));
      evaluation.set_output(spec_.evaluate->output);
      const LabelledPredictions model = labelled(spec.root, predictions);
      const evaluation::FigureSettings& settings = spec_.evaluate->figures;
      if (spec.baseline == index || !tasks_[*plan_.predict[spec.baseline]].artifact) {
        fill_figures(evaluation, model, nullptr, dataset, settings, pool_);
        return;
      }
      read(spec.baseline, [&](const Predictions& baseline) {
        const LabelledPredictions before = labelled(spec_.variants[spec.baseline].root, baseline);
        evaluation.set_baseline(spec_.variants[spec.baseline].name);
        fill_figures(evaluation, model, &before, dataset, settings, pool_);
      });
    });
  }

  const PipelineSpec& spec_;
  const Plan& plan_;
  const std::vector<TaskResult>& tasks_;
  plugins::Registry& registry_;
  ThreadPool& pool_;
  goldilocks::Results results_;
  std::vector<std::vector<std::string>> notices_;  // by variant: what became of its weights
  std::set<std::pair<std::string, std::string>> added_;
  // By loaded variant; read alone while variants are filled.
  std::map<std::size_t, std::vector<float>> targets_;
  std::map<std::size_t, std::vector<std::int32_t>> tokens_;
  std::map<std::size_t, DetectionTruth> boxes_;
};

}  // namespace

std::string program_version() { return "goldilocks " GOLDILOCKS_VERSION; }

goldilocks::Results collect_results(const PipelineSpec& spec, const Plan& plan, const std::vector<TaskResult>& tasks,
                                    plugins::Registry& registry, ThreadPool& pool) {
  return Collector(spec, plan, tasks, registry, pool).collect();
}

void add_unusable(goldilocks::Dataset& described, const data::Dataset& dataset,
                  const std::vector<data::UnusableSample>& unusable) {
  for (const data::UnusableSample& sample : unusable) {
    goldilocks::UnusableSample& entry = *described.add_unusable();
    entry.set_id(dataset.samples.at(sample.sample).id);
    entry.set_reason(sample.reason);
  }
}

namespace {

// "center_crop, bilinear, 227 x 227"; empty where there are no images.
std::string preparation_of(const DatasetUse& use, std::span<const InputSource> inputs) {
  std::set<std::string> sizes;
  for (const InputSource& input : inputs) {
    if (input.is_image()) sizes.insert(fmt::format("{} x {}", input.width, input.height));
  }
  if (sizes.empty() && !inputs.empty()) return "";
  std::string preparation = to_text(use.preparation.fit) + ", " + to_text(use.preparation.filter);
  if (!sizes.empty()) preparation += fmt::format(", {}", fmt::join(sizes, " and "));
  return preparation;
}

}  // namespace

goldilocks::Dataset describe_dataset(const DatasetUse& use, const data::Dataset& dataset,
                                     std::span<const InputSource> inputs) {
  goldilocks::Dataset described;
  described.set_name(use.name);
  described.set_path(use.source().shown);
  described.set_samples(dataset.samples.size());
  described.set_labelling(!dataset.next_token.empty() ? "token"
                          : !dataset.targets.empty()  ? "target"
                          : dataset.classes.empty()   ? "none"
                                                      : "class");
  std::vector<std::uint64_t> counts(dataset.classes.size(), 0);
  for (const data::Sample& sample : dataset.samples) {
    if (!counts.empty()) ++counts.at(sample.label);
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (invalid_utf8(dataset.classes[i])) throw DataError(dataset.path.string(), "a class's name is not UTF-8");
    described.add_classes(dataset.classes[i]);
    described.add_class_samples(counts[i]);
  }
  described.set_preparation(preparation_of(use, inputs));
  return described;
}

}  // namespace goldilocks::pipeline
