#include "core/pipeline/single/compare_models.hpp"

#include <memory>

#include "core/base/file_ending.hpp"
#include "core/base/paths.hpp"
#include "core/data/dataset.hpp"
#include "core/data/sample_files.hpp"
#include "core/pipeline/plan/describe_tasks.hpp"
#include "core/pipeline/results/collect_results.hpp"
#include "core/pipeline/single/answer_dataset.hpp"

namespace goldilocks::pipeline {

CompareModelsResult compare_models(const CompareModelsRequest& request, plugins::Registry& registry, ThreadPool& pool,
                                   const std::function<void(double)>& progress) {
  const plugins::BackendPlugin& backend = registry.backend(request.backend);
  const auto options = parse_text_options(backend.options, request.options, "backend " + backend.name);
  DatasetUse use = dataset_use(request.dataset, request.preparation);
  if (use.images && !use.labels && !request.dataset.samples) {
    const std::filesystem::path& images = use.images->path;
    const bool packed = !is_folder(images) && has_ending(images, {".npy"});
    use.labelled = use.labelled && !packed && !data::holds_samples(images, data::has_image_ending);
  }
  require_metrics(request.figures);
  const auto all = open_samples(request.dataset, use);
  const auto answer = [&](const std::filesystem::path& file, const ModelArguments& arguments, double done) {
    std::function<void(double)> half;
    if (progress) half = [&progress, done](double share) { progress(done + share / 2); };
    return answer_dataset({file, arguments, backend, options}, use, all, pool, half);
  };
  const DatasetAnswers before = answer(request.before, request.of_before, 0);
  const DatasetAnswers after = answer(request.after, request.of_after, 0.5);
  const data::Dataset& dataset = *after.usable;

  CompareModelsResult result;
  result.warnings = before.warnings;
  result.warnings.insert(result.warnings.end(), after.warnings.begin(), after.warnings.end());
  result.evaluation.set_dataset(use.name);
  result.evaluation.set_backend(backend.name);
  result.evaluation.set_precision(precision_in_records(request.of_after.precision));
  result.evaluation.set_output(request.of_after.output);
  result.evaluation.set_baseline(before.name);
  const LabelledPredictions baseline = before.labelled();
  fill_figures(result.evaluation, after.labelled(), &baseline, dataset, request.figures, pool);
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
