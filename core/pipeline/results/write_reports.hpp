#pragma once

#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/pipeline/results/run_folder.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"
#include "goldilocks/results.pb.h"

namespace goldilocks::pipeline {

// Lets every report of the pipeline write its files, and adds them to the run's folder. A report that fails leaves
// nothing; the others are written, and its error is returned. Throws UsageError where two reports write the same file.
std::vector<std::string> write_reports(const PipelineSpec& spec, const goldilocks::Results& results,
                                       plugins::Registry& registry, RunFolder& folder);

}  // namespace goldilocks::pipeline
