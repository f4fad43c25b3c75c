// quantize MODEL: one file, one function, one width.
#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "core/cli/commands.hpp"
#include "core/cli/pipeline_options.hpp"
#include "core/cli/results_table.hpp"
#include "core/cli/table.hpp"
#include "core/pipeline/single.hpp"

namespace goldilocks::cli {
namespace {

struct Options {
  pipeline::QuantizeFileRequest request;
  std::vector<std::string> function_options;
  bool dry_run = false;
  bool verbose = false;
};

ExitCode quantize(Options& options, Context& context) {
  if (options.dry_run != options.request.output.empty()) {
    throw UsageError(options.dry_run
                         ? "--dry-run writes no file: leave --output out"
                         : "where to? give --output FILE (or --dry-run to see what would become of each tensor)");
  }
  options.request.options = split_assignments(options.function_options, "--option");
  const pipeline::QuantizeFileResult result =
      pipeline::quantize_file(options.request, context.registry(), context.pool());
  if (options.dry_run || options.verbose) std::cout << tensors_table(result.tensors) << '\n';
  for (const auto& tensor : result.tensors) {
    if (!tensor.note.empty())
      std::cout << fmt::format("note: {}.{}: {}\n", tensor.layer, tensor.parameter, tensor.note);
  }
  const double smaller = 100 * (1 - static_cast<double>(result.bytes_after) / static_cast<double>(result.bytes_before));
  std::cout << fmt::format("{}: {} -> {} ({:.1f} % smaller)\n",
                           options.dry_run ? "dry run" : options.request.output.string(),
                           human_bytes(result.bytes_before), human_bytes(result.bytes_after), smaller);
  return ExitCode::done;
}

}  // namespace

void add_quantize_command(CLI::App& app, Context& context, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("quantize", "Quantize one model by one function");
  command->add_option("MODEL", options->request.model, "A .mlmodel file")->required();
  command->add_option("--function,-f", options->request.function, "A quantizer plugin (see: goldilocks plugins list)")
      ->type_name("NAME")
      ->required();
  command->add_option("--bits,-b", options->request.bits, "Bits per weight")->type_name("N");
  command->add_option("--output,-o", options->request.output, "The file to write")->type_name("FILE");
  command->add_option("--option", options->function_options, "Set an option of the function; may be repeated")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
  command
      ->add_option("--description", options->request.description,
                   "The new model's short description; {model}, {function} and {bits} are replaced")
      ->type_name("TEXT");
  command->add_flag("--dry-run", options->dry_run, "Write no file; show what would become of each tensor");
  command->add_flag("--verbose", options->verbose, "Show what became of each tensor");
  command->callback(
      [options, &context, &chosen] { chosen = [options, &context] { return quantize(*options, context); }; });
}

}  // namespace goldilocks::cli
