#pragma once

#include <memory>
#include <string>

#include "core/plugins/plugin_library.hpp"
#include "core/plugins/quantizer.hpp"

namespace goldilocks::plugins {

// The library's quantizer under `name`. Throws PluginError "<file>: <reason>" for a factory that is missing or
// malformed.
std::unique_ptr<QuantizerPlugin> adapt_quantizer(const PluginLibrary& library, const std::string& name);

}  // namespace goldilocks::plugins
