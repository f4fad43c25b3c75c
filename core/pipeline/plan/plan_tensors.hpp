#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/pipeline/quantization/quantize_model.hpp"
#include "core/pipeline/quantization/weight_facts.hpp"
#include "core/pipeline/yaml/diagnostics.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks::pipeline {

// A weight tensor of a model and how it is stored.
struct StoredTensor {
  WeightFacts facts;
  model::WeightForm form = model::form_empty;
  std::string form_name;
};

// Every weight tensor of a model that is not empty. Throws ModelError that begins with `name` for one that is stored in
// several forms.
std::vector<StoredTensor> stored_tensors(coreml::Model& model, const PassOutcome& passes, const std::string& name);

// What will become of one tensor, as far as that can be said before it is computed. A function may still leave it, a
// float16 may turn out to be too large, and a constant to have infinite values.
struct TensorPlan {
  StoredTensor tensor;
  model::WeightForm form = model::form_empty;  // then; empty: the function chooses
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

// Goes through the choices of quantize_model() without the values. Functions need not be made.
TensorPlans plan_tensors(const std::vector<StoredTensor>& tensors, const QuantizeRequest& request, int bits);

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
  const std::vector<StoredTensor>& read(std::size_t root, const std::vector<PassSettings>& passes);
  std::vector<StoredTensor> stored(std::size_t variant);

  // A loaded variant behind passes.
  struct Behind {
    std::size_t root;
    std::vector<PassSettings> passes;
    std::vector<StoredTensor> tensors;
  };

  const PipelineSpec& spec_;
  plugins::Registry& registry_;
  std::vector<std::unique_ptr<Behind>> read_;
  std::map<std::size_t, TensorPlans> plans_;
};

}  // namespace goldilocks::pipeline
