#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/input_files.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/plan/plan_tensors.hpp"
#include "core/pipeline/plan/rule_functions.hpp"
#include "core/pipeline/quantization/quantization_notices.hpp"
#include "core/pipeline/single/single.hpp"
#include "core/pipeline/yaml/name_template.hpp"
#include "core/pipeline/yaml/rules.hpp"
#include "core/plugins/text_options.hpp"

namespace goldilocks::pipeline {
namespace {

int choose_width(const plugins::QuantizerPlugin& plugin, const std::optional<int>& bits) {
  if (plugin.chooses_width) {
    if (bits) throw UsageError(plugin.name + " chooses the widths itself; leave the bits out");
    return 0;
  }
  const std::string offered = fmt::format("{}", fmt::join(plugin.widths, ", "));
  if (!bits) throw UsageError(plugin.name + " needs a width: " + offered);
  if (std::find(plugin.widths.begin(), plugin.widths.end(), *bits) == plugin.widths.end()) {
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

}  // namespace

QuantizeFileResult quantize_file(const QuantizeFileRequest& request, plugins::Registry& registry, ThreadPool& pool,
                                 const std::function<void(double)>& progress) {
  const plugins::QuantizerPlugin& plugin = registry.quantizer(request.function);
  QuantizeSettings settings;
  settings.bits = choose_width(plugin, request.bits);
  settings.description =
      expand_template(request.description, {.model = request.model.stem().string(),
                                            .function = request.function,
                                            .bits = bits_text(settings.bits),
                                            .preprocessing = preprocessing_text(request.compaction)});
  const auto options = parse_text_options(plugin.options, request.options, "quantizer " + plugin.name);
  if (!request.force && !request.output.empty()) require_other_output(request, plugin, options);
  const auto quantizer = plugin.create(options);
  std::vector<WeightRule> rules;
  if (request.rules) rules = parse_rules_file(*request.rules, registry, {&plugin, {settings.bits}});
  const RuleFunctions functions(rules, registry);
  QuantizeRequest quantize;
  quantize.plugin = &plugin;
  quantize.quantizer = quantizer.get();
  quantize.rules = functions.rules();
  quantize.requantize = request.requantize;
  quantize.keep = request.keep;
  quantize.settings = {settings};
  quantize.progress = progress;

  const std::string name = request.model.string();
  QuantizeFileResult result;
  result.bytes_before = MappedFile(request.model).bytes().size();
  auto model = formats::open(request.model);
  check_has_network(*model, name);
  result.notices = formats::warning_lines(*model, name);
  formats::PassOutcome passes =
      model->apply({.fold = request.fold.at(settings.bits), .compaction = request.compaction});
  result.report.passes = passes.reports;
  const WeightSource source(std::move(model), name, std::move(passes));
  if (!rules.empty()) {
    const TensorPlans plans = plan_tensors(planned_weights(source.weights().weights()), quantize, settings.bits);
    Diagnostics faults;
    report_faults(faults, rules, plans, name);
    faults.throw_if_any();
    for (std::string& unused : unused_rules(rules, {&plans})) result.notices.push_back(std::move(unused));
  }
  quantize_model(source, quantize, pool, [&](std::size_t, const QuantizedModel& quantized) {
    if (quantized.failure) std::rethrow_exception(quantized.failure);
    result.report.tensors = quantized.tensors;
    if (const std::string idle = idle_notice(quantized.tensors); !idle.empty()) result.notices.push_back(idle);
    if (!quantized.changed) {
      result.bytes_after = result.bytes_before;
      if (!request.output.empty()) copy_file_atomically(request.model, request.output);
      return;
    }
    const std::string content = quantized.model->serialize();
    result.bytes_after = content.size();
    if (!request.output.empty()) write_file_atomically(request.output, content);
  });
  return result;
}

}  // namespace goldilocks::pipeline
