#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/plugins/options.hpp"

namespace goldilocks::plugins {

using TextOptions = std::vector<std::pair<std::string, std::string>>;

// Options as a command line gives them, checked and completed; paths are relative to the current folder. `what` names
// the plugin in messages: "quantizer linear_lut". Throws UsageError, with a suggestion for an unknown name.
OptionValues parse_text_options(const std::vector<OptionSpec>& specs, const TextOptions& given,
                                const std::string& what);

}  // namespace goldilocks::plugins
