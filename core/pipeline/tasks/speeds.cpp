// The variants take turns: in each round every one predicts once, from another one on each time, so that whatever else
// the machine does hits all alike. Memory can't be told apart within one process, so each variant gets one of its own.
#include "core/pipeline/tasks/speeds.hpp"

#include <algorithm>
#include <chrono>
#include <random>

#include <fmt/format.h>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/base/os/process.hpp"
#include "core/evaluation/median.hpp"
#include "core/pipeline/plan/describe_tasks.hpp"
#include "core/pipeline/plan/task_settings.hpp"
#include "core/pipeline/yaml/variables.hpp"
#include "core/runtime/features.hpp"
#include "core/runtime/loaded_model.hpp"

namespace goldilocks::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

// Models that take turns are all in memory. More of them than fit in here take turns in groups.
constexpr std::uint64_t group_bytes = std::uint64_t{4} << 30U;
// What weights of a byte in the file take at most when they are prepared: a bit each, widened to float32.
constexpr std::uint64_t widening = 32;

runtime::Value noise(const runtime::Feature& feature, std::mt19937& random) {
  using runtime::Kind;
  switch (feature.kind) {
    case Kind::array: {
      std::size_t count = 1;
      for (const std::int64_t size : feature.shape) count *= static_cast<std::size_t>(size);
      std::vector<float> values(count);
      // Below one half, as an index into a table may be wanted: each is 0 then, cut off or rounded.
      for (float& value : values) value = static_cast<float>(random() >> 8U) * 0x1p-25F;
      return runtime::make_array(feature.shape, values);
    }
    case Kind::image: {
      const runtime::ImageSize size = runtime::image_size(feature);
      runtime::Image image{size.width, size.height, runtime::PixelFormat::gray, {}};
      image.pixels.resize(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
      if (feature.pixels == runtime::PixelFormat::rgb) {
        image.format = runtime::PixelFormat::rgb;
        image.pixels.resize(image.pixels.size() * 3);
      }
      for (std::byte& pixel : image.pixels) pixel = static_cast<std::byte>(random() & 0xFFU);
      return image;
    }
    default:
      return runtime::empty_value(feature);
  }
}

runtime::Values noise_for(const runtime::LoadedModel& model) {
  std::mt19937 random(1);
  runtime::Values values;
  for (const runtime::Feature& feature : model.description().inputs) {
    if (!feature.optional) values[feature.name] = noise(feature, random);
  }
  return values;
}

struct MeasuredModel {
  goldilocks::Variant* variant;
  std::filesystem::path file;
  std::string function_name;  // of an ML Program
  std::vector<double> seconds{};
};

void take_turns(std::span<MeasuredModel> group, const plugins::BackendPlugin& backend, const EvaluateStage& stage) {
  const lowering::LoweringOptions limits = lowering_of(precision_in_records(stage.precision));
  std::vector<std::unique_ptr<runtime::LoadedModel>> models;
  std::vector<runtime::Values> inputs;
  for (const MeasuredModel& measured : group) {
    throw_if_cancelled();
    models.push_back(std::make_unique<runtime::LoadedModel>(measured.file, backend, stage.backend.options, limits,
                                                            measured.function_name));
    inputs.push_back(noise_for(*models.back()));
    models.back()->predict(inputs.back(), nullptr, nullptr);  // makes all ready
  }
  for (std::uint64_t round = 0; round < stage.rounds; ++round) {
    for (std::size_t turn = 0; turn < group.size(); ++turn) {
      throw_if_cancelled();
      const std::size_t index = (round + turn) % group.size();
      const auto start = Clock::now();
      models[index]->predict(inputs[index], nullptr, nullptr);
      group[index].seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    }
  }
}

double peak_memory(const MeasuredModel& measured, const EvaluateStage& stage, plugins::Registry& registry,
                   const WorkerProgram& worker) {
  const PluginUse& use = stage.backend;
  goldilocks::Plan plan;
  plan.set_schema_version(2);
  plan.set_program(program_hash());
  goldilocks::PlannedTask& task = *plan.add_tasks();
  task.set_id("memory");
  task.mutable_memory()->set_path(escape_variables(measured.file.string()));
  task.mutable_memory()->set_function_name(measured.function_name);
  task.mutable_memory()->set_precision(precision_in_records(stage.precision));
  describe(*task.mutable_memory()->mutable_backend(), use, registry.backend(use.name));
  constexpr double time_limit = 3600;
  const WorkerOutcome outcome = run_in_worker(
      worker, {.plan = plan.SerializeAsString(), .task = task.id(), .plugin_places = registry.search_path()},
      fmt::format("backend '{}'", use.name), time_limit, nullptr);
  if (outcome.failure) throw Error(*outcome.failure);
  return outcome.figure.value_or(0);
}

}  // namespace

void add_speeds(goldilocks::Results& results, const PipelineSpec& spec, const Plan& plan,
                const std::vector<TaskResult>& tasks, plugins::Registry& registry, const WorkerProgram& worker,
                ProgressListener* progress) {
  const EvaluateStage& stage = *spec.evaluate;
  const plugins::BackendPlugin& backend = registry.backend(stage.backend.name);
  std::vector<MeasuredModel> all;
  for (std::size_t i = 0; i < spec.variants.size(); ++i) {
    goldilocks::Variant& variant = *results.mutable_variants(static_cast<int>(i));
    if (variant.file().empty() || !variant.has_evaluation()) continue;
    all.push_back({&variant,
                   plan.models[i] ? spec.model_of(spec.variants[i]).file.path
                                  : tasks[plan.quantize[i].value()].artifact.value().file,
                   spec.model_of(spec.variants[spec.variants[i].root]).function_name});
  }
  if (progress != nullptr && !all.empty()) progress->step("measuring the time of predictions");
  for (std::size_t begin = 0; begin < all.size();) {
    std::uint64_t bytes = 0;
    std::size_t end = begin;
    do {
      bytes += widening * all[end++].variant->size_bytes();
    } while (end < all.size() && bytes + widening * all[end].variant->size_bytes() <= group_bytes);
    take_turns(std::span(all).subspan(begin, end - begin), backend, stage);
    begin = end;
  }
  if (progress != nullptr && !all.empty()) progress->step("measuring the memory of predictions");
  for (MeasuredModel& measured : all) {
    const auto summary = evaluation::summarize_by_median(measured.seconds, stage.figures.confidence);
    goldilocks::SpeedFigure& speed = *measured.variant->mutable_cost()->mutable_speed();
    speed.set_backend(stage.backend.name);
    speed.set_seconds_per_sample(summary.median);
    speed.set_spread(summary.spread);
    speed.set_rounds(static_cast<std::uint32_t>(stage.rounds));
    if (summary.interval) {
      goldilocks::Interval& interval = *speed.mutable_interval();
      interval.set_lower(summary.interval->lower);
      interval.set_upper(summary.interval->upper);
      interval.set_confidence(summary.interval->confidence);
      interval.set_method(summary.interval->method);
    }
    if (!worker.program.empty()) speed.set_peak_memory_mib(peak_memory(measured, stage, registry, worker));
  }
}

double measure_memory(const goldilocks::MemoryParameters& parameters, plugins::Registry& registry) {
  const plugins::BackendPlugin& backend = backend_of(parameters.backend(), registry);
  const runtime::LoadedModel model(without_variables(parameters.path()), backend,
                                   options_of(parameters.backend(), backend.options),
                                   lowering_of(parameters.precision()), parameters.function_name());
  model.predict(noise_for(model), nullptr, nullptr);
  return os::own_peak_memory_mib();
}

}  // namespace goldilocks::pipeline
