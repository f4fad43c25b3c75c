#include "core/quantization/request.hpp"

#include <algorithm>

namespace goldilocks::quantization {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

WeightChoice choose_for(const QuantizeRequest& request, const weights::Weight& weight) {
  WeightChoice choice{.plugin = request.plugin, .quantizer = request.quantizer};
  const auto& rules = request.rules;
  const auto found =
      std::find_if(rules.begin(), rules.end(), [&](const QuantizeRule& rule) { return matches(rule.match, weight); });
  if (found == rules.end()) return choice;
  choice.rule = static_cast<std::uint32_t>(found - rules.begin() + 1);
  choice.skip = found->skip;
  choice.is_explicit = found->is_explicit;
  choice.bits = found->bits;
  choice.granularity = found->granularity;
  if (found->plugin != nullptr) {
    choice.plugin = found->plugin;
    choice.quantizer = found->quantizer;
  }
  return choice;
}

std::string reason_to_leave(const weights::Weight& weight, const plugins::QuantizerPlugin& plugin, bool requantize) {
  if (!weight.kept.empty()) return weight.kept;
  const bool quantized = weights::is_coded(weight.stored.kind);
  if (!weight.exact.empty() && !(quantized && plugin.takes_quantized)) return weight.exact;
  if (quantized && !plugin.takes_quantized && !requantize) return "quantized already";
  if (!plugin.layer_types.empty() && !contains(plugin.layer_types, weight.operation)) {
    return plugin.name + " doesn't take " + weight.operation + " layers";
  }
  if (!plugin.parameters.empty() && !contains(plugin.parameters, base_name(weight.parameter))) {
    return plugin.name + " doesn't take this parameter";
  }
  return "";
}

}  // namespace goldilocks::quantization
