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
#include "core/base/hash.hpp"
#include "core/data/npy.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/pipeline/plan/planned_keys.hpp"
#include "core/pipeline/plan/task_keys.hpp"
#include "core/pipeline/predictions/predictions.hpp"

namespace goldilocks::pipeline {
namespace {

// What an earlier task has made.
store::Artifact artifact_of(const WidthTask& task, std::size_t made_by) {
  const Task& other = task.plan.tasks[made_by];
  auto artifact = task.store.find(other.key);
  if (!artifact) throw FileError(task.store.root(), "the artifact of '" + other.id + "' is not there any more");
  return *std::move(artifact);
}

// Some samples of a dataset: their images and the full-precision model's scores.
struct Samples {
  std::string pixels;
  std::vector<float> scores;
  data::NpyView images;
};

// A loaded model taken apart, with the images and the full-precision model's predictions of them.
class Study {
 public:
  explicit Study(const WidthTask& task)
      : task_(task),
        stage_(task.spec.sensitivity.value()),
        root_(task.spec.variants[task.task.variant].root),
        name_(task.spec.model_of(task.spec.variants[root_]).file.path.string()),
        plugin_(task.registry.quantizer(stage_.function.function.name)),
        quantizer_(plugin_.create(stage_.function.function.options)),
        file_(name_),
        prepared_(artifact_of(task, task.plan.inputs[task.task.input].task).file),
        images_(data::parse_npy(prepared_.bytes(), "prepared images")) {
    if (sha256(file_.bytes()) != task.plan.models[root_]->sha256) {
      throw FileError(name_, "it was changed during the run");
    }
    predict_baseline();
    auto model = model::parse_model(file_.bytes(), name_);
    PassOutcome passes = apply_passes(*model, {.fold = {.batchnorm = true, .scale = true, .bias = true}});
    source_ = std::make_unique<WeightSource>(std::move(model), name_, std::move(passes));
    candidates_ = std::make_unique<WeightCandidates>(*source_, plugin_, *quantizer_, stage_.function.widths);
  }

  const std::string& name() const { return name_; }
  const WeightSource& source() const { return *source_; }
  const WeightCandidates& candidates() const { return *candidates_; }
  const plugins::QuantizerPlugin& plugin() const { return plugin_; }
  const plugins::Quantizer& quantizer() const { return *quantizer_; }

  // On all samples, or on as many as the stage says, evenly chosen: as samples stand class by class, each class has
  // its share.
  DivergenceMeter meter(bool all) {
    const auto samples = static_cast<std::size_t>(images_.shape.at(0));
    const std::size_t wanted = all || stage_.samples == 0 ? samples : std::min<std::size_t>(stage_.samples, samples);
    const std::span<const float> scores = baseline_->scores().values;
    const DivergenceMeter::Backend backend{&task_.registry.backend(stage_.backend.name), stage_.backend.options};
    if (wanted == samples) return {backend, images_, scores, task_.pool};
    const std::size_t image_size = images_.values.size() / samples;
    const std::size_t classes = scores.size() / samples;
    chosen_.images = images_;
    chosen_.images.shape[0] = static_cast<std::int64_t>(wanted);
    for (std::size_t i = 0; i < wanted; ++i) {
      const std::size_t sample = i * samples / wanted;
      const auto image = images_.values.subspan(sample * image_size, image_size);
      chosen_.pixels.append(reinterpret_cast<const char*>(image.data()), image.size());
      const auto row = scores.subspan(sample * classes, classes);
      chosen_.scores.insert(chosen_.scores.end(), row.begin(), row.end());
    }
    chosen_.images.values = std::as_bytes(std::span(chosen_.pixels));
    return {backend, chosen_.images, chosen_.scores, task_.pool};
  }

 private:
  // The same artifact as an evaluation on these images would make, where that needs the scores alone.
  void predict_baseline() {
    const std::string key = baseline_key(task_.spec, task_.plan, root_, task_.registry);
    auto artifact = task_.store.find(key);
    if (!artifact) {
      const ImageNetwork network = lower_image_network(*model::parse_model(file_.bytes(), name_), name_);
      const auto model = task_.registry.backend(stage_.backend.name)
                             .create_model(stage_.backend.options, network.network->graph(), name_);
      artifact = task_.store.put(key, predict_images(network, *model, images_, true, task_.pool), "");
    }
    predictions_ = std::make_unique<MappedFile>(artifact->file);
    baseline_ = parse_predictions(predictions_->bytes(), artifact->file.string());
  }

