#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/pipeline/quantization/quantize_model.hpp"
#include "core/pipeline/yaml/diagnostics.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks::pipeline {

// What will become of one tensor, as far as that can be said before it is computed. A function may still leave it, a
// float16 may turn out to be too large, and a constant to have infinite values.
struct TensorPlan {
  weights::Weight weight;
  weights::Kind kind = weights::Kind::none;  // then; none: codes, or what the function chooses
  std::string before;                        // how it is stored now, or is expected to be
  std::string after;  // "float16", "4 bit", "4 bit, or floats if smaller", "as unique_lut chooses", or the present form
                      // of one that stays
  std::string function;    // "" where it stays
  std::string note;        // why it stays, or takes another form than the function's
  std::uint32_t rule = 0;  // the number of the rule that it follows, from 1; 0: none
};

// What a rule asks for and the format refuses.
struct RuleFault {
  std::size_t rule = 0;  // index
  std::string text;      // names function, layer and parameter
};

struct TensorPlans {
  std::vector<TensorPlan> tensors;
  std::vector<RuleFault> faults;
  std::vector<bool> matched;  // by rule: it matches a tensor, which an earlier rule may have taken
};

// A weight tensor of a model, with the words for how it is stored when its turn comes.
struct PlannedWeight {
  weights::Weight weight;
  std::string stored;
};

// Those of a model's weights that are not empty, as they are stored now.
std::vector<PlannedWeight> planned_weights(std::span<const weights::Weight> all);

// Goes through the choices of quantize_model() without the values. Functions need not be made.
TensorPlans plan_tensors(const std::vector<PlannedWeight>& tensors, const QuantizeRequest& request, int bits);

// Adds the faults of a stage's rules, a few for each of them and then how many more there are. `model` is named in the
// messages.
void report_faults(Diagnostics& diagnostics, const std::vector<WeightRule>& rules, const TensorPlans& plans,
                   const std::string& model);

// A notice for every rule that no tensor follows.
std::vector<std::string> unused_rules(const std::vector<WeightRule>& rules,
                                      const std::vector<const TensorPlans*>& plans);

// The plans of all variants of a pipeline. Models are read when first asked for, behind each chain of passes once. One
// thread.
class TensorPlanner {
 public:
  TensorPlanner(const PipelineSpec& spec, plugins::Registry& registry) : spec_(spec), registry_(registry) {}

  // Of a variant that a quantize stage makes. Throws ModelError, PluginError, FileError.
  const TensorPlans& of(std::size_t variant);

 private:
  const std::vector<PlannedWeight>& read(std::size_t root, const std::vector<formats::PassSettings>& passes);
  std::vector<PlannedWeight> stored(std::size_t variant);

  // A loaded variant behind passes.
  struct Behind {
    std::size_t root;
    std::vector<formats::PassSettings> passes;
    std::vector<PlannedWeight> tensors;
  };

  const PipelineSpec& spec_;
  plugins::Registry& registry_;
  std::vector<std::unique_ptr<Behind>> read_;
  std::map<std::size_t, TensorPlans> plans_;
};

}  // namespace goldilocks::pipeline
