#pragma once

#include "core/pipeline/yaml/spec.hpp"

namespace goldilocks::pipeline {

// What make_plan() doesn't look at: whether an earlier run's results can be read and have the figures that the choice
// needs, and whether the folder of the release can be replaced. Throws PipelineErrors, or UsageError that begins with
// the pipeline's place.
void check_run(const PipelineSpec& spec);

}  // namespace goldilocks::pipeline
