#pragma once

#include <cstdint>
#include <vector>

#include <goldilocks/abi.h>

#include "core/plugins/options.hpp"

namespace goldilocks::plugins {

// The options that a factory declares, copied and checked: names, types, ranges, choices, and that each default is a
// value that the declaration itself allows. Throws PluginError that says what is wrong, without the plugin's name.
std::vector<OptionSpec> read_declared_options(const glk_option* const* options, std::uint64_t count);

}  // namespace goldilocks::plugins
