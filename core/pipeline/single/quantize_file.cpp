#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/input_files.hpp"
#include "core/base/output_target.hpp"
#include "core/data/split.hpp"
#include "core/formats/model_files.hpp"
#include "core/formats/open.hpp"
#include "core/formats/system.hpp"
#include "core/pipeline/calibration/calibrate_model.hpp"
#include "core/pipeline/plan/plan_tensors.hpp"
#include "core/pipeline/plan/rule_functions.hpp"
#include "core/pipeline/quantization/quantization_notices.hpp"
#include "core/pipeline/quantization/storable.hpp"
#include "core/pipeline/single/single.hpp"
#include "core/pipeline/yaml/name_template.hpp"
#include "core/pipeline/yaml/rules.hpp"
#include "core/plugins/text_options.hpp"
#include "core/quantization/weight_error.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::pipeline {
namespace {

int choose_width(const plugins::QuantizerPlugin& plugin, const std::optional<int>& bits, bool is_package) {
  if (plugin.chooses_width) {
    if (bits) throw UsageError(plugin.name + " chooses the widths itself; leave the bits out");
    return 0;
  }
  const std::string offered = plugin.offered_widths();
  if (!bits) throw UsageError(plugin.name + " needs a width: " + offered);
  if (!plugin.offers(*bits, is_package)) {
    throw UsageError(fmt::format("{} does not offer {} bits; it offers {}", plugin.name, *bits, offered));
  }
  return *bits;
}

// Throws UsageError where the output is the model, the rules, or a file that an option names.
void require_other_output(const QuantizeFileRequest& request, const plugins::QuantizerPlugin& plugin,
                          const plugins::OptionValues& options) {
  InputFiles inputs;
  inputs.add(request.model);
  if (request.rules) inputs.add(*request.rules);
  for (const plugins::OptionSpec& spec : plugin.options) {
    const auto given = options.find(spec.name);
    if (spec.type == plugins::OptionType::path && given != options.end())
      inputs.add(std::get<std::string>(given->second));
  }
  inputs.require_other(request.output);
}

// The images that a model is calibrated by, in its input's size.
class CalibrationSet {
 public:
  CalibrationSet(const CalibrationArguments& arguments, const ImageNetwork& network, plugins::Registry& registry,
                 ThreadPool& pool)
      : backend_(registry.backend(arguments.backend)) {
    const data::Dataset all = data::open_unlabelled_images(arguments.images);
    const std::size_t count = std::min(arguments.samples, all.samples.size());
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < count; ++i) chosen.push_back(i * all.samples.size() / count);
    OpenFile file = OpenFile::in_memory("calibration samples");
    prepare_samples({image_source(network.image())}, data::take_samples(all, chosen), arguments.preparation, 0, pool,
                    file);
    prepared_.emplace(std::move(file));
  }

  CalibrationSamples samples() const {
    CalibrationSamples samples;
    samples.backend = &backend_;
    samples.options = plugins::parse_text_options(backend_.options, {}, "backend " + backend_.name);
    samples.prepared = &*prepared_;
    samples.samples.resize(prepared_->samples());
    std::iota(samples.samples.begin(), samples.samples.end(), 0U);
    return samples;
  }

 private:
  const plugins::BackendPlugin& backend_;
  std::optional<PreparedSamples> prepared_;
};

// A step with its function ready.
struct PreparedStep {
  const plugins::QuantizerPlugin* plugin = nullptr;
  plugins::OptionValues options;
  std::unique_ptr<plugins::Quantizer> quantizer;
  QuantizeSettings settings;
};

PreparedStep prepare(const QuantizeStep& step, const QuantizeFileRequest& request, plugins::Registry& registry) {
  PreparedStep prepared;
  const plugins::QuantizerPlugin& plugin = registry.quantizer(step.function);
  prepared.plugin = &plugin;
  prepared.settings.bits = choose_width(plugin, step.bits, formats::holds_package(request.model));
  prepared.settings.layout = step.layout;
  if (step.layout.vector_length() > 1 && !plugin.vector_tables) {
    throw UsageError(plugin.name + " makes no tables of vectors; leave the vector out");
  }
  prepared.settings.description =
      expand_template(request.description, with_layout({.model = formats::stem_of(request.model),
                                                        .function = step.function,
                                                        .bits = bits_text(prepared.settings.bits),
                                                        .preprocessing = preprocessing_text(request.compaction)},
                                                       step.layout));
  prepared.options = parse_text_options(plugin.options, step.options, "quantizer " + plugin.name);
  return prepared;
}

