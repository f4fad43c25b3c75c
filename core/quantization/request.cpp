#include "core/quantization/request.hpp"

#include <algorithm>

#include <fmt/format.h>

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
  choice.layout = found->layout;
  if (found->plugin != nullptr) {
    choice.plugin = found->plugin;
    choice.quantizer = found->quantizer;
  }
  return choice;
}

bool is_compressed(weights::Kind kind) { return weights::is_coded(kind) || weights::is_sparse(kind); }

std::string reason_to_leave(const weights::Weight& weight, const QuantizeRequest& request, const WeightChoice& choice) {
  const plugins::QuantizerPlugin& plugin = *choice.plugin;
  if (!weight.kept.empty()) return weight.kept;
  const bool compressed = is_compressed(weight.stored.kind);
  if (!weight.exact.empty() && !(compressed && plugin.takes_quantized)) return weight.exact;
  if (compressed && !plugin.takes_quantized && !request.requantize && !request.joint) return "quantized already";
  const bool is_restored = compressed && plugin.takes_quantized;
  if (!choice.is_explicit && !is_restored) {
    if (!weight.usually_left.empty()) return weight.usually_left;
    const std::uint64_t threshold = request.weight_threshold.value_or(weight.usual_threshold);
    if (threshold > 0 && weight.count <= threshold) return fmt::format("no more than {} values", threshold);
  }
  if (!plugin.layer_types.empty() && !contains(plugin.layer_types, weight.operation)) {
    return plugin.name + " doesn't take " + weight.operation + " layers";
  }
  if (!plugin.parameters.empty() && !contains(plugin.parameters, base_name(weight.parameter))) {
    return plugin.name + " doesn't take this parameter";
  }
  return "";
}

}  // namespace goldilocks::quantization
