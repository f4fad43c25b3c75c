#include "core/base/error.hpp"
#include "core/base/file_ending.hpp"
#include "core/base/paths.hpp"
#include "core/pipeline/plan/describe_tasks.hpp"
#include "core/pipeline/results/collect_results.hpp"
#include "core/pipeline/single/answer_dataset.hpp"
#include "core/pipeline/single/single.hpp"

namespace goldilocks::pipeline {

EvaluateModelResult evaluate_model(const EvaluateModelRequest& request, plugins::Registry& registry, ThreadPool& pool,
                                   const std::function<void(double)>& progress) {
  const plugins::BackendPlugin& backend = registry.backend(request.backend);
  const auto options = parse_text_options(backend.options, request.options, "backend " + backend.name);
  const DatasetUse use = dataset_use(request.dataset, request.preparation);
  const std::filesystem::path& source = use.source().path;
  const bool packed = !is_folder(source) && has_ending(source, {".npy", ".npz"});
  const std::shared_ptr<const data::Dataset>& samples = request.dataset.samples;
  if (samples ? samples->classes.empty() && samples->targets.empty()
              : packed && !use.labels && use.targets.empty() && use.next_token.empty()) {
    throw UsageError(source.string(), "arrays need labels or targets, or --next-token, to evaluate a model by");
  }
  require_metrics(request.figures);
  const auto all = open_samples(request.dataset, use);
  const DatasetAnswers answers =
      answer_dataset({request.model, request.arguments, backend, options}, use, all, pool, progress);

  EvaluateModelResult result;
  result.warnings = answers.warnings;
  fill_figures(result.evaluation, answers.labelled(), nullptr, *answers.usable, request.figures, pool);
  require_figures(result.evaluation, request.figures);
  result.evaluation.set_dataset(use.name);
  result.evaluation.set_backend(backend.name);
  result.evaluation.set_precision(precision_in_records(request.arguments.precision));
  result.evaluation.set_output(request.arguments.output);
  result.dataset = describe_dataset(use, *answers.usable, answers.inputs);
  add_unusable(result.dataset, *all, answers.unusable);
  return result;
}

}  // namespace goldilocks::pipeline
