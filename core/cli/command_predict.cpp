// predict MODEL --input NAME=VALUE ...: what a model says of inputs.
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "core/base/input_files.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/force_option.hpp"
#include "core/cli/image_options.hpp"
#include "core/cli/model_options.hpp"
#include "core/cli/number_options.hpp"
#include "core/cli/plugin_options.hpp"
#include "core/cli/prediction_inputs.hpp"
#include "core/cli/prediction_outputs.hpp"
#include "core/formats/model_files.hpp"
#include "core/formats/open.hpp"
#include "core/plugins/text_options.hpp"
#include "core/runtime/features.hpp"
#include "core/runtime/files.hpp"
#include "core/runtime/loaded_model.hpp"

namespace goldilocks::cli {
namespace {

using nlohmann::ordered_json;

struct PredictOptions {
  std::filesystem::path model;
  std::vector<std::string> inputs;
  std::optional<std::filesystem::path> output;
  std::string backend = "onednn";
  std::vector<std::string> backend_options;
  std::vector<std::string> intermediate;
  std::vector<std::string> states;
  pipeline::ModelArguments arguments;
  lowering::LoweringOptions limits;
  data::Preparation preparation;
  std::size_t top = 5;
  bool json = false;
  bool describe = false;
  bool stateful = false;
  bool force = false;
};

// ---- --describe

// Whether a state is an input and an output of the model.
bool is_feature(const runtime::StateFeature& state) { return state.input != state.output; }

std::string feature_note(const runtime::Feature& feature) {
  std::string note;
  if (!feature.other_shapes.empty() || !feature.ranges.empty()) {
    note += "; allowed: " + runtime::allowed_shapes(feature);
  }
  if (feature.optional) note += "; optional";
  if (feature.default_value) note += fmt::format(", {} if it is left out", *feature.default_value);
  return note;
}

ordered_json feature_json(const runtime::Feature& feature) {
  ordered_json result = {{"name", feature.name}, {"type", feature.type}};
  if (!feature.description.empty()) result["description"] = feature.description;
  if (!feature.shape.empty()) result["shape"] = feature.shape;
  if (!feature.other_shapes.empty()) result["shapes"] = feature.other_shapes;
  for (const runtime::SizeRange& range : feature.ranges) {
    ordered_json bounds = {range.least, range.most};
    if (range.most < 0) bounds[1] = nullptr;
    result["ranges"].push_back(bounds);
  }
  result["optional"] = feature.optional;
  if (feature.default_value) result["default"] = *feature.default_value;
  return result;
}

void print_description(const runtime::Description& model, const std::vector<std::string>& functions, bool json) {
  if (json) {
    ordered_json document = {{"inputs", ordered_json::array()}, {"outputs", ordered_json::array()}};
    for (const auto& feature : model.inputs) document["inputs"].push_back(feature_json(feature));
    for (const auto& feature : model.outputs) document["outputs"].push_back(feature_json(feature));
    for (const auto& state : model.states) {
      if (is_feature(state)) document["states"].push_back({{"input", state.input}, {"output", state.output}});
    }
    for (const auto& feature : model.state_features) document["states"].push_back(feature_json(feature));
    if (!functions.empty()) document["functions"] = functions;
    if (!model.label_output.empty()) document["label"] = model.label_output;
    if (!model.probabilities_output.empty()) document["probabilities"] = model.probabilities_output;
    std::cout << document.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
    return;
  }
  const auto print = [](const char* title, const std::vector<runtime::Feature>& features) {
    for (const auto& feature : features) {
      std::cout << fmt::format("{:<9}{}: {}{}\n", title, feature.name, feature.type, feature_note(feature));
      if (!feature.description.empty()) std::cout << fmt::format("{:<9}  {}\n", "", feature.description);
      title = "";
    }
  };
  print("inputs", model.inputs);
  print("outputs", model.outputs);
  for (const auto& state : model.states) {
    if (!is_feature(state)) continue;
    std::cout << fmt::format("{:<9}{} -> {}, the next prediction's input\n", "state", state.output, state.input);
  }
  for (const auto& feature : model.state_features) {
    std::cout << fmt::format("{:<9}{}: {}\n", "state", feature.name, feature.type);
  }
  if (!functions.empty()) std::cout << fmt::format("functions: {}\n", fmt::join(functions, ", "));
}

void describe(const PredictOptions& options) {
  const auto model = formats::open_function(options.model, options.arguments.function_name);
  within(options.model.string(),
         [&] { print_description(model->description(), model->function_names(), options.json); });
}

// ---- prediction

runtime::InnerRequest inner_request(const std::vector<std::string>& given) {
  runtime::InnerRequest request;
  for (const std::string& name : given) {
    if (name == "all") {
      request.all = true;
    } else {
      request.names.push_back(name);
    }
  }
  return request;
}

// What is printed of one prediction.
struct Printed {
  std::string text;
  ordered_json json;
};

class Predictor {
 public:
  Predictor(const PredictOptions& options, const runtime::LoadedModel& model, const InputFiles& inputs)
      : options_(options), model_(model), inputs_(inputs) {}

