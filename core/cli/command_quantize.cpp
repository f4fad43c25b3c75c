// quantize MODEL: one file, one function, one width.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <iterator>
#include <memory>

#include <fmt/format.h>

#include "core/base/output_target.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/force_option.hpp"
#include "core/cli/function_steps.hpp"
#include "core/cli/image_options.hpp"
#include "core/cli/number_options.hpp"
#include "core/cli/plugin_options.hpp"
#include "core/cli/results_table.hpp"
#include "core/cli/table.hpp"
#include "core/formats/model_files.hpp"
#include "core/pipeline/single/single.hpp"

namespace goldilocks::cli {
namespace {

struct QuantizeOptions {
  pipeline::QuantizeFileRequest request;
  std::unique_ptr<FunctionSteps> steps;
  std::string compress_for;
  std::string indivisible = "error";
  std::string keep = "smaller";
  std::string fold = "auto";
  std::string compact;
  pipeline::CalibrationArguments calibration;
  bool dry_run = false;
  bool verbose = false;
};

// "auto", "true", "false", or kinds of layers separated by commas: the words of a pipeline's `fold`.
formats::FoldChoice parse_fold(const std::string& text) {
  formats::FoldChoice fold;
  if (text == "auto") return fold;
  fold.automatic = false;
  const bool all = text == "true";
  fold.kinds = {.batchnorm = all, .scale = all, .bias = all};
  if (all || text == "false") return fold;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string kind = text.substr(begin, end - begin);
    if (kind == "batchnorm") {
      fold.kinds.batchnorm = true;
    } else if (kind == "scale") {
      fold.kinds.scale = true;
    } else if (kind == "bias") {
      fold.kinds.bias = true;
    } else {
      throw UsageError("--fold: expected auto, true, false, or some of batchnorm,scale,bias, not '" + kind + "'");
    }
    begin = end + 1;
  }
  return fold;
}

formats::Compaction parse_compaction(const std::string& text) {
  if (text == "true") return formats::Compaction::lossless;
  if (text == "float16") return formats::Compaction::float16;
  if (text == "grid") return formats::Compaction::grid;
  if (text.empty() || text == "false") return formats::Compaction::off;
  throw UsageError("--compact-preprocessing: expected true, false, float16 or grid, not '" + text + "'");
}

// "62.0 % smaller", "101.6 % larger", "as large"
std::string change_in_size(std::uint64_t before, std::uint64_t after) {
  if (before == after) return "as large";
  const double change = 100 * (1 - static_cast<double>(after) / static_cast<double>(before));
  return fmt::format("{:.1f} % {}", std::abs(change), change > 0 ? "smaller" : "larger");
}

pipeline::Keep parse_keep(const std::string& text) {
  for (const pipeline::Keep keep : {pipeline::Keep::smaller, pipeline::Keep::always}) {
    if (text == to_text(keep)) return keep;
  }
  throw UsageError("--keep: expected smaller or always, not '" + text + "'");
}

quantization::Indivisible parse_indivisible(const std::string& text) {
  if (text == "error") return quantization::Indivisible::error;
  if (text == "skip") return quantization::Indivisible::skip;
  if (text == "nearest") return quantization::Indivisible::nearest;
  throw UsageError("--indivisible: expected error, skip or nearest, not '" + text + "'");
}

void print_passes(const std::vector<formats::PassReport>& passes) {
  for (const formats::PassReport& pass : passes) {
    for (const formats::PassNote& note : pass.notes) {
      std::cout << fmt::format("{}: {}: {}\n", pass.pass, note.layer, note.text);
    }
    if (pass.notes.empty()) {
      std::cout << fmt::format("{}: {}\n", pass.pass, pass.setting == "off" ? "off" : "nothing to do");
    }
  }
}

ExitCode quantize(QuantizeOptions& options, Context& context) {
  if (options.dry_run != options.request.output.empty()) {
    throw UsageError(options.dry_run
                         ? "--dry-run writes no file: leave --output out"
                         : "where to? give --output FILE (or --dry-run to see what would become of each tensor)");
  }
  std::vector<pipeline::QuantizeStep> steps = options.steps->steps();
  if (steps.front().function.empty() && !options.request.rules) {
    throw UsageError("which function? give --function NAME (see: goldilocks plugins list)");
  }
  options.request.step = std::move(steps.front());
  options.request.further.assign(std::make_move_iterator(steps.begin() + 1), std::make_move_iterator(steps.end()));
  options.request.limit.stays = options.compress_for == "as_is";
  if (!options.request.limit.stays) options.request.limit.system = options.compress_for;
  options.request.indivisible = parse_indivisible(options.indivisible);
  options.request.keep = parse_keep(options.keep);
  options.request.fold = parse_fold(options.fold);
  options.request.compaction = parse_compaction(options.compact);
  if (!options.calibration.images.empty()) options.request.calibration = options.calibration;
  // Where the model goes to standard output, all words go to standard error.
  if (is_standard_output(options.request.output)) std::cout.rdbuf(std::cerr.rdbuf());
  const pipeline::QuantizeFileResult result =
      pipeline::quantize_file(options.request, context.registry(), context.pool());
  if (options.dry_run || options.verbose) std::cout << tensors_table(result.report.tensors) << '\n';
  print_passes(result.report.passes);
  for (const std::string& notice : result.notices) std::cout << "warning: " << notice << '\n';
  for (const auto& tensor : result.report.tensors) {
    if (!tensor.note.empty())
      std::cout << fmt::format("note: {}.{}: {}\n", tensor.layer, tensor.parameter, tensor.note);
  }
  std::cout << fmt::format("{}: {} -> {} ({})\n", options.dry_run ? "dry run" : options.request.output.string(),
                           human_bytes(result.bytes_before), human_bytes(result.bytes_after),
                           change_in_size(result.bytes_before, result.bytes_after));
  return ExitCode::done;
}

}  // namespace

