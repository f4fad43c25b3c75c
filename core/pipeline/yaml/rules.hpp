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

// `{coremltools: FILE}` in place of a list of rules.
struct RulesSource {
  PathValue coremltools;
};

// Fills the stage's rules from such a file, and its sweep where it has none. To be called once all else of the stage is
// read. Returns whether nothing is wrong.
bool read_rules_source(StageContext& context, const YAML::Node& node, QuantizeStage& stage);

// A function with the widths at which a stage uses it; {0} where it chooses.
struct UsedFunction {
  const plugins::QuantizerPlugin* plugin = nullptr;
  std::vector<int> widths;
  bool has_vectors = false;  // the stage asks for tables of vectors
};

std::vector<UsedFunction> used_functions(plugins::Registry& registry, const QuantizeStage& stage);

// Adds a fault for every rule that asks a function for a width or for vectors that it doesn't offer: the rule's own
// function at the stage's widths, or the stage's functions at the rule's.
void check_rule_widths(StageContext& context, const std::vector<WeightRule>& rules,
                       const std::vector<UsedFunction>& functions);

struct RulesFile {
  std::vector<WeightRule> rules;
  std::vector<SweptFunction> functions;  // the stage's; if it has none, that of a file of coremltools
  std::vector<std::string> notices;
};

// A file of rules for a stage of this model that is known but for them: a mapping with the key `rules`, or an
// OptimizationConfig of coremltools as it is. Throws FileError, and PipelineErrors with every fault.
RulesFile parse_rules_file(const std::filesystem::path& file, plugins::Registry& registry,
                           const std::filesystem::path& model, QuantizeStage stage);

}  // namespace goldilocks::pipeline