  // What each prediction begins with; of a sequence, the first.
  runtime::State first_state() const {
    runtime::State state;
    for (const auto& [name, file] : split_assignments(options_.states, "--state")) {
      state.set(name, model_.state_value(name, runtime::read_npy(file)));
    }
    return state;
  }

  // Writes the results, if they are to be written, into `folder`.
  Printed predict(const PredictionRequest& request, const std::filesystem::path& folder, runtime::State& state) const {
    runtime::Values inputs;
    for (const runtime::Feature& feature : model_.description().inputs) {
      const auto given = request.values.find(feature.name);
      if (given != request.values.end()) {
        inputs[feature.name] = read_value(given->second, feature, options_.preparation);
      }
    }
    runtime::InnerTensors inner;
    inner.request = inner_request(options_.intermediate);
    const bool wants_inner = !options_.intermediate.empty();
    // A recurrent network's states are inputs and outputs like others, unless somebody asks for more.
    const bool wants_state =
        options_.stateful || !options_.states.empty() || !model_.description().state_features.empty();
    const runtime::Values outputs =
        model_.predict(inputs, wants_state ? &state : nullptr, wants_inner ? &inner : nullptr);
    const BesideOutputs beside{inner.values, wants_state ? state.values() : runtime::Values()};
    if (options_.output) write_prediction(folder, outputs, beside, inputs_);
    Printed printed;
    if (options_.json) {
      printed.json = prediction_json(outputs, beside);
      if (!request.name.empty()) printed.json["input"] = request.name;
    } else {
      printed.text = prediction_text(model_.description(), outputs, beside, options_.top);
    }
    return printed;
  }