  const WidthTask& task_;
  const SensitivityStage& stage_;
  std::size_t root_;
  std::string name_;
  const plugins::QuantizerPlugin& plugin_;
  std::unique_ptr<plugins::Quantizer> quantizer_;
  MappedFile file_, prepared_;
  data::NpyView images_;
  std::unique_ptr<MappedFile> predictions_;
  std::optional<Predictions> baseline_;
  std::unique_ptr<WeightSource> source_;
  std::unique_ptr<WeightCandidates> candidates_;
  Samples chosen_;
};

MixTarget target_of(const WidthTask& task) {
  const VariantSpec& variant = task.spec.variants[task.task.variant];
  const MixedStage& stage = task.spec.mixes[variant.stage];
  MixTarget target{.size = stage.size, .divergence = stage.divergence};
  if (!stage.size_of.empty()) {
    const auto& made_by = task.plan.quantize[variant.size_of];
    target.size = made_by ? artifact_of(task, *made_by).size : task.plan.models[variant.size_of]->size;
  }
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
    entry.is_explicit = !entry.skip;
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
  const std::vector<const coreml::WeightParams*> unchanged(candidates.parts().weights.size(), nullptr);
  const ImageNetwork base = lower_image_network(*candidates.assemble(unchanged), study.name());
  std::vector<SensitiveTensor> tensors;
  for (std::size_t i = 0; i < candidates.tensors().size(); ++i) {
    const CandidateTensor& tensor = candidates.tensors()[i];
    const std::string key = tensor_key(task.task.key, tensor.layer, tensor.parameter);
    if (const auto artifact = task.store.find(key)) {
      tensors.push_back(sensitivities_from_json(read_file(artifact->file), artifact->file.string()).at(0));
    } else {
      tensors.push_back(measure_tensor(candidates, i, base, meter));
      task.store.put(key, to_json({tensors.back()}), "");
    }
    if (task.progress) {
      task.progress(static_cast<double>(i + 1) / static_cast<double>(candidates.tensors().size()));
    }
  }
  return to_json(tensors);
}

store::Artifact run_mix(const WidthTask& task) {
  Study study(task);
  const VariantSpec& variant = task.spec.variants[task.task.variant];
  const store::Artifact measured = artifact_of(task, task.plan.sensitivity[variant.root].value());
  const auto tensors = sensitivities_from_json(read_file(measured.file), measured.file.string());
  const MixTarget target = target_of(task);
  const DivergenceMeter meter = study.meter(true);
  const MixedWidths widths =
      find_mixed_widths(study.candidates(), tensors, target, task.spec.mixes[variant.stage].measurements, meter,
                        task.pool, task.progress);
  std::string content;
  std::string notes;
  quantize_model(study.source(), request_of(study, widths, variant.description), task.pool,
                 [&](std::size_t, const QuantizedModel& quantized) {
                   if (quantized.failure) std::rethrow_exception(quantized.failure);
                   content = model::serialize_model(*quantized.model);
                   auto document = nlohmann::ordered_json::parse(
                       to_json(ModelReport{study.candidates().parts().passes.reports, quantized.tensors}));
                   document["mixed"] = nlohmann::ordered_json::parse(to_json(widths));
                   notes = document.dump();
                 });
  if (target.size && content.size() > *target.size) {
    // Only a description can add to what was reckoned with.
    throw ModelError(fmt::format("{}: with its description the file has {} bytes, more than {}", study.name(),
                                 content.size(), *target.size));
  }
  return task.store.put(task.task.key, content, notes);
}

}  // namespace

store::Artifact run_width_task(const WidthTask& task) {
  if (task.task.kind == TaskKind::mix) return run_mix(task);
  return task.store.put(task.task.key, run_sensitivity(task), "");
}

MixedWidths mixed_widths_of(std::string_view notes) {
  return mixed_widths_from_json(nlohmann::json::parse(notes).at("mixed").dump());
}

}  // namespace goldilocks::pipeline