// The one step that a file of rules says by itself.
PreparedStep prepare(const SweptFunction& function, const QuantizeFileRequest& request, plugins::Registry& registry) {
  PreparedStep prepared;
  prepared.plugin = &registry.quantizer(function.function.name);
  prepared.options = function.function.options;
  prepared.settings.bits = function.widths.at(0);
  prepared.settings.description =
      expand_template(request.description, {.model = formats::stem_of(request.model),
                                            .function = function.label,
                                            .bits = bits_text(prepared.settings.bits),
                                            .preprocessing = preprocessing_text(request.compaction)});
  return prepared;
}

// The stage of a pipeline that the first step would be, but for its rules.
QuantizeStage stage_of(const PreparedStep& step, const QuantizeFileRequest& request) {
  QuantizeStage stage;
  stage.weight_threshold = request.weight_threshold;
  SweptFunction& swept = stage.functions.emplace_back();
  swept.function.name = swept.label = step.plugin->name;
  swept.function.options = step.options;
  swept.widths = {step.settings.bits};
  swept.layouts.vectors = {step.settings.layout.vector_length()};
  return stage;
}

// The steps, and what becomes of some of the weights in the first one.
std::vector<PreparedStep> prepare_steps(const QuantizeFileRequest& request, plugins::Registry& registry,
                                        RulesFile& rules) {
  std::vector<PreparedStep> steps;
  if (!request.step.function.empty()) {
    steps.push_back(prepare(request.step, request, registry));
    for (const QuantizeStep& step : request.further) steps.push_back(prepare(step, request, registry));
    if (request.rules)
      rules = parse_rules_file(*request.rules, registry, request.model, stage_of(steps.front(), request));
    return steps;
  }
  const QuantizeStep none;
  if (request.step.bits || !request.step.options.empty() || request.step.layout != none.layout) {
    throw UsageError("bits, options and layouts are those of a function: name it, too");
  }
  if (request.rules) {
    QuantizeStage stage;
    stage.weight_threshold = request.weight_threshold;
    rules = parse_rules_file(*request.rules, registry, request.model, std::move(stage));
  }
  if (rules.functions.empty()) {
    throw UsageError("which function? name one, or a file of coremltools as the rules");
  }
  steps.push_back(prepare(rules.functions.front(), request, registry));
  return steps;
}

QuantizeRequest request_of(const PreparedStep& step, const QuantizeFileRequest& request, bool is_further) {
  QuantizeRequest quantize;
  quantize.plugin = step.plugin;
  quantize.quantizer = step.quantizer.get();
  quantize.requantize = request.requantize && !is_further;
  quantize.joint = request.joint || is_further;
  quantize.weight_threshold = request.weight_threshold;
  quantize.indivisible = request.indivisible;
  quantize.keep = request.further.empty() ? request.keep : Keep::always;  // what one leaves, another makes smaller
  quantize.settings = {step.settings};
  return quantize;
}

// The reports of the last step, as changes of what was there before the first.
void measure_all(const WeightSource& source, formats::Model& last, const std::string& name,
                 const std::vector<TensorReport>& first, std::vector<TensorReport>& reports) {
  const auto after = last.take_weights(name);
  const std::span<const weights::Weight> all = source.weights().weights();
  std::size_t index = 0;
  for (std::size_t i = 0; i < all.size() && index < reports.size(); ++i) {
    if (all[i].bytes == 0) continue;
    TensorReport& report = reports[index];
    report.before = first[index].before;
    report.bytes_before = first[index].bytes_before;
    ++index;
    if (report.before == report.after) continue;
    std::vector<float> buffer;
    const weights::Stored before = source.weights().read(i);
    const auto error = quantization::error_of(all[i], weights::view(before, all[i].place, buffer), after->read(i));
    report.squared_error = error.squared;
    report.relative_error = error.relative;
  }
}

// Throws UsageError where the format has no place for anything that a step would make.
void require_storable(const WeightSource& source, const QuantizeRequest& request, const PreparedStep& step,
                      const std::string& name) {
  const QuantizeSettings& settings = step.settings;
  const std::string reason =
      reason_against_all(source.weights().weights(), request, *step.quantizer, settings.bits, settings.layout);
  if (reason.empty()) return;
  const std::string layout = to_text(settings.layout);
  throw UsageError(fmt::format("{}: {}{}{} can't be stored: {}", name, step.plugin->name,
                               settings.bits == 0 ? "" : fmt::format(" at {} bits", settings.bits),
                               layout.empty() ? "" : ", " + layout, reason));
}