void add_quantize_command(CLI::App& app, Context& context, Action& chosen) {
  auto options = std::make_shared<QuantizeOptions>();
  CLI::App* command = app.add_subcommand("quantize", "Quantize one model by one function");
  command->add_option("MODEL", options->request.model, formats::a_model)->required();
  options->steps = std::make_unique<FunctionSteps>(*command);
  command->add_option("--output,-o", options->request.output, "The file or package to write; - is standard output")
      ->type_name("FILE");
  add_force_option(*command, options->request.force);
  command
      ->add_option("--description", options->request.description,
                   "The new model's short description; {model}, {function}, {bits}, {granularity} and the like are "
                   "replaced")
      ->type_name("TEXT");
  command
      ->add_option("--rules", options->request.rules,
                   "A YAML file that says what becomes of some of the weights: rules, or an OptimizationConfig of "
                   "coremltools, which needs no --function")
      ->type_name("FILE");
  command->add_flag("--requantize", options->request.requantize, "Quantize what is quantized already, too");
  command->add_flag("--joint", options->request.joint, "Compress further what is compressed already");
  command
      ->add_option("--weight-threshold", options->request.weight_threshold,
                   "Tensors of no more values stay (default: 2048 of ML Programs, 0 of others)")
      ->type_name("N");
  command
      ->add_option("--indivisible", options->indivisible,
                   "A tensor that groups, blocks or vectors don't divide: error, skip (it stays), or nearest (the "
                   "largest smaller size that divides it)")
      ->type_name("WHAT");
  command
      ->add_option(
          "--compress-for", options->compress_for,
          "The latest system that an ML Program may need then: ios16, ios17, ios18, ios26, or as_is for its own")
      ->type_name("SYSTEM");
  command
      ->add_option("--keep", options->keep,
                   "Where codes would not be smaller than float16 or float32: smaller (store floats) or always (codes "
                   "all the same)")
      ->type_name("WHAT");
  command
      ->add_option("--fold", options->fold,
                   "Fold layers into the one before them: auto (below 16 bits all kinds), true, false, or some of "
                   "batchnorm,scale,bias")
      ->type_name("WHAT");
  command
      ->add_option("--compact-preprocessing", options->compact,
                   "Store a mean image in less space where that is lossless; =float16 where it is not, too; =grid as a "
                   "coarse grid, which changes it by at most 1.5 grey levels")
      ->type_name("HOW")
      ->expected(0, 1)
      ->default_str("true");
  command
      ->add_option("--calibrate", options->calibration.images,
                   "Fit the codes to what the weights meet on these images: a folder, at any depth, or a .npy file")
      ->type_name("PATH");
  command
      ->add_option("--calibration-samples", options->calibration.samples,
                   "How many of the images serve, evenly spaced in the order of their names")
      ->transform(whole_number(1, most_items))
      ->type_name("COUNT")
      ->capture_default_str();
  add_image_options(*command, options->calibration.preparation);
  command->add_flag("--dry-run", options->dry_run, "Write no file; show what would become of each tensor");
  command->add_flag("--verbose", options->verbose, "Show what became of each tensor");
  command->callback(
      [options, &context, &chosen] { chosen = [options, &context] { return quantize(*options, context); }; });
}

}  // namespace goldilocks::cli
