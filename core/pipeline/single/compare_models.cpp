#include "core/pipeline/single/compare_models.hpp"

#include <algorithm>
#include <memory>

#include "core/base/file_ending.hpp"
#include "core/base/paths.hpp"
#include "core/data/dataset.hpp"
#include "core/data/sample_files.hpp"
#include "core/pipeline/plan/describe_tasks.hpp"
#include "core/pipeline/results/collect_results.hpp"
#include "core/pipeline/single/answer_dataset.hpp"

namespace goldilocks::pipeline {

namespace {

// Those that the backend has, or of which the other one has none either: so what neither has is an error.
plugins::OptionValues options_for(const plugins::BackendPlugin& backend, const plugins::BackendPlugin& other,
                                  const plugins::TextOptions& options) {
  const auto has = [](const plugins::BackendPlugin& plugin, const std::string& name) {
    return std::ranges::find(plugin.options, name, &plugins::OptionSpec::name) != plugin.options.end();
  };
  plugins::TextOptions own;
  for (const auto& option : options) {
    if (has(backend, option.first) || !has(other, option.first)) own.push_back(option);
  }
  return parse_text_options(backend.options, own, "backend " + backend.name);
}

}  // namespace

BackendPair backends_of(const CompareModelsRequest& request, plugins::Registry& known) {
  BackendPair pair;
  pair.before = &known.backend(request.backend);
  pair.after = request.backend_of_after.empty() ? pair.before : &known.backend(request.backend_of_after);
  pair.before_options = options_for(*pair.before, *pair.after, request.options);
  pair.after_options = options_for(*pair.after, *pair.before, request.options);
  return pair;
}

DatasetUse compared_samples(const CompareModelsRequest& request) {
  DatasetUse use = dataset_use(request.dataset, request.preparation);
  if (use.images && !use.labels && !request.dataset.samples) {
    const std::filesystem::path& images = use.images->path;
    const bool packed = !is_folder(images) && has_ending(images, {".npy"});
    use.labelled = use.labelled && !packed && !data::holds_samples(images, data::has_image_ending);
  }
  return use;
}

CompareModelsResult compare_models(const CompareModelsRequest& request, plugins::Registry& registry, ThreadPool& pool,
                                   const std::function<void(double)>& progress) {
  const BackendPair backends = backends_of(request, registry);
  const DatasetUse use = compared_samples(request);
  require_metrics(request.figures);
  const auto all = open_samples(request.dataset, use);
  const auto answer = [&](const AskedModel& model, double done) {
    std::function<void(double)> half;
    if (progress) half = [&progress, done](double share) { progress(done + share / 2); };
    return answer_dataset(model, use, all, pool, half);
  };
  const DatasetAnswers before =
      answer({request.before, request.of_before, *backends.before, backends.before_options}, 0);
  const DatasetAnswers after = answer({request.after, request.of_after, *backends.after, backends.after_options}, 0.5);
  const data::Dataset& dataset = *after.usable;

  CompareModelsResult result;
  result.warnings = before.warnings;
  result.warnings.insert(result.warnings.end(), after.warnings.begin(), after.warnings.end());
  result.evaluation.set_dataset(use.name);
  result.evaluation.set_backend(backends.after->name);
  result.evaluation.set_precision(precision_in_records(request.of_after.precision));
  result.evaluation.set_output(request.of_after.output);
  result.evaluation.set_baseline(before.name);
  const LabelledPredictions baseline = before.labelled();
  fill_figures(result.evaluation, after.labelled(), &baseline, dataset, request.figures, pool);
  require_figures(result.evaluation, request.figures);
  std::vector<InputSource> inputs = before.inputs;
  inputs.insert(inputs.end(), after.inputs.begin(), after.inputs.end());
  result.dataset = describe_dataset(use, dataset, inputs);
  add_unusable(result.dataset, *all, after.unusable);

  // The verdict is that of a document with one variant.
  goldilocks::Results document;
  goldilocks::Variant& variant = *document.add_variants();
  variant.set_name(after.name);
  *variant.mutable_evaluation() = result.evaluation;
  state_findings(document);
  result.evaluation = document.variants(0).evaluation();
  return result;
}

}  // namespace goldilocks::pipeline