void check_output(const std::filesystem::path& output, const formats::Model& model) {
  if (model.is_folder() && is_standard_output(output)) {
    throw UsageError("a package is a folder, which can't go to standard output");
  }
  formats::check_ending(output, model);
}

void copy_model(const std::filesystem::path& from, const std::filesystem::path& to) {
  const auto model = formats::open(from);
  if (model->is_folder()) return model->write(to);
  copy_file_atomically(from, to);
}

}  // namespace

QuantizeFileResult quantize_file(const QuantizeFileRequest& request, plugins::Registry& registry, ThreadPool& pool,
                                 const std::function<void(double)>& progress) {
  RulesFile file;
  std::vector<PreparedStep> steps = prepare_steps(request, registry, file);
  for (PreparedStep& step : steps) {
    if (!request.force && !request.output.empty()) require_other_output(request, *step.plugin, step.options);
    step.quantizer = step.plugin->create(step.options);
  }
  const std::vector<WeightRule>& rules = file.rules;
  const PreparedStep& first = steps.front();
  const RuleFunctions functions(rules, registry);
  QuantizeRequest quantize = request_of(first, request, false);
  quantize.rules = functions.rules();
  quantize.progress = progress;

  const std::string name = request.model.string();
  QuantizeFileResult result;
  auto model = formats::open(request.model);
  result.bytes_before = formats::size_of_files(request.model);
  check_has_network(*model, name);
  check_output(request.output, *model);
  result.notices = formats::warning_lines(*model, name);
  result.notices.insert(result.notices.end(), file.notices.begin(), file.notices.end());
  formats::PassOutcome passes =
      model->apply({.fold = request.fold.at(first.settings.bits), .compaction = request.compaction});
  result.report.passes = passes.reports;
  std::optional<CalibrationSet> calibration_set;
  if (request.calibration) {
    calibration_set.emplace(*request.calibration, lower_image_network(*model, name), registry, pool);
  }
  const bool is_program = model->type() == "mlProgram";
  const int version = is_program ? model->summary().specification_version : 0;
  const WeightSource source(std::move(model), name, std::move(passes), request.limit);
  if (!rules.empty()) {
    const TensorPlans plans = plan_tensors(planned_weights(source.weights().weights()), quantize, first.settings.bits);
    Diagnostics faults;
    report_faults(faults, rules, plans, name);
    faults.throw_if_any();
    for (std::string& unused : unused_rules(rules, {&plans})) result.notices.push_back(std::move(unused));
  }
  require_storable(source, quantize, steps.front(), name);
  std::optional<ModelCalibration> calibration;
  if (calibration_set) {
    calibration.emplace(source.weights(), calibration_set->samples(), pool);
    quantize.refine = [&](std::size_t setting, std::span<quantization::Outcome* const> outcomes) {
      calibration->calibrate(quantize, setting, outcomes);
    };
  }
  QuantizedModel quantized;
  const auto take = [&](std::size_t, QuantizedModel made) {
    if (made.failure) std::rethrow_exception(made.failure);
    const bool changed = quantized.changed || made.changed;
    quantized = std::move(made);
    quantized.changed = changed;
  };
  quantize_model(source, quantize, pool, take);
  const std::vector<TensorReport> first_reports = quantized.tensors;
  for (std::size_t i = 1; i < steps.size(); ++i) {
    const WeightSource further(std::move(quantized.model), name, {}, request.limit);
    quantize_model(further, request_of(steps[i], request, true), pool, take);
  }
  result.bytes_after = quantized.changed ? quantized.model->size() : result.bytes_before;
  if (!request.output.empty()) {
    if (quantized.changed) {
      quantized.model->write(request.output);
    } else {
      copy_model(request.model, request.output);
    }
  }
  const int needed = is_program ? quantized.model->summary().specification_version : 0;
  if (needed > version) {
    result.notices.push_back(fmt::format("{}: it needs {} now; it needed {} before", name,
                                         formats::first_systems(needed), formats::first_systems(version)));
  }
  if (steps.size() > 1) measure_all(source, *quantized.model, name, first_reports, quantized.tensors);
  result.report.tensors = std::move(quantized.tensors);
  if (const std::string idle = idle_notice(result.report.tensors); !idle.empty()) result.notices.push_back(idle);
  return result;
}

}  // namespace goldilocks::pipeline
