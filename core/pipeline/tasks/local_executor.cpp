#include "core/pipeline/tasks/local_executor.hpp"

#include "core/base/cancellation.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/plan/task_settings.hpp"
#include "core/pipeline/predictions/predict_model.hpp"
#include "core/pipeline/predictions/usable_samples.hpp"
#include "core/pipeline/tasks/run_width_tasks.hpp"

namespace goldilocks::pipeline {
namespace {

store::Artifact prepare(TaskContext& context, std::size_t task) {
  const goldilocks::PrepareParameters& parameters = context.message(task).prepare();
  store::Draft draft = context.store.create(context.plan.tasks[task].key);
  const auto unusable = prepare_samples(sources_of(parameters), *context.dataset_of(task), preparation_of(parameters),
                                        parameters.max_unusable(), context.pool, draft.file());
  return draft.commit(unusable_notes(unusable));
}

store::Artifact predict(TaskContext& context, std::size_t task, const std::function<void(double)>& progress) {
  const goldilocks::PredictParameters& parameters = context.message(task).predict();
  const store::Artifact prepared = context.artifact_of(context.plan.tasks[task].inputs.back());
  const goldilocks::PluginSettings settings = context.located(parameters.backend());
  const plugins::BackendPlugin& backend = backend_of(settings, context.registry);
  PredictionRequest request{
      .model = nullptr,
      .name = "",
      .backend = {backend, options_of(settings, backend.options), {}, lowering_of(parameters.precision())},
      .output = parameters.output(),
      .sequences = parameters.sequences(),
      .detection = detection_of(parameters),
      .scores_only = parameters.scores_only()};
  {
    const TaskModel model = context.model_of(task, parameters.sha256());
    request.model = formats::open_function(model.path, model.name, parameters.function_name());
    request.name = model.name;
    request.backend.file = model.path;
  }
  store::Draft draft = context.store.create(context.plan.tasks[task].key);
  predict_model(std::move(request), PreparedSamples(OpenFile(prepared.file)), context.pool, draft.file(), progress);
  return draft.commit(prepared.notes);
}

store::Artifact run_one(TaskContext& context, std::size_t task, const std::function<void(double)>& progress) {
  switch (context.plan.tasks[task].kind) {
    case TaskKind::prepare:
      return prepare(context, task);
    case TaskKind::predict:
      return predict(context, task, progress);
    default:
      return run_width_task({context, task, progress});
  }
}

}  // namespace

void LocalExecutor::run(std::span<const std::size_t> tasks, std::size_t /*threads*/, TaskReports& reports) {
  if (context_.plan.tasks[tasks.front()].kind == TaskKind::quantize) {
    quantize_together(context_, tasks, reports);
    return;
  }
  for (const std::size_t task : tasks) {
    throw_if_cancelled();
    reports.started(task);
    try {
      reports.finished(task, run_one(context_, task, [&](double fraction) { reports.progress(task, fraction); }));
    } catch (const ModelError& error) {
      reports.failed(task, error);
    } catch (const PluginError& error) {
      throw_if_cancelled();
      reports.failed(task, error);
    }
  }
}

}  // namespace goldilocks::pipeline
