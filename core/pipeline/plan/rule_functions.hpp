#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/pipeline/quantization/quantize_model.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks::pipeline {

// A rule as quantize_model() takes it, without the object of its function. Throws PluginError.
QuantizeRule without_function(const WeightRule& rule, plugins::Registry& registry);

// The rules of a stage with their functions made: what a QuantizeRequest takes. It must outlive the request.
class RuleFunctions {
 public:
  // Throws PluginError.
  RuleFunctions(std::span<const WeightRule> rules, plugins::Registry& registry);

  const std::vector<QuantizeRule>& rules() const { return rules_; }

 private:
  std::vector<QuantizeRule> rules_;
  std::vector<std::unique_ptr<plugins::Quantizer>> functions_;
};

}  // namespace goldilocks::pipeline
