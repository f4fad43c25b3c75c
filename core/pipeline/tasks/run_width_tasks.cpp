#include "core/pipeline/tasks/run_width_tasks.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/plan/task_keys.hpp"
#include "core/pipeline/plan/task_settings.hpp"
#include "core/pipeline/predictions/predictions.hpp"
#include "core/pipeline/tasks/put_model.hpp"

namespace goldilocks::pipeline {
namespace {

const goldilocks::PlannedTask& message_of(const WidthTask& task) { return task.context.message(task.task); }

goldilocks::SensitivityParameters sensitivity_of(const WidthTask& task) {
  const goldilocks::PlannedTask& message = message_of(task);
  goldilocks::SensitivityParameters parameters =
      message.has_mix() ? message.mix().sensitivity() : message.sensitivity();
  *parameters.mutable_function() = task.context.located(parameters.function());
  *parameters.mutable_backend() = task.context.located(parameters.backend());
  return parameters;
}

// A loaded model taken apart, with the images and the full-precision model's predictions of them.
class Study {
 public:
  explicit Study(const WidthTask& task)
      : context_(task.context),
        parameters_(sensitivity_of(task)),
        model_(context_.model_of(task.task, parameters_.sha256())),
        plugin_(quantizer_of(parameters_.function(), context_.registry)),
        quantizer_(plugin_.create(options_of(parameters_.function(), plugin_.options))),
        backend_(backend_of(parameters_.backend(), context_.registry)),
        prepared_(OpenFile(context_.input_of(task.task, 0).file)) {
    predict_baseline(context_.plan.tasks[context_.plan.tasks[task.task].inputs.front()].key);
    auto model = formats::open_function(model_.path, name(), parameters_.function_name());
    formats::PassOutcome passes = model->apply({.fold = {.batchnorm = true, .scale = true, .bias = true}});
    source_ = std::make_unique<WeightSource>(std::move(model), name(), std::move(passes));
    candidates_ = std::make_unique<WeightCandidates>(
        *source_, plugin_, *quantizer_, std::vector<int>(parameters_.bits().begin(), parameters_.bits().end()));
  }

  const std::string& name() const { return model_.name; }
  const WeightSource& source() const { return *source_; }
  const WeightCandidates& candidates() const { return *candidates_; }
  const plugins::QuantizerPlugin& plugin() const { return plugin_; }
  const plugins::Quantizer& quantizer() const { return *quantizer_; }

  // On all samples, or on as many as the stage says, evenly chosen: as samples stand class by class, each class has
  // its share.
  DivergenceMeter meter(bool all) const {
    const std::size_t samples = prepared_.samples();
    const std::size_t wanted =
        all || parameters_.samples() == 0 ? samples : std::min<std::size_t>(parameters_.samples(), samples);
    std::vector<std::size_t> chosen(wanted);
    for (std::size_t i = 0; i < wanted; ++i) chosen[i] = i * samples / wanted;
    const DivergenceMeter::Backend backend{&backend_, options_of(parameters_.backend(), backend_.options)};
    return {backend, prepared_, baseline_->scores().values, std::move(chosen), context_.pool};
  }

 private:
  // The same artifact as an evaluation on these images would make, where that needs the scores alone.
  void predict_baseline(const std::string& prepared_key) {
    goldilocks::PlannedTask predict;
    predict.mutable_predict()->set_sha256(parameters_.sha256());
    *predict.mutable_predict()->mutable_backend() = parameters_.backend();
    predict.mutable_predict()->set_scores_only(true);
    predict.mutable_predict()->set_function_name(parameters_.function_name());
    const std::string key = key_of(predict, {&prepared_key, 1});
    auto artifact = context_.store.find(key);
    if (!artifact) {
      const ImageNetwork network =
          lower_image_network(*formats::open_function(model_.path, name(), parameters_.function_name()), name());
      const auto model =
          backend_.create_model(options_of(parameters_.backend(), backend_.options), network.network->graph(), name());
      store::Draft draft = context_.store.create(key);
      predict_images(network, *model, prepared_, true, context_.pool, draft.file());
      artifact = draft.commit("");
    }
    predictions_ = std::make_unique<MappedFile>(artifact->file);
    baseline_ = parse_predictions(predictions_->bytes(), artifact->file.string());
  }

