// Planning opens everything that a pipeline reads, so that what is wrong with it is found before hours of work: models
// are parsed, and lowered where they are to be evaluated; datasets are listed and hashed; labels are matched. What is
// wrong is a fault at the place in the pipeline that names it, and the rest is still looked at. Nothing is kept open: a
// plan holds hashes, sizes and keys, and beside them a document from which each task can be run. To check a pipeline is
// the same without the hashes.
#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/formats/model_files.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/plan/check_metrics.hpp"
#include "core/pipeline/plan/check_pipeline.hpp"
#include "core/pipeline/plan/describe_tasks.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/plan/plan_tensors.hpp"
#include "core/pipeline/plan/planned_datasets.hpp"
#include "core/pipeline/plan/task_keys.hpp"
#include "core/pipeline/predictions/class_names.hpp"
#include "core/pipeline/predictions/image_network.hpp"
#include "core/pipeline/quantization/quantization_notices.hpp"
#include "core/pipeline/yaml/variables.hpp"
#include "core/store/verified_content.hpp"

namespace goldilocks::pipeline {
namespace {

// Outputs of all samples beyond this are not kept, but for the scores.
constexpr std::uint64_t kept_outputs_limit = std::uint64_t{1} << 30U;

// Notices about one model beyond these are counted, not listed.
constexpr std::size_t listed_violations = 8;

// Rough costs in seconds on one core, for the progress display alone.
constexpr double prepare_cost = 0.004;
constexpr double quantize_cost = 2e-7;
constexpr double predict_cost = 0.006;
constexpr double studied_tensors = 12;  // predictions that measuring many tensors comes to, as they share beginnings

// A loaded model while planning.
struct OpenedModel {
  PlannedModel planned;
  std::vector<InputSource> inputs;  // what it takes
  std::vector<std::string> notices;
  std::optional<Diagnostic> fault;
};

// "x [3], photo 8x8x3"; for the only image of a classifier "8x8x3"
std::string in_words(const std::vector<InputSource>& inputs) {
  std::vector<std::string> texts;
  texts.reserve(inputs.size());
  for (const InputSource& input : inputs) {
    const std::string name = input.name.empty() ? "" : input.name + " ";
    texts.push_back(input.is_image() ? fmt::format("{}{}x{}x{}", name, input.width, input.height, input.channels)
                                     : fmt::format("{}[{}]", name, fmt::join(input.shape, ", ")));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

class Planner {
 public:
  Planner(const PipelineSpec& spec, plugins::Registry& registry, ThreadPool& pool, bool hashes)
      : spec_(spec), registry_(registry), pool_(pool), hashes_(hashes) {}

  // Everything that needs no hash.
  std::vector<std::string> check() {
    open_inputs();
    return std::move(plan_.notices);
  }

  Plan make() {
    open_inputs();
    for (std::size_t i = 0; i < spec_.variants.size(); ++i) {
      if (spec_.variants[i].quantized()) add_quantize(i);
    }
    for (std::size_t i = 0; i < spec_.variants.size(); ++i) {
      if (spec_.is_studied(spec_.variants[i])) add_sensitivity(i);
    }
    for (std::size_t i = 0; i < spec_.variants.size(); ++i) {
      if (spec_.variants[i].mixed) add_mix(i);
    }
    if (spec_.evaluate) {
      for (std::size_t i = 0; i < spec_.variants.size(); ++i) {
        if (is_evaluated(spec_.variants[i].name)) add_predict(i);
      }
    }
    plan_.document.set_schema_version(2);
    plan_.document.set_name(spec_.name);
    plan_.document.set_program(program_hash());
    describe_sources(plan_.document, spec_, plan_, registry_);
    return std::move(plan_);
  }

 private:
  void open_inputs() {
    plan_.notices = spec_.notices;
    plan_.models.resize(spec_.variants.size());
    plan_.quantize.resize(spec_.variants.size());
    plan_.predict.resize(spec_.variants.size());
    plan_.sensitivity.resize(spec_.variants.size());
    unreadable_.resize(spec_.datasets.size());
    for (std::size_t i = 0; i < spec_.datasets.size(); ++i) open_dataset(i);
    open_models();
    faults_.throw_if_any();
    check_metrics(spec_, plan_);
    check_rules();
  }

  // What goes wrong with what the pipeline names there.
  static std::optional<Diagnostic> attempt(const Place& place, const std::function<void()>& body) {
    try {
      body();
    } catch (const Error& error) {
      if (error.exit_code() == ExitCode::interrupted || error.exit_code() == ExitCode::internal) throw;
      return Diagnostic{place, error.what(), error.exit_code()};
    }
    return std::nullopt;
  }

  void add_fault(const std::optional<Diagnostic>& fault) {
    if (fault) faults_.add(fault->place, fault->message, fault->exit_code);
  }

  void open_dataset(std::size_t index) {
    ThreadPool* const hashing = hashes_ ? &pool_ : nullptr;
    const auto fault = attempt(spec_.datasets[index].place, [&] {
      if (predicts()) plan_dataset(plan_, spec_, index, evaluated_part(), hashing);
      if (spec_.sensitivity) plan_dataset(plan_, spec_, index, spec_.sensitivity->part, hashing);
      // Its tasks are known when a variant is chosen, but what is wrong with the samples is said before.
      if (spec_.prove) plan_dataset(plan_, spec_, index, spec_.prove->part, hashing);
    });
    unreadable_[index] = fault.has_value();
    add_fault(fault);
  }

  // Models are run on images, so these are needed, and the models must be such as can be run.
  bool predicts() const { return spec_.evaluate || spec_.sensitivity; }

  bool is_evaluated(const std::string& variant) const {
    const std::vector<std::string>& only = spec_.evaluate->only;
    return only.empty() || std::find(only.begin(), only.end(), variant) != only.end();
  }

  const std::string& evaluated_part() const { return spec_.evaluate ? spec_.evaluate->part : spec_.sensitivity->part; }

  void open_models() {
    const auto loaded = static_cast<std::size_t>(std::count_if(
        spec_.variants.begin(), spec_.variants.end(), [](const VariantSpec& variant) { return variant.loaded; }));
    std::vector<OpenedModel> opened(loaded);
    pool_.parallel_for(loaded, [&](std::size_t i) { open_model(spec_.variants[i], opened[i]); });
    for (std::size_t i = 0; i < loaded; ++i) {
      OpenedModel& model = opened[i];
      add_fault(model.fault);
      if (model.fault || !has_data(spec_.variants[i])) continue;
      if (predicts()) model.planned.input = find_input(evaluated_dataset(spec_.variants[i]), model);
      if (spec_.is_studied(spec_.variants[i]))
        model.planned.study = find_input(studied_dataset(spec_.variants[i]), model);
      plan_.notices.insert(plan_.notices.end(), model.notices.begin(), model.notices.end());
      plan_.models[i] = std::move(model.planned);
    }
    if (predicts()) name_classes(loaded);
  }

  // Classes are called as the first model that is evaluated on them calls them, in every part of the dataset.
  void name_classes(std::size_t loaded) {
    std::set<std::size_t> named;
    for (std::size_t i = 0; i < loaded; ++i) {
      const std::size_t dataset = spec_.dataset_of(spec_.variants[i]);
      if (!named.insert(dataset).second) continue;
      if (!plan_.models[i]) continue;  // it has a fault, which is said when all are known
      const PlannedModel& model = *plan_.models[i];
      for (PlannedDataset& planned : plan_.datasets) {
        if (planned.dataset != dataset || !planned.content) continue;
        planned.content = named_by_model(planned.content, model.class_index, model.labels);
      }
    }
  }

  // What a rule asks for and the format refuses is found before any work.
  void check_rules() {
    TensorPlanner planner(spec_, registry_);
    Diagnostics faults;
    for (std::size_t stage = 0; stage < spec_.quantizes.size(); ++stage) {
      const std::vector<WeightRule>& rules = spec_.quantizes[stage].rules;
      if (rules.empty()) continue;
      std::vector<const TensorPlans*> plans;
      for (std::size_t i = 0; i < spec_.variants.size(); ++i) {
        const VariantSpec& variant = spec_.variants[i];
        if (!variant.quantized() || variant.stage != stage) continue;
        plans.push_back(&planner.of(i));
        report_faults(faults, rules, *plans.back(), spec_.variants[variant.root].name);
      }
      const std::vector<std::string> notices = unused_rules(rules, plans);
      plan_.notices.insert(plan_.notices.end(), notices.begin(), notices.end());
    }
    faults.throw_if_any();
  }

  std::size_t evaluated_dataset(const VariantSpec& variant) const {
    return planned_dataset(plan_, spec_.dataset_of(variant), evaluated_part());
  }

  std::size_t studied_dataset(const VariantSpec& variant) const {
    return planned_dataset(plan_, spec_.dataset_of(variant), spec_.sensitivity->part);
  }

  // Whether a quantize stage makes anything of a loaded variant.
  bool is_quantized(const VariantSpec& loaded) const {
    return std::any_of(spec_.variants.begin(), spec_.variants.end(), [&](const VariantSpec& variant) {
      return variant.quantized() && &spec_.variants[variant.root] == &loaded;
    });
  }

  // Whether there is nothing wrong with the samples for it.
  bool has_data(const VariantSpec& variant) const { return !predicts() || !unreadable_[spec_.dataset_of(variant)]; }

  void open_model(const VariantSpec& variant, OpenedModel& opened) const {
    std::shared_ptr<const formats::Model> model;
    const LoadedModel& loaded = spec_.model_of(variant);
    opened.fault = attempt(loaded.place, [&] {
      model = read_model(loaded, opened);
      if (is_quantized(variant)) check_has_network(*model, loaded.file.path.string());
    });
    if (opened.fault || !predicts() || !has_data(variant)) return;
    std::optional<Diagnostic> of_data;  // is said where the data are named
    opened.fault = attempt(loaded.place, [&] {
      try {
        match_data(*model, variant, opened);
      } catch (const DataError& error) {
        const Place& place = spec_.datasets[spec_.dataset_of(variant)].place;
        of_data = Diagnostic{place, fmt::format("{} (model '{}')", error.what(), variant.name), error.exit_code()};
      }
    });
    if (of_data) opened.fault = of_data;
  }

  std::shared_ptr<const formats::Model> read_model(const LoadedModel& loaded, OpenedModel& opened) const {
    const PathValue& file = loaded.file;
    const std::string name = file.path.string();
    auto model = formats::open_function(file.path, loaded.function_name);
    if (hashes_) opened.planned.sha256 = store::hash_content(file.path).sha256;
    opened.planned.size = formats::size_of_files(file.path);
    const auto violations = model->validate();
    for (std::size_t i = 0; i < violations.size(); ++i) {
      if (i == listed_violations) {
        opened.notices.push_back(fmt::format("{}: {} more rules of the format are broken", file.shown,
                                             violations.size() - listed_violations));
        break;
      }
      opened.notices.push_back(file.shown + ": " + violations[i].text());
    }
    const std::vector<std::string> warnings = formats::warning_lines(*model, file.shown);
    opened.notices.insert(opened.notices.end(), warnings.begin(), warnings.end());
    opened.planned.stored = within(name, [&] { return model->stored_weights(); });
    return model;
  }

  const DetectionUse* detection() const {
    return spec_.evaluate && spec_.evaluate->detection ? &*spec_.evaluate->detection : nullptr;
  }

  std::string wanted_output() const { return spec_.evaluate ? spec_.evaluate->output : ""; }

  // How the model takes the samples, and what its answers are called.
  void match_data(const formats::Model& model, const VariantSpec& variant, OpenedModel& opened) const {
    const std::string name = spec_.model_of(variant).file.path.string();
    const data::Dataset& content = *plan_.datasets[evaluated_dataset(variant)].content;
    if (detection() != nullptr || is_fed(model, name, content, wanted_output())) {
      feed(opened.planned, model, name, content, variant);
      opened.inputs = opened.planned.feed->inputs;
      return;
    }
    const ImageNetwork network = lower_image_network(model, name);
    opened.inputs = {image_source(network.image())};
    opened.planned.class_index = class_indexes(content, network.labels());
    opened.planned.labels = network.labels();
    const std::uint64_t bytes = bytes_per_sample(network, wanted_outputs(network, false));
    opened.planned.scores_only = bytes > kept_outputs_limit / std::max<std::size_t>(content.samples.size(), 1);
  }

  void feed(PlannedModel& planned, const formats::Model& model, const std::string& name, const data::Dataset& content,
            const VariantSpec& variant) const {
    if (spec_.is_studied(variant)) {
      throw ModelError(name, "'sensitivity' is for classifiers of one image, on images");
    }
    planned.feed = detection() != nullptr ? feed_detector(model, name, content, *detection())
                                          : feed_model(model, name, content, wanted_output());
    planned.labels = planned.feed->output.labels;
    planned.class_index = class_indexes(content, planned.labels);
  }

  std::size_t find_input(std::size_t dataset, const OpenedModel& model) {
    const auto same = [&](const PlannedInput& input) {
      return input.dataset == dataset && input.sources == model.inputs;
    };
    const auto found = std::find_if(plan_.inputs.begin(), plan_.inputs.end(), same);
    if (found != plan_.inputs.end()) return static_cast<std::size_t>(found - plan_.inputs.begin());
    const PlannedDataset& planned = plan_.datasets[dataset];
    goldilocks::PlannedTask message;
    message.set_id(fmt::format("prepare {}{} {}", name_of(spec_, planned), model.planned.feed ? " for" : "",
                               in_words(model.inputs)));
    message.set_dataset(name_of(spec_, planned));
    message.set_cost(prepare_cost * samples(dataset));
    describe(*message.mutable_prepare(), spec_.datasets[planned.dataset], planned, model.inputs);
    const std::size_t input = plan_.inputs.size();
    plan_.inputs.push_back({dataset, model.inputs, add(std::move(message), {}, {.input = input})});
    return input;
  }

  double samples(std::size_t dataset) const {
    return static_cast<double>(plan_.datasets[dataset].content->samples.size());
  }

  // Where a task stands in the pipeline.
  struct TaskPlace {
    std::size_t variant = 0;
    std::size_t input = 0;
    std::optional<ProcessIsolation> isolation{};
  };

  std::size_t add(goldilocks::PlannedTask message, std::vector<std::size_t> inputs, TaskPlace place) {
    std::vector<std::string> keys;
    for (const std::size_t input : inputs) {
      message.add_inputs(plan_.tasks[input].id);
      keys.push_back(plan_.tasks[input].key);
    }
    message.set_key(key_of(message, keys));
    Task task{message.id(),   kind_of(message), message.key(), std::move(inputs),
              message.cost(), place.variant,    place.input};
    if (place.isolation) task.time_limit = place.isolation->time_limit;
    plan_.tasks.push_back(std::move(task));
    *plan_.document.add_tasks() = std::move(message);
    return plan_.tasks.size() - 1;
  }

  // The model that a task reads: the artifact of another one, or a file by its hash.
  template <class Parameters>
  void set_model(goldilocks::PlannedTask& message, Parameters& parameters, std::vector<std::size_t>& inputs,
                 std::size_t variant) const {
    message.set_model(file_name(variant));
    if (plan_.quantize[variant]) inputs.push_back(*plan_.quantize[variant]);
    if (!plan_.quantize[variant]) parameters.set_sha256(plan_.models[variant]->sha256);
  }

  std::string file_name(std::size_t variant) const {
    const VariantSpec& spec = spec_.variants[variant];
    return spec.loaded ? spec_.model_of(spec).file.record : escape_variables(spec.name);
  }

  void add_quantize(std::size_t index) {
    const VariantSpec& variant = spec_.variants[index];
    goldilocks::PlannedTask message;
    std::vector<std::size_t> inputs;
    message.set_id("quantize " + variant.name);
    message.set_cost(quantize_cost * static_cast<double>(plan_.models[variant.root]->stored.count));
    describe(*message.mutable_quantize(), spec_, variant, registry_);
    set_model(message, *message.mutable_quantize(), inputs, variant.input);
    plan_.quantize[index] = add(std::move(message), std::move(inputs),
                                {.variant = index, .isolation = spec_.quantizes[variant.stage].isolation});
  }

  void add_sensitivity(std::size_t index) {
    const std::size_t study = plan_.models[index]->study;
    const PlannedInput& input = plan_.inputs[study];
    goldilocks::PlannedTask message;
    message.set_id("sensitivity " + spec_.variants[index].name);
    const auto widths = static_cast<double>(spec_.sensitivity->function.widths.size());
    message.set_cost(predict_cost * studied_samples(input.dataset) * widths * studied_tensors);
    *message.mutable_sensitivity() = sensitivity_of(message, index);
    plan_.sensitivity[index] = add(std::move(message), {input.task}, {.variant = index, .input = study});
  }

  goldilocks::SensitivityParameters sensitivity_of(goldilocks::PlannedTask& message, std::size_t root) const {
    goldilocks::SensitivityParameters parameters;
    std::vector<std::size_t> none;
    describe(parameters, spec_.sensitivity.value(), registry_);
    parameters.set_function_name(spec_.model_of(spec_.variants[root]).function_name);
    set_model(message, parameters, none, root);
    return parameters;
  }

  void add_mix(std::size_t index) {
    const VariantSpec& variant = spec_.variants[index];
    const std::size_t study = plan_.models[variant.root]->study;
    const PlannedInput& input = plan_.inputs[study];
    const MixedStage& stage = spec_.mixes[variant.stage];
    goldilocks::PlannedTask message;
    message.set_id("mix " + variant.name);
    message.set_cost(predict_cost * samples(input.dataset) * static_cast<double>(stage.measurements));
    goldilocks::MixParameters& parameters = *message.mutable_mix();
    describe(parameters, stage, variant);
    *parameters.mutable_sensitivity() = sensitivity_of(message, variant.root);
    std::vector<std::size_t> inputs = {input.task, plan_.sensitivity[variant.root].value()};
    if (!stage.size_of.empty()) {
      const auto& made_by = plan_.quantize[variant.size_of];
      if (made_by) inputs.push_back(*made_by);
      if (!made_by) parameters.set_size(plan_.models[variant.size_of]->size);
    }
    plan_.quantize[index] = add(std::move(message), std::move(inputs), {.variant = index, .input = study});
  }

  double studied_samples(std::size_t dataset) const {
    const auto most = static_cast<double>(spec_.sensitivity->samples);
    return most > 0 ? std::min(most, samples(dataset)) : samples(dataset);
  }

  void add_predict(std::size_t index) {
    const VariantSpec& variant = spec_.variants[index];
    const PlannedModel& root = *plan_.models[variant.root];
    const PlannedInput& input = plan_.inputs[root.input];
    goldilocks::PlannedTask message;
    std::vector<std::size_t> inputs;
    message.set_id("predict " + variant.name);
    message.set_cost(predict_cost * samples(input.dataset));
    const EvaluateStage& stage = *spec_.evaluate;
    describe(*message.mutable_predict(), stage, spec_.model_of(spec_.variants[variant.root]), root,
             registry_.backend(stage.backend.name));
    message.mutable_predict()->set_sequences(plan_.datasets[input.dataset].content->sequences);
    set_model(message, *message.mutable_predict(), inputs, index);
    inputs.push_back(input.task);
    plan_.predict[index] = add(std::move(message), std::move(inputs),
                               {.variant = index, .input = root.input, .isolation = spec_.evaluate->isolation});
  }

  const PipelineSpec& spec_;
  plugins::Registry& registry_;
  ThreadPool& pool_;
  bool hashes_;
  Plan plan_;
  Diagnostics faults_;
  std::vector<bool> unreadable_;  // by dataset of the spec
};

}  // namespace

Plan make_plan(const PipelineSpec& spec, plugins::Registry& registry, ThreadPool& pool) {
  return Planner(spec, registry, pool, true).make();
}

std::vector<std::string> check_pipeline(const PipelineSpec& spec, plugins::Registry& registry, ThreadPool& pool) {
  return Planner(spec, registry, pool, false).check();
}

}  // namespace goldilocks::pipeline
