#include "core/pipeline/single/answer_dataset.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/suggest.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/plan/describe_tasks.hpp"
#include "core/pipeline/plan/planned_datasets.hpp"
#include "core/pipeline/plan/task_settings.hpp"
#include "core/pipeline/predictions/class_names.hpp"
#include "core/pipeline/predictions/image_network.hpp"
#include "core/pipeline/predictions/predict_model.hpp"
#include "core/pipeline/predictions/usable_samples.hpp"

namespace goldilocks::pipeline {

std::shared_ptr<const data::Dataset> open_samples(const DatasetArguments& arguments, const DatasetUse& use) {
  return arguments.samples ? arguments.samples : std::make_shared<const data::Dataset>(open_dataset(use));
}

void require_metrics(const evaluation::FigureSettings& settings) {
  const std::vector<std::string> known = evaluation::metric_names();
  for (const std::string& name : settings.metrics) {
    if (name == evaluation::confusion_name || evaluation::find_metric(name)) continue;
    throw UsageError(fmt::format("there is no metric '{}'{}", name, did_you_mean(name, known)));
  }
}

void require_figures(const goldilocks::Evaluation& evaluation, const evaluation::FigureSettings& settings) {
  for (const std::string& name : settings.metrics) {
    const auto metric = evaluation::find_metric(name);
    const auto& figures = evaluation.figures();
    if (!metric || std::ranges::find(figures, name, &goldilocks::Figure::metric) != figures.end()) continue;
    if (metric->against_baseline() && evaluation.baseline().empty()) {
      throw UsageError(fmt::format("the metric '{}' compares two models, and here is one", name));
    }
    throw UsageError(fmt::format("the metric '{}' can't be computed of these samples and models; it needs {}", name,
                                 to_text(metric->needs)));
  }
}

DatasetAnswers answer_dataset(const AskedModel& model, const DatasetUse& use,
                              const std::shared_ptr<const data::Dataset>& dataset, ThreadPool& pool,
                              const std::function<void(double)>& progress) {
  const std::string path = model.file.string();
  DatasetAnswers answers;
  answers.name = model.file.stem().string();
  const lowering::LoweringOptions limits = lowering_of(precision_in_records(model.arguments.precision));
  PredictionRequest request{.model = formats::open_function(model.file, model.arguments.function_name),
                            .name = path,
                            .backend = {model.backend, model.options, model.file, limits}};
  answers.warnings = formats::warning_lines(*request.model, path);
  const std::string& output = model.arguments.output;
  if (is_fed(*request.model, path, *dataset, output)) {
    answers.feed = feed_model(*request.model, path, *dataset, output);
    answers.labels = answers.feed->output.labels;
    answers.inputs = answers.feed->inputs;
    request.output = answers.feed->output.name;
    request.sequences = dataset->sequences;
  } else {
    const ImageNetwork network = lower_image_network(*request.model, path);
    answers.labels = network.labels();
    answers.inputs = {image_source(network.image())};
    request.scores_only = true;
  }
  answers.class_index = class_indexes(*dataset, answers.labels);
  OpenFile inputs = OpenFile::in_memory("prepared samples");
  answers.unusable = prepare_samples(answers.inputs, *dataset, use.preparation, use.max_unusable, pool, inputs);
  answers.usable =
      named_by_model(usable_part(dataset, unusable_notes(answers.unusable)), answers.class_index, answers.labels);
  OpenFile outputs = OpenFile::in_memory("predictions");
  predict_model(std::move(request), PreparedSamples(std::move(inputs)), pool, outputs, progress);
  const std::uint64_t size = outputs.size();
  answers.content.resize((size + sizeof(float) - 1) / sizeof(float));
  const auto content = std::as_writable_bytes(std::span(answers.content)).first(size);
  outputs.read(0, content);
  answers.predictions = parse_predictions(content, path);
  if (answers.feed && answers.feed->output.per_position) {
    answers.tokens = load_tokens(answers.feed->output, *answers.usable, pool);
  } else if (answers.feed && answers.feed->output.target) {
    answers.targets = load_targets(answers.feed->output, *answers.usable, use.preparation, pool);
  }
  return answers;
}

}  // namespace goldilocks::pipeline