  TaskContext& context_;
  const goldilocks::SensitivityParameters parameters_;
  TaskModel model_;
  const plugins::QuantizerPlugin& plugin_;
  std::unique_ptr<plugins::Quantizer> quantizer_;
  const plugins::BackendPlugin& backend_;
  PreparedSamples prepared_;
  std::unique_ptr<MappedFile> predictions_;
  std::optional<Predictions> baseline_;
  std::unique_ptr<WeightSource> source_;
  std::unique_ptr<WeightCandidates> candidates_;
};

MixTarget target_of(const WidthTask& task) {
  const goldilocks::MixParameters& parameters = message_of(task).mix();
  MixTarget target;
  if (parameters.has_size()) target.size = parameters.size();
  if (parameters.has_kl()) target.divergence = parameters.kl();
  if (!target.size && !target.divergence) target.size = task.context.input_of(task.task, 2).size;
  return target;
}

QuantizeRequest request_of(const Study& study, const MixedWidths& widths, const std::string& description) {
  QuantizeRequest request;
  request.plugin = &study.plugin();
  request.quantizer = &study.quantizer();
  for (const WidthRule& rule : widths.rules) {
    QuantizeRule& entry = request.rules.emplace_back();
    entry.match.layers = rule.layers;
    entry.match.parameters = {rule.parameter};
    entry.skip = rule.bits == 32;
    entry.is_explicit = entry.keeps_codes = !entry.skip;
    if (!entry.skip) entry.bits = rule.bits;
  }
  request.settings = {{.bits = widths.common_bits(), .description = description}};
  return request;
}

// The sensitivities of all tensors as JSON.
std::string run_sensitivity(const WidthTask& task) {
  Study study(task);
  const WeightCandidates& candidates = study.candidates();
  const DivergenceMeter meter = study.meter(false);
  const std::vector<std::optional<weights::Stored>> unchanged(candidates.weights().weights().size());
  const ImageNetwork base = lower_image_network(*candidates.weights().draft(unchanged), study.name());
  std::vector<SensitiveTensor> tensors;
  for (std::size_t i = 0; i < candidates.tensors().size(); ++i) {
    const CandidateTensor& tensor = candidates.tensors()[i];
    const std::string key = tensor_key(task.context.plan.tasks[task.task].key, tensor.layer, tensor.parameter);
    if (const auto artifact = task.context.store.find(key)) {
      tensors.push_back(sensitivities_from_json(read_file(artifact->file), artifact->file.string()).at(0));
    } else {
      tensors.push_back(measure_tensor(candidates, i, base, meter));
      task.context.store.put(key, to_json({tensors.back()}), "");
    }
    if (task.progress) {
      task.progress(static_cast<double>(i + 1) / static_cast<double>(candidates.tensors().size()));
    }
  }
  return to_json(tensors);
}

store::Artifact run_mix(const WidthTask& task) {
  Study study(task);
  const goldilocks::MixParameters& parameters = message_of(task).mix();
  const store::Artifact measured = task.context.input_of(task.task, 1);
  const auto tensors = sensitivities_from_json(read_file(measured.file), measured.file.string());
  const MixTarget target = target_of(task);
  const DivergenceMeter meter = study.meter(true);
  const MixedWidths widths = find_mixed_widths(study.candidates(), tensors, target, parameters.measurements(), meter,
                                               task.context.pool, task.progress);
  std::optional<store::Artifact> artifact;
  quantize_model(
      study.source(), request_of(study, widths, without_variables(parameters.description())), task.context.pool,
      [&](std::size_t, const QuantizedModel& quantized) {
        if (quantized.failure) std::rethrow_exception(quantized.failure);
        // Only a description can add to what was reckoned with.
        if (const std::uint64_t size = quantized.model->size(); target.size && size > *target.size) {
          throw ModelError(study.name(),
                           fmt::format("with its description the file has {} bytes, more than {}", size, *target.size));
        }
        auto document =
            nlohmann::ordered_json::parse(to_json(ModelReport{study.source().passes().reports, quantized.tensors}));
        document["mixed"] = nlohmann::ordered_json::parse(to_json(widths));
        artifact =
            put_model(task.context.store, task.context.plan.tasks[task.task].key, *quantized.model, document.dump());
      });
  return artifact.value();
}

}  // namespace

store::Artifact run_width_task(const WidthTask& task) {
  if (message_of(task).has_mix()) return run_mix(task);
  return task.context.store.put(task.context.plan.tasks[task.task].key, run_sensitivity(task), "");
}

MixedWidths mixed_widths_of(std::string_view notes) {
  return mixed_widths_from_json(nlohmann::json::parse(notes).at("mixed").dump());
}

}  // namespace goldilocks::pipeline
