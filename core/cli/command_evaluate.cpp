// evaluate MODEL --dataset DIR: figures of one model on samples with labels or targets.
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "core/cli/commands.hpp"
#include "core/cli/dataset_options.hpp"
#include "core/cli/image_options.hpp"
#include "core/cli/model_options.hpp"
#include "core/cli/plugin_options.hpp"
#include "core/cli/results_table.hpp"
#include "core/formats/model_files.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "core/pipeline/single/single.hpp"

namespace goldilocks::cli {
namespace {

struct EvaluateOptions {
  pipeline::EvaluateModelRequest request;
  std::vector<std::string> backend_options;
  bool json = false;
};

ExitCode evaluate(EvaluateOptions& options, Context& context) {
  options.request.options = split_assignments(options.backend_options);
  const pipeline::EvaluateModelResult result =
      pipeline::evaluate_model(options.request, context.registry(), context.pool());
  for (const std::string& warning : result.warnings) spdlog::warn("{}", warning);
  if (options.json) {
    const nlohmann::ordered_json document = {{"dataset", pipeline::to_ordered_json(result.dataset)},
                                             {"evaluation", pipeline::to_ordered_json(result.evaluation)}};
    std::cout << document.dump(2) << '\n';
  } else {
    std::cout << evaluation_text(result.evaluation, result.dataset);
  }
  return ExitCode::done;
}

}  // namespace

void add_evaluate_command(CLI::App& app, Context& context, Action& chosen) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* command = app.add_subcommand("evaluate", "Measure one model by samples with labels or targets");
  command->add_option("MODEL", options->request.model, formats::a_model)->required();
  command
      ->add_option("--dataset", options->request.dataset.images,
                   "A folder with one folder of images per class, a .csv or .json list of files and labels, or a .npy "
                   "file of images")
      ->type_name("PATH");
  add_dataset_options(*command, options->request.dataset);
  command
      ->add_option("--label-map", options->request.dataset.label_map,
                   "A .csv or .json file: each class's label in the model")
      ->type_name("FILE");
  add_image_options(*command, options->request.preparation);
  add_model_options(*command, options->request.arguments);
  add_output_option(*command, options->request.arguments.output);
  add_backend_options(*command, options->request.backend, options->backend_options);
  command
      ->add_option("--metrics", options->request.figures.metrics,
                   "What is computed: a metric's name; may be repeated. By default all that the data allow")
      ->type_name("NAME")
      ->expected(1)
      ->take_all();
  command->add_flag("--json", options->json, "Print a JSON document");
  command->callback(
      [options, &context, &chosen] { chosen = [options, &context] { return evaluate(*options, context); }; });
}

}  // namespace goldilocks::cli
