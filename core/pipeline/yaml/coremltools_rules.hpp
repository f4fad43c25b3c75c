#pragma once

#include "core/pipeline/yaml/spec.hpp"
#include "core/pipeline/yaml/stage_context.hpp"

namespace goldilocks::pipeline {

// Fills a stage's rules from an OptimizationConfig of coremltools.optimize.coreml, as its from_yaml() reads it. A
// weight follows, in this order, what is said of its own name, of the operation that reads it, of that operation's
// type, and of everything. What a config leaves out is the sweep's, or coremltools' default where the sweep is of
// another kind. A stage without functions gets the one that is said of everything, or otherwise the first. Faults have
// their places in the file. Returns whether there are none.
bool read_coremltools_rules(StageContext& context, const PathValue& file, QuantizeStage& stage);

}  // namespace goldilocks::pipeline
