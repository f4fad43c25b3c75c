#include "core/pipeline/plan/rule_functions.hpp"

namespace goldilocks::pipeline {

QuantizeRule without_function(const WeightRule& rule, plugins::Registry& registry) {
  QuantizeRule made;
  made.match = rule.match;
  made.skip = rule.skip;
  made.bits = rule.bits;
  made.layout = rule.layout;
  made.keeps_codes = rule.names_form();
  made.is_explicit = rule.is_explicit();
  made.weight_threshold = rule.weight_threshold;
  if (!rule.function) return made;
  made.plugin = &registry.quantizer(rule.function->name);
  made.options = rule.function->options;
  return made;
}

RuleFunctions::RuleFunctions(std::span<const WeightRule> rules, plugins::Registry& registry) {
  for (const WeightRule& rule : rules) {
    QuantizeRule& made = rules_.emplace_back(without_function(rule, registry));
    if (!rule.function) continue;
    functions_.push_back(made.plugin->create(rule.function->options));
    made.quantizer = functions_.back().get();
  }
}

}  // namespace goldilocks::pipeline
