#pragma once

#include "core/base/input_files.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/yaml/spec.hpp"

namespace goldilocks::pipeline {

// Every file that a run of the pipeline reads: models, samples, labels, earlier results, what options of functions and
// backends name, and the pipeline itself.
InputFiles files_of_inputs(const PipelineSpec& spec, const Plan& plan);

}  // namespace goldilocks::pipeline
