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
#include "core/pipeline/single/compare_models.hpp"
#include "core/pipeline/yaml/grammar.hpp"

namespace goldilocks::cli {
namespace {

struct CompareOptions {
  pipeline::CompareModelsRequest request;
  std::vector<std::string> backend_options;
  std::string output;  // of both
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

ExitCode compare(CompareOptions& options, Context& context) {
  options.request.options = split_assignments(options.backend_options);
  options.request.of_before.output = options.request.of_after.output = options.output;
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
  command->add_option("AFTER", options->request.after, "The model to hold against it")->required();
  command
      ->add_option("--dataset", options->request.dataset.images,
                   "A folder of images, one with one folder of images per class, or a .npy file of images")
      ->type_name("PATH");
  add_dataset_options(*command, options->request.dataset);
  add_image_options(*command, options->request.preparation);
  add_model_options(*command, options->request.of_before, options->request.of_after);
  add_output_option(*command, options->output);
  add_backend_options(*command, options->request.backend, options->backend_options);
  command->add_option("--confidence", options->request.figures.confidence, "Of the intervals and tests")
      ->transform(real_number(pipeline::lowest_confidence, pipeline::highest_confidence))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print a JSON document");
  command->footer("Images are scaled as coremltools' compare_models does: --crop fill --filter lanczos.");
  command->callback(
      [options, &context, &chosen] { chosen = [options, &context] { return compare(*options, context); }; });
}

}  // namespace goldilocks::cli
