#include "core/quantization/request.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace goldilocks::quantization {
namespace {

// The index of the rule that a reader follows; rules.size() where none matches.
template <class... Reader>
std::size_t rule_for(const std::vector<QuantizeRule>& rules, const weights::Weight& weight, const Reader&... reader) {
  const auto found =
      std::ranges::find_if(rules, [&](const QuantizeRule& rule) { return matches(rule.match, weight, reader...); });
  return static_cast<std::size_t>(found - rules.begin());
}

// Whether two rules say the same; null: what the request says.
bool agree(const QuantizeRule* a, const QuantizeRule* b) {
  static const QuantizeRule none;
  if (a == nullptr) a = &none;
  if (b == nullptr) b = &none;
  return a->skip == b->skip && a->keeps_codes == b->keeps_codes && a->is_explicit == b->is_explicit &&
         a->weight_threshold == b->weight_threshold && a->bits == b->bits && a->plugin == b->plugin &&
         a->options == b->options && a->layout == b->layout;
}

// Why the readers of a weight, the first of which follows `first`, can't all have what they are to; "" where they can.
std::string conflict_of(const std::vector<QuantizeRule>& rules, const weights::Weight& weight, std::size_t first) {
  const auto rule = [&](std::size_t index) { return index < rules.size() ? &rules[index] : nullptr; };
  for (const weights::Reader& reader : weight.other_readers) {
    const std::size_t other = rule_for(rules, weight, reader);
    if (other == first || agree(rule(first), rule(other))) continue;
    return fmt::format("'{}' reads it, too, and another rule is for that", reader.layer);
  }
  return "";
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

WeightChoice choose_for(const QuantizeRequest& request, const weights::Weight& weight) {
  WeightChoice choice{.plugin = request.plugin, .quantizer = request.quantizer};
  const auto& rules = request.rules;
  const std::size_t index = rule_for(rules, weight);
  choice.conflict = conflict_of(rules, weight, index);
  if (index == rules.size()) return choice;
  const QuantizeRule* const found = &rules[index];
  choice.rule = static_cast<std::uint32_t>(index + 1);
  choice.skip = found->skip;
  choice.keeps_codes = found->keeps_codes;
  // What can't follow two rules is left, and never asks the format for anything.
  choice.is_explicit = found->is_explicit && choice.conflict.empty();
  choice.weight_threshold = found->weight_threshold;
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
  if (!choice.conflict.empty()) return choice.conflict;
  const bool compressed = is_compressed(weight.stored.kind);
  if (!weight.exact.empty() && !(compressed && plugin.takes_quantized)) return weight.exact;
  if (compressed && !plugin.takes_quantized && !request.requantize && !request.joint) return "quantized already";
  const bool is_restored = compressed && plugin.takes_quantized;
  if (!choice.is_explicit && !is_restored) {
    if (!weight.usually_left.empty()) return weight.usually_left;
    const std::uint64_t threshold =
        choice.weight_threshold.value_or(request.weight_threshold.value_or(weight.usual_threshold));
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