 private:
  const PredictOptions& options_;
  const runtime::LoadedModel& model_;
  const InputFiles& inputs_;
};

InputFiles files_of(const PredictOptions& options, const std::vector<PredictionRequest>& requests) {
  InputFiles files;
  files.add(options.model);
  for (const auto& [name, file] : split_assignments(options.states, "--state")) files.add(file);
  for (const PredictionRequest& request : requests) {
    for (const auto& [input, value] : request.values) files.add(value);
  }
  return files;
}

ExitCode predict(const PredictOptions& options, Context& context) {
  if (options.describe) {
    describe(options);
    return ExitCode::done;
  }
  const plugins::BackendPlugin& backend = context.registry().backend(options.backend);
  const auto backend_options = plugins::parse_text_options(backend.options, split_assignments(options.backend_options),
                                                           "backend " + backend.name);
  lowering::LoweringOptions limits = options.limits;
  limits.rounds_as_typed = options.arguments.precision == runtime::Precision::as_typed;
  const runtime::LoadedModel model(options.model, backend, backend_options, limits, options.arguments.function_name);
  for (const std::string& warning : model.warnings()) spdlog::warn("{}", warning);
  const auto requests = prediction_requests(options.inputs, model.description().inputs);
  const InputFiles inputs = options.force ? InputFiles() : files_of(options, requests);
  const Predictor predictor(options, model, inputs);
  std::vector<Printed> printed(requests.size());
  const runtime::State first = predictor.first_state();
  const auto predict_one = [&](std::size_t index, runtime::State& state) {
    const std::filesystem::path folder = options.output.value_or("");
    printed[index] =
        predictor.predict(requests[index], requests.size() == 1 ? folder : folder / requests[index].folder, state);
  };
  if (options.stateful) {
    runtime::State state = first;
    for (std::size_t index = 0; index < requests.size(); ++index) predict_one(index, state);
  } else {
    context.pool().parallel_for(requests.size(), [&](std::size_t index) {
      runtime::State state = first;
      predict_one(index, state);
    });
  }
  if (options.json) {
    ordered_json document = ordered_json::array();
    for (Printed& one : printed) document.push_back(std::move(one.json));
    std::cout << ordered_json{{"predictions", document}}.dump(2, ' ', false, ordered_json::error_handler_t::replace)
              << '\n';
  } else if (!options.output) {
    for (std::size_t index = 0; index < printed.size(); ++index) {
      if (requests.size() > 1) std::cout << (index == 0 ? "" : "\n") << "== " << requests[index].name << '\n';
      std::cout << printed[index].text;
    }
  }
  return ExitCode::done;
}

}  // namespace

void add_predict_command(CLI::App& app, Context& context, Action& chosen) {
  auto options = std::make_shared<PredictOptions>();
  CLI::App* command = app.add_subcommand("predict", "Run a model on inputs of your own");
  command->add_option("MODEL", options->model, formats::a_model)->required();
  command
      ->add_option("-i,--input", options->inputs,
                   "A .npy, .json or image file, a number or a text; for a model with one input NAME= may be left out, "
                   "and there may be several files, or a folder")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
  command->add_option("--output-dir", options->output, "Write all outputs into this folder")->type_name("DIR");
  add_force_option(*command, options->force);
  command->add_option("--top", options->top, "How many classes are shown")
      ->transform(whole_number(0, most_items))
      ->capture_default_str()
      ->type_name("K");
  command
      ->add_option("--intermediate", options->intermediate,
                   "Also return what this layer gives (all: every layer); may be repeated")
      ->type_name("LAYER")
      ->expected(1)
      ->take_all();
  add_model_options(*command, options->arguments);
  command->add_option("--state", options->states, "What a state holds before the first prediction; otherwise zeros")
      ->type_name("NAME=NPY")
      ->expected(1)
      ->take_all();
  command->add_flag("--stateful", options->stateful,
                    "Several predictions are one sequence: each begins with the states that the one before leaves");
  add_image_options(*command, options->preparation);
  add_backend_options(*command, options->backend, options->backend_options);
  command
      ->add_option("--loop-bound", options->limits.loop_bound,
                   "After how many iterations a loop fails that states no number of its own")
      ->capture_default_str()
      ->transform(whole_number(1, std::numeric_limits<std::int64_t>::max()))
      ->type_name("N");
  command
      ->add_option_function<double>(
          "--weights-limit",
          [options](double gibibytes) {
            options->limits.weights_limit = static_cast<std::uint64_t>(gibibytes * static_cast<double>(1U << 30U));
          },
          "GiB that all weights may take as float32; a model that would need more fails (default: 8)")
      ->transform(real_number(0, 1U << 20U))
      ->type_name("GIB");
  command->add_flag("--describe", options->describe, "Only show inputs and outputs, with their types and sizes");
  command->add_flag("--json", options->json, "Print a JSON document");
  command->callback(
      [options, &context, &chosen] { chosen = [options, &context] { return predict(*options, context); }; });
}

}  // namespace goldilocks::cli
