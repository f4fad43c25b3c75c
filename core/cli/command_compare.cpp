// compare A B --dataset DIR: what changes from one model to the other, on the same images.
#include <cmath>
#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "core/cli/commands.hpp"
#include "core/cli/dataset_options.hpp"
#include "core/cli/image_options.hpp"
#include "core/cli/model_options.hpp"
#include "core/cli/number_options.hpp"
#include "core/cli/plugin_options.hpp"
#include "core/cli/results_table.hpp"
#include "core/cli/table.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "core/pipeline/single/compare_layers.hpp"
#include "core/pipeline/single/compare_models.hpp"
#include "core/pipeline/yaml/grammar.hpp"

namespace goldilocks::cli {
namespace {

struct CompareOptions {
  pipeline::CompareModelsRequest request;
  std::vector<std::string> backend_options;
  std::string output;  // of both
  pipeline::CompareLayersRequest layers_request;
  bool layers = false;
  bool json = false;
};

void print(const CompareOptions& options, const pipeline::CompareModelsResult& result) {
  const Evaluation& evaluation = result.evaluation;
  std::cout << fmt::format("{} against {}: {} samples of {}{}{}, backend {}\n\n", options.request.after.string(),
                           options.request.before.string(), evaluation.samples(), result.dataset.path(),
                           result.dataset.labelling() == "none" ? ", without labels" : "",
                           result.dataset.preparation().empty() ? "" : " (" + result.dataset.preparation() + ")",
                           evaluation.backend());
  std::cout << figures_table(evaluation);
  if (evaluation.has_comparison()) {
    std::cout << fmt::format("\n{} {}\n", options.request.after.stem().string(), evaluation.comparison().verdict());
  }
  if (evaluation.differences_size() == 0) return;
  Table table({{"sample"}, {"before"}, {"", Align::right}, {"after"}, {"", Align::right}});
  const auto label = [](const std::string& answer) { return answer.empty() ? std::string("(none)") : answer; };
  const auto share = [](double probability) {
    return std::isnan(probability) ? std::string() : fmt::format("{:.3f}", probability);
  };
  for (const Difference& difference : evaluation.differences()) {
    table.add_row({difference.sample(), label(difference.baseline_answer()), share(difference.baseline_probability()),
                   label(difference.answer()), share(difference.probability())});
  }
  std::cout << '\n' << table.text();
}

// ---- --layers

std::string decibels(double snr) {
  return std::isnan(snr) ? "nan" : std::isinf(snr) ? (snr > 0 ? "equal" : "-inf") : fmt::format("{:.2f}", snr);
}

std::string shape_in_words(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

void print(const CompareOptions& options, const pipeline::CompareLayersResult& result) {
  const pipeline::CompareModelsRequest& models = options.request;
  std::cout << fmt::format("{} against {}: {} values of {} samples of {}\n", models.after.string(),
                           models.before.string(), result.values.size(), result.samples, result.dataset);
  if (result.only_before + result.only_after > 0) {
    std::cout << fmt::format("{} values are in the first model alone, {} in the second\n", result.only_before,
                             result.only_after);
  }
  Table table({{"value"}, {"shape"}, {"SNR in dB", Align::right}, {"largest difference", Align::right}});
  for (const pipeline::ValueComparison& value : result.values) {
    table.add_row({value.name, shape_in_words(value.shape), decibels(value.snr),
                   value.max_difference == 0 ? "" : fmt::format("{:.4g}", value.max_difference)});
  }
  std::cout << '\n' << table.text() << '\n';
  const double limit = options.layers_request.least_snr;
  if (!result.first_parted) {
    std::cout << fmt::format("no value is below {:g} dB\n", limit);
  } else {
    const pipeline::ValueComparison& value = result.values[*result.first_parted];
    std::cout << fmt::format("the first value below {:g} dB: {} ({} dB)\n", limit, value.name, decibels(value.snr));
  }
  const auto print_broken = [&](const std::optional<std::size_t>& first, const std::filesystem::path& model,
                                std::uint64_t pipeline::ValueComparison::*count) {
    if (!first) return;
    const pipeline::ValueComparison& value = result.values[*first];
    std::cout << fmt::format("the first value of {} with a NaN or infinity: {} ({} of them)\n", model.string(),
                             value.name, value.*count);
  };
  print_broken(result.first_broken_before, models.before, &pipeline::ValueComparison::broken_before);
  print_broken(result.first_broken_after, models.after, &pipeline::ValueComparison::broken_after);
}

// Numbers that JSON doesn't have are text, as protobuf writes them.
nlohmann::ordered_json number_json(double number) {
  if (std::isfinite(number)) return number;
  return std::isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
}

nlohmann::ordered_json to_json(const CompareOptions& options, const pipeline::CompareLayersResult& result) {
  auto values = nlohmann::ordered_json::array();
  for (const pipeline::ValueComparison& value : result.values) {
    values.push_back({{"name", value.name},
                      {"shape", value.shape},
                      {"snr", number_json(value.snr)},
                      {"maxDifference", number_json(value.max_difference)},
                      {"notFiniteBefore", value.broken_before},
                      {"notFiniteAfter", value.broken_after}});
  }
  const auto name_of = [&](const std::optional<std::size_t>& index) -> nlohmann::ordered_json {
    return index ? nlohmann::ordered_json(result.values[*index].name) : nlohmann::ordered_json();
  };
  return {{"before", options.request.before.string()},
          {"after", options.request.after.string()},
          {"dataset", result.dataset},
          {"samples", result.samples},
          {"leastSnr", options.layers_request.least_snr},
          {"firstBelow", name_of(result.first_parted)},
          {"firstNotFiniteBefore", name_of(result.first_broken_before)},
          {"firstNotFiniteAfter", name_of(result.first_broken_after)},
          {"onlyBefore", result.only_before},
          {"onlyAfter", result.only_after},
          {"values", values}};
}

ExitCode compare_inside(CompareOptions& options, Context& context) {
  options.layers_request.models = options.request;
  const auto result = pipeline::compare_layers(options.layers_request, context.registry(), context.pool());
  for (const std::string& warning : result.warnings) spdlog::warn("{}", warning);
  if (options.json) {
    std::cout << to_json(options, result).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  } else {
    print(options, result);
  }
  return ExitCode::done;
}

ExitCode compare(CompareOptions& options, Context& context) {
  options.request.options = split_assignments(options.backend_options);
  options.request.of_before.output = options.request.of_after.output = options.output;
  if (options.request.after.empty()) options.request.after = options.request.before;
  if (options.layers) return compare_inside(options, context);
  const auto result = pipeline::compare_models(options.request, context.registry(), context.pool());
  for (const std::string& warning : result.warnings) spdlog::warn("{}", warning);
  if (options.json) {
    const nlohmann::ordered_json document = {{"before", options.request.before.string()},
                                             {"after", options.request.after.string()},
                                             {"dataset", pipeline::to_ordered_json(result.dataset)},
                                             {"evaluation", pipeline::to_ordered_json(result.evaluation)}};
    std::cout << document.dump(2) << '\n';
  } else {
    print(options, result);
  }
  return ExitCode::done;
}

}  // namespace

void add_compare_command(CLI::App& app, Context& context, Action& chosen) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* command = app.add_subcommand("compare", "Compare the answers of two models on the same images");
  command->add_option("BEFORE", options->request.before, "The full-precision model")->required();
  command->add_option("AFTER", options->request.after,
                      "The model to hold against it; by default the same, run in another way");
  command
      ->add_option("--dataset", options->request.dataset.images,
                   "A folder of images, one with one folder of images per class, or a .npy file of images")
      ->type_name("PATH");
  add_dataset_options(*command, options->request.dataset);
  add_image_options(*command, options->request.preparation);
  add_model_options(*command, options->request.of_before, options->request.of_after);
  add_output_option(*command, options->output);
  add_backend_options(*command, options->request.backend, options->request.backend_of_after, options->backend_options);
  command->add_option("--confidence", options->request.figures.confidence, "Of the intervals and tests")
      ->transform(real_number(pipeline::lowest_confidence, pipeline::highest_confidence))
      ->capture_default_str();
  command
      ->add_option("--metrics", options->request.figures.metrics,
                   "What is computed: a metric's name; may be repeated. By default all that the data allow")
      ->type_name("NAME")
      ->expected(1)
      ->take_all();
  command->add_flag("--layers", options->layers,
                    "Compare the values inside, in the order of execution: where the two part, and the first NaN");
  command
      ->add_option("--samples", options->layers_request.samples, "With --layers: how many samples, from the first on")
      ->transform(whole_number(1, most_items))
      ->capture_default_str()
      ->type_name("COUNT");
  command
      ->add_option("--snr", options->layers_request.least_snr,
                   "With --layers: the dB below which two values have parted")
      ->transform(real_number(-1000, 1000))
      ->capture_default_str()
      ->type_name("DB");
  command->add_flag("--json", options->json, "Print a JSON document");
  command->footer("Images are scaled as coremltools' compare_models does: --crop fill --filter lanczos.");
  command->callback(
      [options, &context, &chosen] { chosen = [options, &context] { return compare(*options, context); }; });
}

}  // namespace goldilocks::cli
