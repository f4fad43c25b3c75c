// Both models run on the same samples and keep every value inside; those of one name and size are held against each
// other. Energies are added up over samples, so that a sample on which a value is nearly zero doesn't decide.
#include "core/pipeline/single/compare_layers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/plan/describe_tasks.hpp"
#include "core/pipeline/plan/task_settings.hpp"
#include "core/pipeline/predictions/model_feed.hpp"
#include "core/pipeline/predictions/sample_reader.hpp"
#include "core/pipeline/single/answer_dataset.hpp"
#include "core/runtime/arrays.hpp"

namespace goldilocks::pipeline {
namespace {

// The names of a model's values in the order of execution, those of a pipeline's models after one another.
void add_names(const formats::Model& model, const std::string& prefix, std::vector<std::string>& names) {
  for (const formats::Layer& layer : model.layers()) {
    if (!layer.place.empty()) continue;
    for (const std::string& output : layer.outputs) names.push_back(prefix + output);
  }
  for (const formats::InnerModel& inner : model.inner_models())
    add_names(*inner.model, prefix + inner.name + "/", names);
}

// A model that keeps all of its values.
class OpenedStage {
 public:
  OpenedStage(const AskedModel& asked, const DatasetUse& use, const data::Dataset& dataset, ThreadPool& pool)
      : name_(asked.file.string()) {
    const std::shared_ptr<const formats::Model> model =
        formats::open_function(asked.file, asked.arguments.function_name);
    warnings_ = formats::warning_lines(*model, name_);
    add_names(*model, "", names_);
    const ModelFeed feed = feed_model(*model, name_, dataset, asked.arguments.output);
    OpenFile inputs = OpenFile::in_memory("prepared samples");
    prepare_samples(feed.inputs, dataset, use.preparation, 0, pool, inputs);
    prepared_ = std::make_unique<PreparedSamples>(std::move(inputs));
    const lowering::LoweringOptions limits = lowering_of(precision_in_records(asked.arguments.precision));
    stage_ = within(name_, [&] {
      return runtime::make_stage(model, {asked.backend, asked.options, asked.file, limits});
    });
  }

  const std::vector<std::string>& names() const { return names_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

  runtime::InnerTensors run(std::size_t sample) const {
    runtime::InnerTensors inner;
    inner.request.all = true;
    within<ModelError, PluginError>(
        name_, [&] { stage_->predict(SampleReader(*prepared_, stage_->description()).read(sample), &inner); });
    return inner;
  }

 private:
  std::string name_;
  std::vector<std::string> names_, warnings_;
  std::unique_ptr<PreparedSamples> prepared_;
  std::unique_ptr<runtime::Stage> stage_;
};

struct Sums {
  ValueComparison comparison;
  double signal = 0, noise = 0;
};

void add_difference(Sums& sums, std::span<const double> before, std::span<const double> after) {
  ValueComparison& comparison = sums.comparison;
  for (std::size_t i = 0; i < before.size(); ++i) {
    comparison.broken_before += std::isfinite(before[i]) ? 0 : 1;
    comparison.broken_after += std::isfinite(after[i]) ? 0 : 1;
    const bool are_same = before[i] == after[i] || (std::isnan(before[i]) && std::isnan(after[i]));
    if (are_same) {
      if (std::isfinite(before[i])) sums.signal += before[i] * before[i];
      continue;
    }
    const double difference = std::abs(before[i] - after[i]);
    sums.signal += before[i] * before[i];
    sums.noise += difference * difference;
    // A NaN must not be lost among numbers.
    if (std::isnan(comparison.max_difference) || difference <= comparison.max_difference) continue;
    comparison.max_difference = difference;
  }
}

const runtime::Array* array_called(const runtime::InnerTensors& inner, const std::string& name) {
  const auto found = inner.values.find(name);
  if (found == inner.values.end() || inner.constants.contains(name)) return nullptr;
  return std::get_if<runtime::Array>(&found->second);
}

double decibels_of(const Sums& sums) {
  if (sums.noise == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(sums.signal / sums.noise);
}

// Values of one model that the other has none of.
std::size_t count_others(const runtime::InnerTensors& inner, const std::map<std::string, Sums>& common) {
  std::size_t count = 0;
  for (const auto& [name, value] : inner.values)
    count += inner.constants.contains(name) || common.contains(name) ? 0 : 1;
  return count;
}

void add_firsts(CompareLayersResult& result, double least_snr) {
  for (std::size_t i = 0; i < result.values.size(); ++i) {
    const ValueComparison& value = result.values[i];
    const bool has_parted = !(value.snr >= least_snr);  // not a number is none of both
    if (has_parted && !result.first_parted) result.first_parted = i;
    if (value.broken_before > 0 && !result.first_broken_before) result.first_broken_before = i;
    if (value.broken_after > 0 && !result.first_broken_after) result.first_broken_after = i;
  }
}

}  // namespace

CompareLayersResult compare_layers(const CompareLayersRequest& request, plugins::Registry& known, ThreadPool& pool) {
  const CompareModelsRequest& models = request.models;
  const DatasetUse use = compared_samples(models);
  if (use.sequences) throw UsageError("--sequences", "the values inside are compared of single predictions");
  data::Dataset dataset = *open_samples(models.dataset, use);
  std::vector<std::size_t> chosen(std::min(request.samples, dataset.samples.size()));
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  dataset = data::take_samples(dataset, chosen);
  const BackendPair backends = backends_of(models, known);
  const OpenedStage before({models.before, models.of_before, *backends.before, backends.before_options}, use, dataset,
                           pool);
  const OpenedStage after({models.after, models.of_after, *backends.after, backends.after_options}, use, dataset, pool);

  CompareLayersResult result;
  result.dataset = use.source().shown;
  result.samples = dataset.samples.size();
  result.warnings = before.warnings();
  result.warnings.insert(result.warnings.end(), after.warnings().begin(), after.warnings().end());
  std::map<std::string, Sums> common;
  for (std::size_t sample = 0; sample < result.samples; ++sample) {
    const runtime::InnerTensors old_values = before.run(sample);
    const runtime::InnerTensors new_values = after.run(sample);
    for (const auto& [name, value] : old_values.values) {
      const runtime::Array* const old_array = array_called(old_values, name);
      const runtime::Array* const new_array = array_called(new_values, name);
      if (old_array == nullptr || new_array == nullptr) continue;
      const std::vector<double> old_numbers = runtime::to_doubles(*old_array);
      const std::vector<double> new_numbers = runtime::to_doubles(*new_array);
      if (old_numbers.size() != new_numbers.size()) continue;
      const auto [entry, added] = common.try_emplace(name);
      if (added) entry->second.comparison = {.name = name, .shape = old_array->shape};
      add_difference(entry->second, old_numbers, new_numbers);
    }
    if (sample != 0) continue;
    result.only_before = count_others(old_values, common);
    result.only_after = count_others(new_values, common);
  }
  std::set<std::string> listed;
  for (const std::string& name : before.names()) {
    const auto found = common.find(name);
    if (found == common.end() || !listed.insert(name).second) continue;
    found->second.comparison.snr = decibels_of(found->second);
    result.values.push_back(found->second.comparison);
  }
  if (result.values.empty()) {
    throw UsageError(models.after.string(), "has no value of the name and size of one of " + models.before.string());
  }
  add_firsts(result, request.least_snr);
  return result;
}

}  // namespace goldilocks::pipeline
