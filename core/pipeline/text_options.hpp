#pragma once

#include <string>
#include <vector>

#include "core/pipeline/single.hpp"
#include "core/plugins/options.hpp"

namespace goldilocks::pipeline {

// Options as a command line gives them, checked and completed; paths are relative to the current folder. `what` names
// the plugin in messages: "quantizer linear_lut". Throws UsageError, with a suggestion for an unknown name.
plugins::OptionValues parse_text_options(const std::vector<plugins::OptionSpec>& specs, const TextOptions& given,
                                         const std::string& what);

}  // namespace goldilocks::pipeline
