// evaluate MODEL --dataset DIR: figures of one model on samples with labels or targets.
#include <iostream>
#include <memory>

#include <google/protobuf/util/json_util.h>

#include "core/cli/commands.hpp"
#include "core/cli/dataset_options.hpp"
#include "core/cli/image_options.hpp"
#include "core/cli/pipeline_options.hpp"
#include "core/cli/results_table.hpp"
#include "core/pipeline/single/single.hpp"

namespace goldilocks::cli {
namespace {

struct Options {
  pipeline::EvaluateModelRequest request;
  std::vector<std::string> backend_options;
  bool json = false;
};

std::string to_json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions print;
  print.always_print_primitive_fields = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, print).ok()) {
    throw Error(ExitCode::internal, "the figures can't be printed as JSON");
  }
  return text;
}

ExitCode evaluate(Options& options, Context& context) {
  options.request.options = split_assignments(options.backend_options, "--option");
  const pipeline::EvaluateModelResult result =
      pipeline::evaluate_model(options.request, context.registry(), context.pool());
  if (options.json) {
    std::cout << "{\"evaluation\": " << to_json(result.evaluation) << ", \"dataset\": " << to_json(result.dataset)
              << "}\n";
  } else {
    std::cout << evaluation_text(result.evaluation, result.dataset);
  }
  return ExitCode::done;
}

}  // namespace

void add_evaluate_command(CLI::App& app, Context& context, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("evaluate", "Measure one model by samples with labels or targets");
  command->add_option("MODEL", options->request.model, "A .mlmodel file")->required();
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
  command->add_option("--backend", options->request.backend, "A backend plugin")->capture_default_str();
  command->add_option("--option", options->backend_options, "Set an option of the backend; may be repeated")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
  command->add_flag("--json", options->json, "Print a JSON document");
  command->callback(
      [options, &context, &chosen] { chosen = [options, &context] { return evaluate(*options, context); }; });
}

}  // namespace goldilocks::cli
