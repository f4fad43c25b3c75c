#pragma once

#include "core/pipeline/plan/plan.hpp"

namespace goldilocks::pipeline {

// Whether the run can compute the metrics that the pipeline names: those of the evaluate stage, and the limits, the
// objective and the front of the select stage, of which the usual limit is one. Throws PipelineErrors for every one
// that no variant can have; one that the variants of some of the models can't have is a notice of the plan. Called when
// datasets and models are planned.
void check_metrics(const PipelineSpec& spec, Plan& plan);

}  // namespace goldilocks::pipeline
