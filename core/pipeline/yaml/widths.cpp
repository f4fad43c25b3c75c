// The stages that find a width for each weight tensor: sensitivity and mixed.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/pipeline/yaml/values.hpp"

namespace goldilocks::pipeline {
namespace {

// The function's own widths where the pipeline names none; in rising order.
bool check_sensitivity(StageContext& context, const Fields& fields, SensitivityStage& stage) {
  SweptFunction& swept = stage.function;
  swept.label = swept.function.name;
  if (!fields.understood("function")) return false;
  const plugins::QuantizerPlugin& plugin = context.registry.quantizer(swept.function.name);
  if (plugin.chooses_width) {
    return context.fault(fields.place("function"),
                         "'" + plugin.name + "' chooses its widths itself, so there are none to try");
  }
  if (!fields.has("bits")) {
    std::copy_if(plugin.widths.begin(), plugin.widths.end(), std::back_inserter(swept.widths),
                 [](int width) { return width <= 16; });
  }
  std::sort(swept.widths.begin(), swept.widths.end());
  const bool studies_packages = context.spec.loads_packages();
  for (const int width : swept.widths) {
    if (width > 16) context.fault(fields.place("bits"), "'bits' of 'sensitivity' are 1 to 8 and 16");
    if (!plugin.offers(width, studies_packages)) {
      context.fault(fields.place("bits"), fmt::format("'{}' does not offer {} bits; it offers {}", plugin.name, width,
                                                      plugin.offered_widths()));
    }
  }
  return true;
}

bool check_mixed(StageContext& context, const Fields& fields, MixedStage& /*mixed*/) {
  const auto& targets = grammar::mixed().counts.one_of;
  const auto given = std::count_if(targets.begin(), targets.end(), [&](const auto& key) { return fields.has(key); });
  return given == 1 || context.fault(fields.place(), "'mixed' has one target: 'size', 'size_of' or 'kl'");
}

}  // namespace

const MappingOf<SensitivityStage>& grammar::sensitivity() {
  static const MappingOf<SensitivityStage> table(
      "'sensitivity'",
      {
          {"input", &SensitivityStage::inputs,
           list_of(known_name(names_of_models, "'input' of 'sensitivity' must be a loaded model; none is called")),
           "The loaded models that it is about; all by default."},
          {"function", in(&SensitivityStage::function, &SweptFunction::function),
           required(plugin(plugins::Kind::quantizer)), "The quantizer with its options."},
          {"bits", in(&SensitivityStage::function, &SweptFunction::widths), widths(),
           "The widths to try; by default all of 1 to 8 and 16 that the function declares."},
          {"backend", &SensitivityStage::backend, backend(), "What runs the models: {default} by default."},
          {"part", &SensitivityStage::part, name(), "The part of each dataset's split to use; by default all samples."},
          {"samples", &SensitivityStage::samples, quiet(whole({.least = 1, .remedy = "; leave it out to use all"})),
           "How many samples serve for the sensitivities, evenly chosen; all by default."},
      },
      check_sensitivity);
  return table;
}

const MappingOf<MixedStage>& grammar::mixed() {
  static const MappingOf<MixedStage> table(
      "'mixed'",
      {
          {"name", name_template(&MixedStage::name, &MixedStage::recorded_name),
           "The variants' names: {default} by default."},
          {"description", name_template(&MixedStage::description, &MixedStage::recorded_description),
           "The short description written into each file, with the same placeholders; left as it is by default."},
          {"size", &MixedStage::size, whole(), "The largest size that the file may have, in bytes."},
          {"size_of", &MixedStage::size_of, text("a variant's name"),
           "A variant; the file may be as large as its file."},
          {"kl", &MixedStage::divergence, number({.most = std::numeric_limits<double>::max(), .above_least = true}),
           "The largest divergence from the full-precision model's answers, on the samples of the sensitivity stage."},
          {"measurements", &MixedStage::measurements, whole({.least = 1}),
           "How many models may be run to correct the widths: {default} by default."},
      },
      check_mixed, {.one_of = {"size", "size_of", "kl"}});
  return table;
}

}  // namespace goldilocks::pipeline
