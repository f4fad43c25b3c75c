// What a variant is made from may be a variant itself: the structure is that of the loaded model behind the passes of
// the whole chain, and the forms are those that the stages before are expected to leave.
#include <algorithm>
#include <utility>

#include "core/base/file.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/plan/plan_tensors.hpp"
#include "core/pipeline/plan/rule_functions.hpp"

namespace goldilocks::pipeline {

const std::vector<PlannedWeight>& TensorPlanner::read(std::size_t root,
                                                      const std::vector<formats::PassSettings>& passes) {
  const auto found = std::find_if(read_.begin(), read_.end(),
                                  [&](const auto& behind) { return behind->root == root && behind->passes == passes; });
  if (found != read_.end()) return (*found)->tensors;
  const std::filesystem::path& path = spec_.model_of(spec_.variants[root]).file.path;
  const auto model = formats::open(path);
  formats::PassOutcome last;
  for (const formats::PassSettings& settings : passes) last = model->apply(settings);
  const auto taken = model->take_weights(path.string(), last.mean_images);
  read_.push_back(std::make_unique<Behind>(Behind{root, passes, planned_weights(taken->weights())}));
  return read_.back()->tensors;
}

std::vector<PlannedWeight> TensorPlanner::stored(std::size_t variant) {
  std::vector<formats::PassSettings> passes;
  for (std::size_t i = variant; !spec_.variants[i].loaded; i = spec_.variants[i].input) {
    passes.push_back(spec_.variants[i].passes);
  }
  std::reverse(passes.begin(), passes.end());
  std::vector<PlannedWeight> tensors = read(spec_.variants[variant].root, passes);
  const std::size_t input = spec_.variants[variant].input;
  if (spec_.variants[input].loaded) return tensors;
  std::map<std::pair<std::string, std::string>, const TensorPlan*> before;
  for (const TensorPlan& plan : of(input).tensors) {
    before[{plan.weight.layer, plan.weight.parameter}] = &plan;
  }
  for (PlannedWeight& tensor : tensors) {
    const auto plan = before.find({tensor.weight.layer, tensor.weight.parameter});
    if (plan == before.end()) continue;
    // Codes of any sort: what becomes of them is asked by kind alone.
    const weights::Kind kind = plan->second->kind;
    tensor.weight.stored = {.kind = kind == weights::Kind::none ? weights::Kind::table : kind};
    tensor.stored = plan->second->after;
  }
  return tensors;
}

const TensorPlans& TensorPlanner::of(std::size_t variant) {
  const auto known = plans_.find(variant);
  if (known != plans_.end()) return known->second;
  const VariantSpec& spec = spec_.variants[variant];
  const QuantizeStage& stage = spec_.quantizes[spec.stage];
  QuantizeRequest request;
  request.plugin = &registry_.quantizer(spec_.function_of(spec).function.name);
  request.requantize = stage.requantize;
  request.keep = stage.keep;
  request.joint = stage.joint;
  request.weight_threshold = stage.weight_threshold;
  for (const WeightRule& rule : stage.rules) request.rules.push_back(without_function(rule, registry_));
  return plans_.emplace(variant, plan_tensors(stored(variant), request, spec.bits)).first->second;
}

}  // namespace goldilocks::pipeline
