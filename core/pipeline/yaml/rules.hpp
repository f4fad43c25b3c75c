#pragma once

#include <filesystem>
#include <vector>

#include "core/pipeline/yaml/grammar.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks::pipeline {

// A stage's rules. What is wrong is a fault: unknown keys, names of layers and functions; ranges that hold no number; a
// rule that matches nothing in particular, or says nothing or two things that exclude each other.
Format<std::vector<WeightRule>> rules();

// A function with the widths at which a stage uses it; {0} where it chooses.
struct UsedFunction {
  const plugins::QuantizerPlugin* plugin = nullptr;
  std::vector<int> widths;
};

// Adds a fault for every rule that asks a function for a width that it doesn't offer: the rule's own function at the
// stage's widths, or the stage's functions at the rule's.
void check_rule_widths(StageContext& context, const std::vector<WeightRule>& rules,
                       const std::vector<UsedFunction>& functions);

// A file of rules for one function and one model: a mapping with the key `rules`. Throws FileError, and PipelineErrors
// with every fault.
std::vector<WeightRule> parse_rules_file(const std::filesystem::path& file, plugins::Registry& registry,
                                         const std::filesystem::path& model, const UsedFunction& function);

}  // namespace goldilocks::pipeline
